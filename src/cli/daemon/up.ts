import { leavePid1 } from '../../supervisor/host/init.ts';
import { runSupervisor } from '../../supervisor/run-supervisor.ts';
import type { CliContext } from '../kit/context.ts';
import { createHome } from '../kit/home.ts';

/** Runs the daemon in this process and resolves when it has stopped. Rejects with the errors of `runSupervisor`. */
export async function runDaemon({ home }: CliContext): Promise<void> {
  leavePid1();
  createHome(home);
  const { exitCode } = await runSupervisor({ home });
  process.exitCode = exitCode;
}
