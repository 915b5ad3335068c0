import { untilDurable } from './port/durable.ts';
import type { Runner } from './runner.ts';
import type { LiveSession } from './session/live-session.ts';

/**
 * Time limits of a drain, in milliseconds from its start: for model calls, for tool calls, and for the whole
 * drain.
 */
export interface Grace {
  model: number;
  tool: number;
  /** Limit of the whole drain; longer than the other two. */
  cap: number;
}

/** A session that had an open turn when the drain began, and what kept it. */
export interface Departure {
  session: string;
  /** `parked`: the session waited for an approval, a retry or another session, and was given up at once. */
  state: 'running' | 'parked';
  /** The steps in flight, or the reason why a parked session waits. */
  holding: string[];
}

/** Receives the progress of a drain, for the handover report; its methods must not throw. */
export interface Audience {
  /** The list of sessions that this generation keeps is durable; every other session has been given up. */
  left(active: Departure[]): void;
  /** A kept session was given up. `cut` names the steps that were ended by force. */
  moved(session: string, cut: string[]): void;
}

const NOBODY: Audience = { left() {}, moved() {} };

/** Milliseconds after the cap in which the last appends may finish; then the process exits without them. */
const LAST_WORDS = 500;

/**
 * Drains the runner: no step starts, idle sessions are given up at once, and the others at their next step
 * boundary.
 * Resumable tools are released at once. Model calls and other tools are interrupted when their grace ends; at
 * the cap, a step that still runs counts as ended.
 * Every end is durable before this resolves, unless the journal takes no write until half a second after the
 * cap.
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

/** Gives up all sessions; resolves when none is left in memory. */
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
