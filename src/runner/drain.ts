import { untilDurable } from './port/durable.ts';
import type { Runner } from './runner.ts';
import type { LiveSession } from './session/live-session.ts';

/** How long things may take when a generation leaves, in milliseconds. */
export interface Grace {
  model: number;
  tool: number;
  /** All of it; longer than either. */
  cap: number;
}

/** An active session when the drain began. */
export interface Departure {
  session: string;
  /** `parked` waits for something other than us, and was free at once. */
  state: 'running' | 'parked';
  /** The steps in flight, or what it waits for. */
  holding: string[];
}

/** Who hears how the drain goes; must not throw. */
export interface Audience {
  /** What is kept is durable, everything else is free. */
  left(active: Departure[]): void;
  /** A kept session is free. `cut` names the steps that had to be ended. */
  moved(session: string, cut: string[]): void;
}

const NOBODY: Audience = { left() {}, moved() {} };

/** After the cap, for the last appends; then the process goes without them. */
const LAST_WORDS = 500;

/**
 * Begins no new step and lets go of everything: at once of what has no step in flight, of the rest at its next step
 * boundary. Resumable tools are let go at once, others and model calls are asked to end when their grace is over, and
 * at the cap whatever still hangs counts as ended. Every end is recorded before this resolves; it never takes much
 * longer than the cap.
 */
export async function drain(runner: Runner, grace: Grace, audience: Audience = NOBODY): Promise<void> {
  const { clock, journal } = runner.ports;
  const sessions = () => [...runner.live.values()];
  const over = Promise.withResolvers<void>();
  const at = (delay: number, act: (session: LiveSession) => void) =>
    clock.after(delay, () => sessions().forEach(act));
  const ends = [
    at(grace.model, (session) => session.interrupt('models', 'shutdown')),
    at(grace.tool, (session) => session.interrupt('tools', 'detach')),
    at(grace.cap, (session) => session.cut()),
    clock.after(grace.cap + LAST_WORDS, over.resolve),
    journal.watch((name) => runner.live.get(name)?.poke({ inbox: true })),
  ];
  await Promise.race([letGo(runner, audience), over.promise]);
  for (const end of ends) end();
  runner.close();
}

/** Ends when no session is left. */
async function letGo(runner: Runner, audience: Audience): Promise<void> {
  const { journal, generation } = runner.ports;
  runner.leave((session) => audience.moved(session.name, session.cutSteps));
  const sessions = [...runner.live.values()];
  for (const session of sessions) session.letGo();
  const kept = new Set(sessions.filter((session) => !session.quiet));
  const active = sessions.flatMap((session) => departureOf(session, kept.has(session)));
  const keep = [...kept].map(({ name }) => name);
  await untilDurable(runner.ports, '', () => journal.leave(generation, keep));
  audience.left(active);
  for (const session of sessions) {
    if (kept.has(session)) session.poke({ inbox: true });
    else runner.drop(session);
  }
  await runner.until(() => runner.live.size === 0);
}

function departureOf({ name, state, holding }: LiveSession, kept: boolean): Departure[] {
  if (kept) return [{ session: name, state: 'running', holding }];
  return state.turn ? [{ session: name, state: 'parked', holding }] : [];
}
