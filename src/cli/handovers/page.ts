import type { Handover } from '../../protocol/handovers.ts';
import { styled } from '../../terminal/style.ts';
import { oneLine } from '../../terminal/text.ts';
import { relativeTime } from '../../terminal/time.ts';
import { duration, generations, hasEnded, sessionCounts, sessionLine } from './words.ts';

/**
 * Formats the complete report of a handover: its phases with their times, and its sessions, first the ones that still
 * hold up the drain. At most `others` of the remaining sessions are listed; by default all.
 */
export function handoverPage(
  report: Handover,
  now: number,
  others: number = Number.POSITIVE_INFINITY,
): string[] {
  const { id, cause, reason, phase, phases, revision, keys, failure, sessions } = report;
  const start = phases[0]?.at ?? now;
  const facts: [string, string][] = [
    ['handover', `${id}, ${phase}, began ${relativeTime(start, now)}`],
    ['cause', `${cause}: ${oneLine(reason, 400)}`],
    ['processes', generations(report) || 'none yet'],
    ['revision', revision.from === null ? String(revision.to) : `${revision.from} → ${revision.to}`],
    ...(keys.length > 0 ? [['keys', oneLine(keys.join(', '), 400)] as [string, string]] : []),
    ...(failure === null ? [] : [['failure', styled('red', oneLine(failure, 2000))] as [string, string]]),
    ...phases.map(({ phase: name, at }, index): [string, string] => [
      index === 0 ? 'phases' : '',
      `+${duration(at - start)}  ${oneLine(name, 40)}`,
    ]),
    ['sessions', sessionCounts(sessions) || (hasEnded(report) ? 'none active' : 'not known yet')],
    ...sessionLines(report, others).map((line): [string, string] => ['', line]),
  ];
  return facts.map(([name, value]) => `${styled('dim', name.padEnd(10))} ${value}`);
}

function sessionLines({ id, sessions }: Handover, others: number): string[] {
  const holders = sessions.filter(({ state }) => state === 'running');
  const free = sessions.filter(({ state }) => state !== 'running');
  const lines = [...holders, ...free.slice(0, others)].map(sessionLine);
  const more = free.length - others;
  return more > 0 ? [...lines, `and ${more} more; \`midturn handovers ${id}\` shows all`] : lines;
}
