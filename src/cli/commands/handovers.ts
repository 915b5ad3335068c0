import { connect } from '../../protocol/client/client.ts';
import type { Handover } from '../../protocol/handovers.ts';
import type { Cli } from '../context.ts';
import { duration, generations, sessionCounts, sessionLine, tookOf } from '../handover/words.ts';
import { print, printJson } from '../output.ts';
import { styled } from '../style.ts';
import { type Column, table } from '../table.ts';
import { oneLine } from '../text.ts';
import { relativeTime } from '../time.ts';

/** The last handovers, newest first. */
export async function listHandovers({ target, json }: Cli, limit: number): Promise<void> {
  const page = await connect(target).handovers({ limit });
  if (json) return printJson(page);
  if (page.handovers.length === 0) return print('No handovers yet.');
  for (const line of table(columns(Date.now()), page.handovers, process.stdout.isTTY === true)) print(line);
}

export async function showHandover({ target, json }: Cli, id: string): Promise<void> {
  const report = await connect(target).handover(id);
  if (json) return printJson(report);
  for (const line of describe(report, Date.now())) print(line);
}

function columns(now: number): Column<Handover>[] {
  return [
    { title: 'ID', right: true, cell: ({ id }) => oneLine(id, 15) },
    { title: 'CAUSE', cell: ({ cause }) => cause },
    { title: 'PHASE', cell: ({ phase }) => phase },
    { title: 'BEGAN', cell: ({ phases }) => relativeTime(phases[0]?.at ?? now, now) },
    { title: 'TOOK', right: true, cell: (report) => duration(tookOf(report)) },
    { title: 'SESSIONS', cell: ({ sessions }) => sessionCounts(sessions) || 'none' },
    { title: 'REASON', max: 60, cell: ({ reason, failure }) => oneLine(failure ?? reason, 200) },
  ];
}

function describe(report: Handover, now: number): string[] {
  const { id, cause, reason, phase, phases, from, to, revision, keys, failure, sessions } = report;
  const start = phases[0]?.at ?? now;
  const facts: [string, string][] = [
    ['handover', `${id}, ${phase}, began ${relativeTime(start, now)}`],
    ['cause', `${cause}: ${oneLine(reason, 400)}`],
    ['processes', generations(from, to) || 'none yet'],
    ['revision', revision.from === null ? String(revision.to) : `${revision.from} → ${revision.to}`],
    ...(keys.length > 0 ? [['keys', oneLine(keys.join(', '), 400)] as [string, string]] : []),
    ...(failure === null ? [] : [['failure', styled('red', oneLine(failure, 2000))] as [string, string]]),
    ...phases.map(({ phase: name, at }, index): [string, string] => [
      index === 0 ? 'phases' : '',
      `+${duration(at - start)}  ${oneLine(name, 40)}`,
    ]),
    ['sessions', sessionCounts(sessions) || 'none was active'],
    ...sessions.map((session): [string, string] => ['', sessionLine(session)]),
  ];
  return facts.map(([name, value]) => `${styled('dim', name.padEnd(10))} ${value}`);
}
