import { z } from 'zod';
import { isBlank } from '../../core/model/text.ts';
import { defineTool } from '../port/define.ts';
import { type Tool, toolError } from '../port/tool.ts';
import type { ReminderPort } from './book.ts';
import { findDueFault, formatTime, momentSchema, timeSpanSchema } from './due.ts';

/** The `remind` tool. A reminder has at most this many characters. */
const LONGEST_TEXT = 4_000;

const remindArguments = z
  .strictObject({
    text: z
      .string()
      .min(1)
      .max(LONGEST_TEXT)
      .refine((text) => !isBlank(text), 'must contain visible text')
      .describe('What to be reminded of, with everything you will need then.'),
    in: timeSpanSchema.optional().describe('How long from now, such as "20m", "3h" or "2d".'),
    at: momentSchema.optional().describe('When, with the offset: "2027-03-01T09:00:00+01:00".'),
  })
  .refine((args) => (args.in === undefined) !== (args.at === undefined), 'give either "in" or "at"');

/**
 * Creates `remind`. The idempotency key of the call is the reminder's id, so that a call that runs again sets
 * the same one.
 */
export function createRemindTool(book: ReminderPort): Tool {
  return defineTool({
    name: 'remind',
    description:
      'Sets a reminder for this conversation. When it is due you get a message "[reminder] …" with the text and can act on it, even if no message arrives. Survives restarts. Give "in" or "at".',
    arguments: remindArguments,
    effect: 'idempotent',
    async run({ text, in: wait = 0, at }, { session, key, attempt }) {
      const now = book.now();
      const due = at ?? now + wait;
      // A time that was valid at the first attempt may have passed by now, and the reminder is already set.
      const fault = attempt === 1 ? findDueFault(due, now) : undefined;
      if (fault) return toolError(`No reminder was set. ${fault}`);
      const set = await book.add({ id: key, session, text, due });
      return {
        type: 'text',
        value: `Reminder ${key} is set for ${formatTime(set.due)}. It is ${formatTime(now)} now.`,
      };
    },
  });
}
