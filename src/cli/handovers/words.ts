import type { Handover } from '../../protocol/handovers.ts';
import { oneLine } from '../../terminal/text.ts';
import { relativeTime } from '../../terminal/time.ts';

type Session = Handover['sessions'][number];

/** Summarises a handover in one line: cause, phase and its age, generations, and session states. */
export function handoverLine(report: Handover, now: number): string {
  const { id, cause, reason, phase, phases, failure } = report;
  const at = phases.at(-1)?.at;
  const when = at === undefined ? '' : `, ${relativeTime(at, now)}`;
  const took = phase === 'done' ? ` in ${duration(tookOf(report))}` : '';
  const why = failure === null ? '' : `: ${failure}`;
  const parts = [
    `${id}: ${cause} (${oneLine(reason, 60)}), ${phase}${took}${when}${oneLine(why, 120)}`,
    generations(report),
    sessionCounts(report.sessions),
  ];
  return parts.filter(Boolean).join('; ');
}

export function hasEnded({ phase }: Handover): boolean {
  return phase === 'done' || phase === 'failed';
}

/** Describes which generation gives way to which, such as `generation 3 → 4`; empty when not known yet. */
export function generations({ from, to, phase }: Handover): string {
  if (to !== null) return from === null ? `generation ${to}` : `generation ${from} → ${to}`;
  if (from === null) return '';
  // There is no successor: the daemon stops, or the handover failed.
  if (phase === 'failed') return `generation ${from}`;
  return `generation ${from} ${phase === 'done' ? 'has exited' : 'is leaving'}`;
}

/** Counts sessions by state, such as `3 moved, 1 parked`; empty when no session was active. */
export function sessionCounts(sessions: readonly Session[]): string {
  const counts = Map.groupBy(sessions, ({ state }) => state);
  return [...counts].map(([state, { length }]) => `${length} ${state}`).join(', ');
}

/** Returns the duration of a handover in milliseconds, from its first phase to its latest. */
export function tookOf({ phases }: Handover): number {
  return (phases.at(-1)?.at ?? 0) - (phases[0]?.at ?? 0);
}

export function duration(ms: number): string {
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 6000) / 10} min`;
}

/** Describes a session in a handover: its state, the steps it is in, and how long moving and resuming took. */
export function sessionLine({ session, state, holding, after, resumedAfter }: Session): string {
  const what = holding.length > 0 ? ` (${oneLine(holding.join(', '), 80)})` : '';
  const moved = after === null ? '' : ` after ${duration(after)}`;
  const resumed = resumedAfter === null ? '' : `, resumed after ${duration(resumedAfter)}`;
  return `${oneLine(session, 60)}  ${state}${what}${moved}${resumed}`;
}
