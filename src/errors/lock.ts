import { ExitCode, MidturnError } from './errors.ts';

/** Reports that another daemon holds the lock of this home, with its pid where it is known; exit code 4. */
export class AlreadyRunningError extends MidturnError {
  readonly code = 'already_running';
  readonly status = 409;
  override readonly exitCode = ExitCode.conflict;
  /** The process id of the holder; `undefined` when it is not known. */
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
