/**
 * Time budgets of a shutdown, in milliseconds. Each is longer than the one inside it, so that every layer can end
 * in order before the next outer one uses force: step grace < drain cap < supervisor's kill < service manager's
 * stop. (The configuration check ensures that step graces are below the drain cap.)
 */
export interface Budgets {
  /** How long a draining generation waits for a step in flight. */
  stepGrace: number;
  /** How long a draining generation may take to finish its steps. */
  drainCap: number;
  /** After which time the supervisor kills a generation that still drains. */
  kill: number;
  /** How long a service manager must wait before it kills the supervisor. */
  serviceStop: number;
}

export interface GraceSettings {
  modelGrace: number;
  toolGrace: number;
  drainCap: number;
}

export function computeBudgets({ modelGrace, toolGrace, drainCap }: GraceSettings): Budgets {
  const kill = drainCap + KILL_GRACE;
  return { stepGrace: Math.max(modelGrace, toolGrace), drainCap, kill, serviceStop: kill + SERVICE_GRACE };
}

/** Time for a generation that has reached its drain cap to close its store and exit, in ms. */
export const KILL_GRACE = 2_000;
/**
 * Time for the supervisor to close sockets and files after its generations have ended, in ms; a loaded machine
 * needs it.
 */
const SERVICE_GRACE = 3_000;
