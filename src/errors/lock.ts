import { ExitCode, MidturnError } from './errors.ts';

/** Another daemon runs on this home. */
export class AlreadyRunningError extends MidturnError {
  readonly code = 'already_running';
  readonly status = 409;
  override readonly exitCode = ExitCode.conflict;
  /** Of the holder, where it is known. */
  readonly pid: number | undefined;
  constructor(lock: string, pid: number | undefined) {
    const holder = pid === undefined ? 'Another process' : `Process ${pid}`;
    super(
      `${holder} already runs on this home (it holds ${lock}). ` +
        'Use it, stop it with `midturn stop`, or choose another home with `--home`.',
    );
    this.pid = pid;
  }
}
