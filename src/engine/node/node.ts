import type { Home } from '../../util/home.ts';
import type { RunnerPorts } from '../port/ports.ts';
import { type DrainListener, drainRunner, type Grace } from '../runner/drain.ts';
import { startHousekeeping } from '../runner/housekeeping.ts';
import { Runner } from '../runner/runner.ts';

/** One process that runs the sessions which an engine offers; the only way to the runner from outside. */
export interface EngineNode {
  /** Tells the engine to offer sessions to this process. */
  serve(): void;
  /** Starts the recurring chores: giving back idle sessions and removing old job folders of this home. */
  startHousekeeping(home: Pick<Home, 'jobs'>): void;
  /** Makes all sessions check again what they may do, after a limit or a permission has changed. */
  recheckSessions(): void;
  /** Gives up all sessions, each at its next step boundary; resolves when none is left, or at the cap. */
  drain(grace: Grace, listener?: DrainListener): Promise<void>;
  /** Stops all work in memory; another process continues the sessions. */
  close(): void;
}

export function createEngineNode(ports: RunnerPorts): EngineNode {
  const runner = new Runner(ports);
  let stopChores = () => {};
  return {
    serve: () => ports.engine.serve(runner),
    startHousekeeping(home) {
      stopChores = startHousekeeping({ runner, home });
    },
    recheckSessions: () => runner.wakeAllSessions(),
    drain(grace, listener) {
      stopChores();
      return drainRunner(runner, grace, listener);
    },
    close() {
      stopChores();
      runner.close();
    },
  };
}
