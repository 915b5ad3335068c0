import { ExitCode, MidturnError } from './errors.ts';

export class ApprovalNotFoundError extends MidturnError {
  readonly code = 'approval_not_found';
  readonly status = 404;
  constructor(approval: string, session?: string) {
    const where = session === undefined ? 'There is' : `Session "${session}" has`;
    super(`${where} no question "${approval}". \`midturn approvals ls\` lists those that wait.`);
  }
}

export class GrantNotFoundError extends MidturnError {
  readonly code = 'grant_not_found';
  readonly status = 404;
  constructor({ agent, session, rule }: { agent: string; session: string | null; rule: string }) {
    const where = session === null ? 'for good' : `in session "${session}"`;
    super(
      `Nobody has granted ${rule} to agent "${agent}" ${where}. \`midturn approvals grants\` lists what was granted.`,
    );
  }
}

/** Somebody was faster, or nobody was in time. */
export class ApprovalClosedError extends MidturnError {
  readonly code = 'approval_closed';
  readonly status = 409;
  override readonly exitCode = ExitCode.conflict;
  override readonly details: { state: string; from: string | null };
  constructor({ approval, state, from }: { approval: string; state: string; from: string | null }) {
    const who = from === null ? '' : ` by ${from}`;
    const what =
      state === 'pending' ? 'another decision about it was just taken' : `it was ${state}${who} already`;
    super(`The question "${approval}" cannot be decided any more: ${what}. Nothing has changed.`);
    this.details = { state, from };
  }
}

export class NotAnApproverError extends MidturnError {
  readonly code = 'not_an_approver';
  readonly status = 403;
  constructor(from: string | undefined, approvers: readonly string[]) {
    const who = from === undefined ? 'Somebody without a name' : `"${from}"`;
    super(
      `${who} may not decide about this agent's calls; ${approvers.join(', ')} may ("agents.<name>.approvals.approvers").`,
    );
  }
}
