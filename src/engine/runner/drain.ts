import { retryUntilDurable } from '../port/durable.ts';
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
export interface DrainListener {
  /** The list of sessions that this generation keeps is durable; every other session has been given up. */
  onLeft(active: Departure[]): void;
  /** A kept session was given up. `cut` names the steps that were ended by force. */
  onMoved(session: string, cut: string[]): void;
}

const NO_LISTENER: DrainListener = { onLeft() {}, onMoved() {} };

/** Milliseconds after the cap in which the last appends may finish; then the process exits without them. */
const FINAL_APPEND_GRACE = 500;

/**
 * Drains the runner: no step starts, idle sessions are given up at once, and the others at their next step
 * boundary.
 * Resumable tools are released at once. Model calls and other tools are interrupted when their grace ends; at
 * the cap, a step that still runs counts as ended.
 * Every end is durable before this resolves, unless the journal takes no write until half a second after the
 * cap.
 */
export async function drainRunner(
  runner: Runner,
  grace: Grace,
  audience: DrainListener = NO_LISTENER,
): Promise<void> {
  const { clock } = runner.ports;
  const sessions = () => [...runner.liveSessions.values()];
  const over = Promise.withResolvers<void>();
  const at = (delay: number, act: (session: LiveSession) => void) =>
    clock.after(delay, () => sessions().forEach(act));
  const ends = [
    at(grace.model, (session) => session.interruptSteps('models', 'shutdown')),
    at(grace.tool, (session) => session.interruptSteps('tools', 'detach')),
    at(grace.cap, (session) => session.cutRunningSteps()),
    clock.after(grace.cap + FINAL_APPEND_GRACE, over.resolve),
  ];
  await Promise.race([releaseSessions(runner, audience), over.promise]);
  for (const end of ends) end();
  runner.close();
}

/** Gives up all sessions; resolves when none is left in memory. */
async function releaseSessions(runner: Runner, audience: DrainListener): Promise<void> {
  const { engine } = runner.ports;
  runner.beginLeaving((session) => audience.onMoved(session.name, session.cutSteps));
  const sessions = [...runner.liveSessions.values()];
  for (const session of sessions) session.releaseExternalWork();
  const kept = new Set(sessions.filter((session) => !session.isQuiet));
  const active = sessions.flatMap((session) => describeDeparture(session, kept.has(session)));
  const keep = [...kept].map(({ name }) => name);
  await retryUntilDurable(runner.ports, '', () => engine.leave(keep));
  audience.onLeft(active);
  for (const session of sessions) {
    if (kept.has(session)) session.wakeUp({ inbox: true });
    else runner.dropSession(session);
  }
  await runner.waitUntil(() => runner.liveSessions.size === 0);
}

function describeDeparture({ name, state, holding }: LiveSession, kept: boolean): Departure[] {
  if (kept) return [{ session: name, state: 'running', holding }];
  return state.turn ? [{ session: name, state: 'parked', holding }] : [];
}
