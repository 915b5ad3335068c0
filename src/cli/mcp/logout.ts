import { createNodeClient } from '../../client/node.ts';
import { print, printJson } from '../../terminal/output.ts';
import type { CliContext } from '../kit/context.ts';

export async function logOutOfServer({ target, json }: CliContext, name: string): Promise<void> {
  const done = await createNodeClient(target).endMcpLogin(name);
  if (json) return printJson(done);
  print(`Logged out of ${name}. Its token may stay valid at the authorization server until it expires.`);
}
