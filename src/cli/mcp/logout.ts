import { connect } from '../../client/client.ts';
import { print, printJson } from '../../terminal/output.ts';
import type { Cli } from '../kit/context.ts';

export async function logout({ target, json }: Cli, name: string): Promise<void> {
  const done = await connect(target).endMcpLogin(name);
  if (json) return printJson(done);
  print(`Logged out of ${name}. Its token may stay valid at the authorization server until it expires.`);
}
