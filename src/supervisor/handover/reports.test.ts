import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Home, resolveHome } from '../../util/home.ts';
import type { HandoverPhase, HandoverReport } from '../ipc/messages.ts';
import { HandoverReportStore, listHandoverReports, readHandoverReport } from './reports.ts';

let home: Home;

beforeEach(() => {
  home = resolveHome(mkdtempSync(join(tmpdir(), 'midturn-')));
});
afterEach(() => rmSync(home.root, { recursive: true, force: true }));

describe('[C11] reports of handovers', () => {
  it('are kept over restarts of the daemon, the newest first, with ids that continue', () => {
    const first = new HandoverReportStore(home);
    for (let count = 1; count <= 12; count += 1) first.writeReport(report(String(count)));
    const second = new HandoverReportStore(home);
    expect(second.lastId).toBe(12);
    const newestFirst = Array.from({ length: 12 }, (_, index) => String(12 - index));
    expect(listHandoverReports(home).map(({ id }) => id)).toEqual(newestFirst);
    expect(readHandoverReport(home, '7')).toEqual(report('7'));
  });

  it('keep the last 200, and no other file stays in their folder', () => {
    const reports = new HandoverReportStore(home);
    for (const id of ['1', '3', '4', '203']) reports.writeReport(report(id, 'failed'));
    writeFileSync(join(home.state, 'handovers', '.9.json.77.tmp'), 'half of a report');
    reports.writeReport(report('203'));
    expect(readdirSync(join(home.state, 'handovers')).sort()).toEqual(['203.json', '4.json']);
  });

  it('closes reports that a killed supervisor left unfinished', () => {
    const reports = new HandoverReportStore(home);
    reports.writeReport(report('1'));
    reports.writeReport(report('2', 'draining'));
    reports.closeUnfinished(77);
    expect(readHandoverReport(home, '1')).toEqual(report('1'));
    expect(readHandoverReport(home, '2')).toMatchObject({
      phase: 'failed',
      phases: [
        { phase: 'wanted', at: 1 },
        { phase: 'failed', at: 77 },
      ],
      failure: 'the supervisor ended before the handover was done',
    });
  });

  it('returns the latest handover, skipping the start of a daemon', () => {
    const reports = new HandoverReportStore(home);
    expect(reports.readLatest()).toBeNull();
    reports.writeReport({ ...report('1'), cause: 'start' });
    expect(reports.readLatest()).toBeNull();
    reports.writeReport(report('2'));
    reports.writeReport({ ...report('3', 'draining'), cause: 'config' });
    reports.writeReport({ ...report('4'), cause: 'start' });
    writeFileSync(join(home.state, 'handovers', '5.json'), '{');
    reports.closeUnfinished(77);
    expect(reports.readLatest()).toMatchObject({ id: '3', phase: 'failed' });
  });

  it('returns undefined for a damaged report and for an unknown id', () => {
    new HandoverReportStore(home).writeReport(report('1'));
    writeFileSync(join(home.state, 'handovers', '2.json'), '{"id": 2}');
    writeFileSync(join(home.state, 'handovers', '3.json'), '{');
    writeFileSync(join(home.state, 'secret.json'), '{}');
    for (const id of ['2', '3', '4', '', '../secret', '1e0', '-1', '01'])
      expect(readHandoverReport(home, id)).toBeUndefined();
    expect(listHandoverReports(home).map(({ id }) => id)).toEqual(['1']);
  });
});

function report(id: string, phase: HandoverPhase = 'done'): HandoverReport {
  return {
    ...{ id, cause: 'restart', reason: 'asked', phase, phases: [{ phase: 'wanted', at: 1 }] },
    ...{ from: 1, to: 2, revision: { from: 1, to: 1 }, keys: [], failure: null },
    sessions: [{ session: 's', state: 'moved', holding: ['model call 7'], after: 12, resumedAfter: 15 }],
  };
}
