import { connect } from '../../protocol/client/client.ts';
import type { Cli } from '../context.ts';
import { print, printJson } from '../output.ts';

export async function runSchedule({ target, json }: Cli, name: string, id?: string): Promise<void> {
  const receipt = await connect(target).runSchedule(name, id);
  if (json) return printJson(receipt);
  const { session, duplicate } = receipt;
  print(duplicate ? `That request has run ${name} before.` : `${name} runs in ${session}.`);
}
