import { userInfo } from 'node:os';
import { connect } from '../../protocol/client/client.ts';
import type { Cli } from '../context.ts';
import { print, printJson } from '../output.ts';

export async function releaseSession({ target, json }: Cli, session: string): Promise<void> {
  const view = await connect(target).release(session, userInfo().username);
  if (json) printJson(view);
  else print(`${session} goes on.`);
}
