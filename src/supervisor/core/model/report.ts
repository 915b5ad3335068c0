import type { Cause, HandoverNotice, HandoverReport } from '../../ipc/messages.ts';
import type { Moment } from './moment.ts';

/** What is known about a handover when its report is opened. */
export interface ReportStart {
  id: string;
  cause: Cause;
  reason: string;
  /** Principal of the client that requested the handover; default: no client did. */
  by?: string | null;
  /** When the handover was requested, in ms since the epoch; default: now. */
  at?: number;
  /** Number of the generation that serves, or that served until it crashed. */
  from: number | null;
  revision: { from: number | null; to: number };
  /** True when the process that ran the sessions was killed and could not say which ones it cut. */
  killed?: boolean;
}

/**
 * The report of one handover without its sessions, on which no decision depends. Its phases:
 *
 *   wanted   → `id` is assigned; left when the candidate is started
 *   booting  → a candidate runs; repeated for each failed candidate of a cold start
 *   ready    → the candidate has checked everything and is probed
 *   serving  → the candidate serves
 *   draining → the former generation, if it lives, finishes its steps and gives up its sessions
 *   done     → the former generation has ended. A stop has only `draining` and `done`
 *   failed   → at any point before `serving`; a generation that served before continues to serve
 */
export interface ReportHead extends Omit<HandoverReport, 'sessions'> {
  by: string | null;
  killed: boolean;
  /**
   * Start of all durations, by the monotonic clock: the start of the drain, or of the cold start after a start or
   * a crash; null before.
   */
  since: number | null;
}

export function createReport(start: ReportStart, now: Moment): ReportHead {
  const { id, cause, reason, at = now.date, from, revision, killed = false, by = null } = start;
  return {
    ...{ id, cause, reason, by, killed, phase: 'wanted', phases: [{ phase: 'wanted', at }], from, to: null },
    ...{ revision, keys: [], failure: null },
    since: cause === 'start' || cause === 'crash' ? now.clock : null,
  };
}

export function enterPhase(report: ReportHead, phase: ReportHead['phase'], now: Moment): ReportHead {
  const since = phase === 'draining' ? (report.since ?? now.clock) : report.since;
  return { ...report, phase, phases: [...report.phases, { phase, at: now.date }], since };
}

export function failReport(report: ReportHead, failure: string, now: Moment): ReportHead {
  return enterPhase({ ...report, failure }, 'failed', now);
}

/**
 * Sets the revision that the next generation runs, and the keys that it changes; no keys when the revision stays the
 * same.
 */
export function setReportRevision(report: ReportHead, to: number, keys: string[]): ReportHead {
  const { from } = report.revision;
  return { ...report, revision: { from, to }, keys: from === to ? [] : keys };
}

/** Makes an upgrade of the handover, because the candidate runs another version of the code; a crash stays one. */
export function markUpgrade(report: ReportHead, from: string, to: string): ReportHead {
  if (report.cause === 'crash' || from === to) return report;
  return { ...report, cause: 'upgrade', reason: `${report.reason} (version ${from} → ${to})` };
}

/** The part of the report that a generation receives when it is told to serve. */
export function toNotice({ id, cause, reason, by, keys, revision }: ReportHead): HandoverNotice {
  return { id, cause, reason, by, keys, revision };
}
