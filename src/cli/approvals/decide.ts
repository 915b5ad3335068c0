import { connect } from '../../client/client.ts';
import { print, printJson } from '../../terminal/output.ts';
import { visibleLine } from '../../util/visible-text.ts';
import { contentGiven } from '../inquiries/given.ts';
import type { Cli } from '../kit/context.ts';
import { nameOr } from '../kit/who.ts';
import { callLine } from './whole-call.ts';

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
  { target, json }: Cli,
  id: string,
  decision: 'approve' | 'deny',
  { from, set, content, ...options }: DecideOptions,
): Promise<void> {
  const client = connect(target);
  const asked = await client.approval(id);
  const given = contentGiven(asked.inquiry, {
    ...(set ? { set } : {}),
    ...(content === undefined ? {} : { content }),
  });
  const answer = given === undefined ? {} : { content: given };
  const decided = await client.decide(asked.session, id, {
    decision,
    ...options,
    ...answer,
    ...nameOr(from, target),
  });
  if (json) return printJson(decided);
  if (asked.inquiry) {
    const done = decision === 'approve' ? 'Answered' : 'Declined';
    return print(`${done}: ${visibleLine(asked.inquiry.message)} (session ${visibleLine(asked.session)})`);
  }
  const call = `${visibleLine(asked.tool)} ${callLine(asked.input)}`.trimEnd();
  print(`${decision === 'approve' ? 'Approved' : 'Denied'}: ${call} (session ${visibleLine(asked.session)})`);
  if (options.scope === 'session' || options.scope === 'always') {
    const where = options.scope === 'session' ? 'In this session' : `In every session of ${asked.agent}`;
    print(`${where}, ${visibleLine(asked.rule)} no longer needs approval.`);
  }
}
