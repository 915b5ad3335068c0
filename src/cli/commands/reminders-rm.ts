import { connect } from '../../protocol/client/client.ts';
import type { Cli } from '../context.ts';
import { print, printJson } from '../output.ts';
import { oneLine } from '../text.ts';

export async function removeReminder({ target, json }: Cli, id: string): Promise<void> {
  const reminder = await connect(target).removeReminder(id);
  if (json) printJson(reminder);
  else print(`Removed: ${oneLine(reminder.text, 200)}`);
}
