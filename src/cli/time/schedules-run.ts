import { createNodeClient } from '../../client/node.ts';
import { print, printJson } from '../../terminal/output.ts';
import type { CliContext } from '../kit/context.ts';

export async function runSchedule({ target, json }: CliContext, name: string, id?: string): Promise<void> {
  const receipt = await createNodeClient(target).runSchedule(name, id);
  if (json) return printJson(receipt);
  const { session, duplicate } = receipt;
  print(
    duplicate
      ? `Already run: this request id has run ${name} before.`
      : `${name} is running in session ${session}.`,
  );
}
