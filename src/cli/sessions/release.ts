import { userInfo } from 'node:os';
import { createNodeClient } from '../../client/node.ts';
import { print, printJson } from '../../terminal/output.ts';
import type { CliContext } from '../kit/context.ts';

export async function releaseSession({ target, json }: CliContext, session: string): Promise<void> {
  const view = await createNodeClient(target).releaseSession(session, userInfo().username);
  if (json) printJson(view);
  else print(`The release of ${session} is stored; a quarantined session runs again.`);
}
