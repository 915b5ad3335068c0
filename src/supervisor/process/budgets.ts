/**
 * The time budgets of a shutdown in milliseconds. Each is longer than the one inside it, so that every layer can end
 * in order before the next one out uses force: step grace < drain cap < supervisor's kill < service manager's stop.
 * (That step graces stay below the drain cap is checked where the config is validated.)
 */
export interface Budgets {
  /** How long a draining generation waits for a step in flight. */
  stepGrace: number;
  /** How long a draining generation may finish its steps. */
  drainCap: number;
  /** When the supervisor kills a generation that still drains. */
  kill: number;
  /** What a service manager must grant before it kills the supervisor. */
  serviceStop: number;
}

export interface Graces {
  modelGrace: number;
  toolGrace: number;
  drainCap: number;
}

export function budgetsFor({ modelGrace, toolGrace, drainCap }: Graces): Budgets {
  const kill = drainCap + KILL_GRACE;
  return { stepGrace: Math.max(modelGrace, toolGrace), drainCap, kill, serviceStop: kill + SERVICE_GRACE };
}

/** A generation at its cap still has to close its store and exit. */
export const KILL_GRACE = 2_000;
/** After its generations the supervisor closes sockets and files; a loaded machine needs time for that too. */
const SERVICE_GRACE = 3_000;
