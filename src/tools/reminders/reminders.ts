import { z } from 'zod';
import { defineTool } from '../port/define.ts';
import { type Tool, toolError } from '../port/tool.ts';
import type { ReminderPort } from './book.ts';
import { formatTime } from './due.ts';
import { createRemindTool } from './remind.ts';

/** Creates the tools with which a session manages its own reminders: set, list and cancel. */
export function createReminderTools(book: ReminderPort): Tool[] {
  return [createRemindTool(book), createListRemindersTool(book), createCancelReminderTool(book)];
}

function createListRemindersTool(book: ReminderPort): Tool {
  return defineTool({
    name: 'list_reminders',
    description: 'Lists the reminders of this conversation that are not due yet, and the current time.',
    arguments: z.strictObject({}),
    effect: 'read',
    async run(_, { session }) {
      const reminders = await book.list(session);
      const lines = reminders.map(({ id, due, text }) => `${id} at ${formatTime(due)}: ${text}`);
      const now = `It is ${formatTime(book.now())} now.`;
      return { type: 'text', value: [now, ...(lines.length === 0 ? ['No reminders.'] : lines)].join('\n') };
    },
  });
}

function createCancelReminderTool(book: ReminderPort): Tool {
  return defineTool({
    name: 'cancel_reminder',
    description: 'Cancels a reminder of this conversation.',
    arguments: z.strictObject({ id: z.string().min(1).describe('As `remind` or `list_reminders` gave it.') }),
    effect: 'idempotent',
    async run({ id }, { session, attempt }) {
      const was = await book.cancel(id, session);
      if (was || attempt > 1) return { type: 'text', value: `Reminder ${id} is cancelled.` };
      return toolError(`There is no reminder ${id} in this conversation; it may have fired already.`);
    },
  });
}
