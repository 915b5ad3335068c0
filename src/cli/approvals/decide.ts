import { createNodeClient } from '../../client/node.ts';
import { print, printJson } from '../../terminal/output.ts';
import { toVisibleLine } from '../../util/visible-text.ts';
import { parseContentOptions } from '../inquiries/given.ts';
import type { CliContext } from '../kit/context.ts';
import { resolveUserName } from '../kit/who.ts';
import { formatCallLine } from './whole-call.ts';

export interface DecideOptions {
  scope?: 'once' | 'session' | 'always';
  note?: string;
  from?: string;
  /** Fields of the answer to a tool's question, each as `name=value`; excludes `content`. */
  set?: string[];
  content?: string;
}

/**
 * Approves or denies a waiting call, or answers a tool's question, and prints the result. Only the id is needed,
 * because the session is looked up. Rejects with ApiError when another approver was faster.
 */
export async function decideApproval(
  { target, json }: CliContext,
  id: string,
  decision: 'approve' | 'deny',
  { from, set, content, ...options }: DecideOptions,
): Promise<void> {
  const client = createNodeClient(target);
  const asked = await client.getApproval(id);
  const given = parseContentOptions(asked.inquiry, {
    ...(set ? { set } : {}),
    ...(content === undefined ? {} : { content }),
  });
  const answer = given === undefined ? {} : { content: given };
  const decided = await client.decideApproval(asked.session, id, {
    decision,
    ...options,
    ...answer,
    ...resolveUserName(from, target),
  });
  if (json) return printJson(decided);
  if (asked.inquiry) {
    const done = decision === 'approve' ? 'Answered' : 'Declined';
    return print(
      `${done}: ${toVisibleLine(asked.inquiry.message)} (session ${toVisibleLine(asked.session)})`,
    );
  }
  const call = `${toVisibleLine(asked.tool)} ${formatCallLine(asked.input)}`.trimEnd();
  print(
    `${decision === 'approve' ? 'Approved' : 'Denied'}: ${call} (session ${toVisibleLine(asked.session)})`,
  );
  if (options.scope === 'session' || options.scope === 'always') {
    const where = options.scope === 'session' ? 'In this session' : `In every session of ${asked.agent}`;
    print(`${where}, ${toVisibleLine(asked.rule)} no longer needs approval.`);
  }
}
