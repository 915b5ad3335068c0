import { connect } from '../../client/client.ts';
import type { ReminderBody } from '../../protocol/time.ts';
import { print, printJson } from '../../terminal/output.ts';
import { type Column, table } from '../../terminal/table.ts';
import { oneLine } from '../../terminal/text.ts';
import { relativeTime } from '../../terminal/time.ts';
import type { Cli } from '../kit/context.ts';

const PAGE = 500;

export async function listReminders({ target, json }: Cli, session?: string): Promise<void> {
  const client = connect(target);
  const reminders: ReminderBody[] = [];
  let after: string | undefined;
  do {
    const place = {
      ...(after === undefined ? {} : { after }),
      ...(session === undefined ? {} : { session }),
    };
    const page = await client.reminders({ ...place, limit: PAGE });
    reminders.push(...page.reminders);
    after = page.next;
  } while (after !== undefined);
  if (json) return printJson({ reminders });
  if (reminders.length === 0) return print('No reminders.');
  for (const line of table(columns(Date.now()), reminders, process.stdout.isTTY === true)) print(line);
}

function columns(now: number): Column<ReminderBody>[] {
  return [
    { title: 'ID', cell: ({ id }) => oneLine(id, 256) },
    { title: 'DUE', cell: ({ due }) => relativeTime(due, now) },
    { title: 'SESSION', max: 40, cell: ({ session }) => oneLine(session, 600) },
    { title: 'TEXT', max: 60, cell: ({ text }) => oneLine(text, 200) },
  ];
}
