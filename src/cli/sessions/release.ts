import { userInfo } from 'node:os';
import { connect } from '../../client/client.ts';
import { print, printJson } from '../../terminal/output.ts';
import type { Cli } from '../kit/context.ts';

export async function releaseSession({ target, json }: Cli, session: string): Promise<void> {
  const view = await connect(target).release(session, userInfo().username);
  if (json) printJson(view);
  else print(`${session} is released and runs again.`);
}
