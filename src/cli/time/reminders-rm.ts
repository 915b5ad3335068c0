import { createNodeClient } from '../../client/node.ts';
import { print, printJson } from '../../terminal/output.ts';
import { toOneLine } from '../../terminal/text.ts';
import type { CliContext } from '../kit/context.ts';

export async function runRemoveReminder({ target, json }: CliContext, id: string): Promise<void> {
  const reminder = await createNodeClient(target).removeReminder(id);
  if (json) printJson(reminder);
  else print(`Removed: ${toOneLine(reminder.text, 200)}`);
}
