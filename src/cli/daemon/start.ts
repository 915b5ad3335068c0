import { createNodeClient } from '../../client/node.ts';
import { RescueModeError } from '../../errors/supervisor.ts';
import { startDetached } from '../../supervisor/host/detach.ts';
import { print, printJson } from '../../terminal/output.ts';
import type { Home } from '../../util/home.ts';
import type { CliContext } from '../kit/context.ts';
import { createHome } from '../kit/home.ts';

/**
 * Starts the daemon in the background. Rejects with AlreadyRunningError or StartFailedError; also with RescueModeError
 * when the daemon runs but no session does. That daemon keeps running, because it answers and accepts messages, and
 * because the operator can fix its configuration.
 */
export async function startDaemon({ home, json }: CliContext): Promise<void> {
  createHome(home);
  const started = await startDetached(home);
  const { log } = home;
  if (json) printJson({ ...started, log });
  else
    print(
      `Midturn is running in the background (pid ${started.pid}): http://${started.address}, log ${log}.`,
    );
  if (!started.ready) await throwIfRescue(home);
}

async function throwIfRescue({ socket }: Home): Promise<void> {
  const { mode, reasons, config } = await createNodeClient({ socketPath: socket }).getStatus();
  if (mode === 'rescue') throw new RescueModeError(reasons, config.problem !== null);
}
