import type { HandoverBody } from '../../protocol/handovers.ts';
import { toOneLine } from '../../terminal/text.ts';
import { formatRelativeTime } from '../../terminal/time.ts';

type Session = HandoverBody['sessions'][number];

/** Summarises a handover in one line: cause, phase and its age, generations, and session states. */
export function summarizeHandover(report: HandoverBody, now: number): string {
  const { id, cause, reason, phase, phases, failure } = report;
  const at = phases.at(-1)?.at;
  const when = at === undefined ? '' : `, ${formatRelativeTime(at, now)}`;
  const took = phase === 'done' ? ` in ${formatElapsed(measureHandover(report))}` : '';
  const why = failure === null ? '' : `: ${failure}`;
  const parts = [
    `${id}: ${cause} (${toOneLine(reason, 60)}), ${phase}${took}${when}${toOneLine(why, 120)}`,
    describeGenerations(report),
    countSessionStates(report.sessions),
  ];
  return parts.filter(Boolean).join('; ');
}

export function hasEnded({ phase }: HandoverBody): boolean {
  return phase === 'done' || phase === 'failed';
}

/** Describes which generation gives way to which, such as `generation 3 → 4`; empty when not known yet. */
export function describeGenerations({ from, to, phase }: HandoverBody): string {
  if (to !== null) return from === null ? `generation ${to}` : `generation ${from} → ${to}`;
  if (from === null) return '';
  // There is no successor: the daemon stops, or the handover failed.
  if (phase === 'failed') return `generation ${from}`;
  return `generation ${from} ${phase === 'done' ? 'has exited' : 'is leaving'}`;
}

/** Counts sessions by state, such as `3 moved, 1 parked`; empty when no session was active. */
export function countSessionStates(sessions: readonly Session[]): string {
  const counts = Map.groupBy(sessions, ({ state }) => state);
  return [...counts].map(([state, { length }]) => `${length} ${state}`).join(', ');
}

/** Returns the duration of a handover in milliseconds, from its first phase to its latest. */
export function measureHandover({ phases }: HandoverBody): number {
  return (phases.at(-1)?.at ?? 0) - (phases[0]?.at ?? 0);
}

export function formatElapsed(ms: number): string {
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 6000) / 10} min`;
}

/** Describes a session in a handover: its state, the steps it is in, and how long moving and resuming took. */
export function describeHandoverSession({ session, state, holding, after, resumedAfter }: Session): string {
  const what = holding.length > 0 ? ` (${toOneLine(holding.join(', '), 80)})` : '';
  const moved = after === null ? '' : ` after ${formatElapsed(after)}`;
  const resumed = resumedAfter === null ? '' : `, resumed after ${formatElapsed(resumedAfter)}`;
  return `${toOneLine(session, 60)}  ${state}${what}${moved}${resumed}`;
}
