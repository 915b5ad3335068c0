import { createNodeClient } from '../../client/node.ts';
import type { ReminderBody } from '../../protocol/time.ts';
import { print, printJson } from '../../terminal/output.ts';
import { formatTable, type TableColumn } from '../../terminal/table.ts';
import { toOneLine } from '../../terminal/text.ts';
import { formatRelativeTime } from '../../terminal/time.ts';
import type { CliContext } from '../kit/context.ts';

const PAGE_LIMIT = 500;

export async function printReminders({ target, json }: CliContext, session?: string): Promise<void> {
  const client = createNodeClient(target);
  const reminders: ReminderBody[] = [];
  let after: string | undefined;
  do {
    const place = {
      ...(after === undefined ? {} : { after }),
      ...(session === undefined ? {} : { session }),
    };
    const page = await client.listReminders({ ...place, limit: PAGE_LIMIT });
    reminders.push(...page.reminders);
    after = page.next;
  } while (after !== undefined);
  if (json) return printJson({ reminders });
  if (reminders.length === 0) return print('No reminders.');
  for (const line of formatTable(reminderColumns(Date.now()), reminders, process.stdout.isTTY === true))
    print(line);
}

function reminderColumns(now: number): TableColumn<ReminderBody>[] {
  return [
    { title: 'ID', cell: ({ id }) => toOneLine(id, 256) },
    { title: 'DUE', cell: ({ due }) => formatRelativeTime(due, now) },
    { title: 'SESSION', max: 40, cell: ({ session }) => toOneLine(session, 600) },
    { title: 'TEXT', max: 60, cell: ({ text }) => toOneLine(text, 200) },
  ];
}
