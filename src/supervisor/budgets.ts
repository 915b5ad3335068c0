/**
 * The time budgets of a shutdown in milliseconds. Each is longer than the one inside it, so that every layer can end
 * in order before the next one out uses force: step grace < drain cap < supervisor's kill < service manager's stop.
 * (That step graces stay below the drain cap is checked where the config is validated.)
 */
export interface Budgets {
  /** How long a draining generation may finish its steps. */
  drainCap: number;
  /** When the supervisor kills a generation that still drains. */
  kill: number;
  /** What a service manager must grant before it kills the supervisor. */
  serviceStop: number;
}

export function budgetsFor(drainCap: number): Budgets {
  return { drainCap, kill: drainCap + KILL_GRACE, serviceStop: drainCap + KILL_GRACE + SERVICE_GRACE };
}

/** A generation at its cap still has to close its store and exit. */
const KILL_GRACE = 2_000;
/** After its generation the supervisor closes sockets and files; a loaded machine needs time for that too. */
const SERVICE_GRACE = 3_000;
