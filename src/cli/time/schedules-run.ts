import { connect } from '../../client/client.ts';
import { print, printJson } from '../../terminal/output.ts';
import type { Cli } from '../kit/context.ts';

export async function runSchedule({ target, json }: Cli, name: string, id?: string): Promise<void> {
  const receipt = await connect(target).runSchedule(name, id);
  if (json) return printJson(receipt);
  const { session, duplicate } = receipt;
  print(
    duplicate
      ? `Already run: this request id has run ${name} before.`
      : `${name} is running in session ${session}.`,
  );
}
