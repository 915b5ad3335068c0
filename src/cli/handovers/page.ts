import type { HandoverBody } from '../../protocol/handovers.ts';
import { applyStyle } from '../../terminal/style.ts';
import { toOneLine } from '../../terminal/text.ts';
import { formatRelativeTime } from '../../terminal/time.ts';
import {
  countSessionStates,
  describeGenerations,
  describeHandoverSession,
  formatElapsed,
  hasEnded,
} from './words.ts';

/**
 * Formats the complete report of a handover: its phases with their times, and its sessions, first the ones that still
 * hold up the drain. At most `others` of the remaining sessions are listed; by default all.
 */
export function formatHandover(
  report: HandoverBody,
  now: number,
  others: number = Number.POSITIVE_INFINITY,
): string[] {
  const { id, cause, reason, phase, phases, revision, keys, failure, sessions } = report;
  const start = phases[0]?.at ?? now;
  const facts: [string, string][] = [
    ['handover', `${id}, ${phase}, began ${formatRelativeTime(start, now)}`],
    ['cause', `${cause}: ${toOneLine(reason, 400)}`],
    ['processes', describeGenerations(report) || 'none yet'],
    ['revision', revision.from === null ? String(revision.to) : `${revision.from} → ${revision.to}`],
    ...(keys.length > 0 ? [['keys', toOneLine(keys.join(', '), 400)] as [string, string]] : []),
    ...(failure === null
      ? []
      : [['failure', applyStyle('red', toOneLine(failure, 2000))] as [string, string]]),
    ...phases.map(({ phase: name, at }, index): [string, string] => [
      index === 0 ? 'phases' : '',
      `+${formatElapsed(at - start)}  ${toOneLine(name, 40)}`,
    ]),
    ['sessions', countSessionStates(sessions) || (hasEnded(report) ? 'none active' : 'not known yet')],
    ...formatSessions(report, others).map((line): [string, string] => ['', line]),
  ];
  return facts.map(([name, value]) => `${applyStyle('dim', name.padEnd(10))} ${value}`);
}

function formatSessions({ id, sessions }: HandoverBody, others: number): string[] {
  const holders = sessions.filter(({ state }) => state === 'running');
  const free = sessions.filter(({ state }) => state !== 'running');
  const lines = [...holders, ...free.slice(0, others)].map(describeHandoverSession);
  const more = free.length - others;
  return more > 0 ? [...lines, `and ${more} more; \`midturn handovers ${id}\` shows all`] : lines;
}
