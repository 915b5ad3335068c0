import { connect } from '../../client/client.ts';
import { RescueModeError } from '../../errors/supervisor.ts';
import { startDetached } from '../../supervisor/host/detach.ts';
import { print, printJson } from '../../terminal/output.ts';
import type { Home } from '../../util/home.ts';
import type { Cli } from '../kit/context.ts';
import { makeHome } from '../kit/home.ts';

/**
 * Starts the daemon in the background. Rejects with AlreadyRunningError or StartFailedError; also with RescueModeError
 * when the daemon runs but no session does. That daemon keeps running, because it answers and accepts messages, and
 * because the operator can fix its configuration.
 */
export async function start({ home, json }: Cli): Promise<void> {
  makeHome(home);
  const started = await startDetached(home);
  const { log } = home;
  if (json) printJson({ ...started, log });
  else
    print(
      `Midturn is running in the background (pid ${started.pid}): http://${started.address}, log ${log}.`,
    );
  if (!started.ready) await refuseRescue(home);
}

async function refuseRescue({ socket }: Home): Promise<void> {
  const { mode, reasons, config } = await connect({ socketPath: socket }).status();
  if (mode === 'rescue') throw new RescueModeError(reasons, config.problem !== null);
}
