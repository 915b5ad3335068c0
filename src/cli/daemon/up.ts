import { leavePid1 } from '../../supervisor/host/init.ts';
import { runSupervisor } from '../../supervisor/run-supervisor.ts';
import type { Cli } from '../kit/context.ts';
import { makeHome } from '../kit/home.ts';

/** Runs the daemon in this process and resolves when it has stopped. Rejects with the errors of `runSupervisor`. */
export async function up({ home }: Cli): Promise<void> {
  leavePid1();
  makeHome(home);
  const { exitCode } = await runSupervisor({ home });
  process.exitCode = exitCode;
}
