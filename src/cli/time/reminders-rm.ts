import { connect } from '../../client/client.ts';
import { print, printJson } from '../../terminal/output.ts';
import { oneLine } from '../../terminal/text.ts';
import type { Cli } from '../kit/context.ts';

export async function removeReminder({ target, json }: Cli, id: string): Promise<void> {
  const reminder = await connect(target).removeReminder(id);
  if (json) printJson(reminder);
  else print(`Removed: ${oneLine(reminder.text, 200)}`);
}
