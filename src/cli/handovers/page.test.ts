import { describe, expect, it } from 'vitest';
import type { HandoverBody } from '../../protocol/handovers.ts';
import { formatHandover } from './page.ts';

const AT = 1_700_000_000_000;
const FREE: HandoverBody['sessions'][number] = {
  session: 'free',
  state: 'parked',
  holding: ['approval'],
  after: 3,
  resumedAfter: null,
};
const HOLDER: typeof FREE = {
  session: 'holder',
  state: 'running',
  holding: ['shell (7.1)'],
  after: null,
  resumedAfter: null,
};
const DRAINING: HandoverBody = {
  ...{ id: '3', cause: 'restart', reason: 'new key', phase: 'draining', from: 1, to: 2 },
  phases: [
    { phase: 'wanted', at: AT },
    { phase: 'serving', at: AT + 450 },
    { phase: 'draining', at: AT + 460 },
  ],
  ...{ revision: { from: 1, to: 1 }, keys: [], failure: null, sessions: [FREE, HOLDER] },
};

const page = (report: Partial<HandoverBody>, others?: number) =>
  formatHandover({ ...DRAINING, ...report }, AT + 5_000, others);

describe('[C11] the page of a handover', () => {
  it('has its phases with times, and first the sessions that still hold the drain', () => {
    expect(page({})).toEqual([
      'handover   3, draining, began 5 s ago',
      'cause      restart: new key',
      'processes  generation 1 → 2',
      'revision   1 → 1',
      'phases     +0.0 s  wanted',
      '           +0.5 s  serving',
      '           +0.5 s  draining',
      'sessions   1 parked, 1 running',
      '           holder  running (shell (7.1))',
      '           free  parked (approval) after 0.0 s',
    ]);
  });

  it('names every session that holds up the drain, and a limited number of others', () => {
    const many = [FREE, HOLDER, FREE, HOLDER, FREE, HOLDER, FREE];
    const [counts, ...sessions] = page({ sessions: many }, 2).slice(7);
    expect(counts).toBe('sessions   4 parked, 3 running');
    expect(sessions.map((line) => line.trim().replace(/ {2}.*/, ''))).toEqual([
      ...['holder', 'holder', 'holder', 'free', 'free'],
      'and 2 more; `midturn handovers 3` shows all',
    ]);
    expect(page({ sessions: many }, 4).at(-1)).toMatch(/free {2}parked/);
    expect(page({ sessions: many })).toHaveLength(15);
  });

  it('does not claim that no session was active before that is known', () => {
    const { phases } = DRAINING;
    const booting = page({ phase: 'booting', phases: phases.slice(0, 1), to: null, sessions: [] });
    expect(booting[2]).toBe('processes  generation 1 is leaving');
    expect(booting.at(-1)).toBe('sessions   not known yet');
    expect(page({ phase: 'done', sessions: [] }).at(-1)).toBe('sessions   none active');
  });

  it('says whether a generation without a successor has exited', () => {
    const processes = (report: Partial<HandoverBody>) => page({ to: null, ...report })[2];
    expect(processes({ cause: 'stop' })).toBe('processes  generation 1 is leaving');
    expect(processes({ cause: 'stop', phase: 'done' })).toBe('processes  generation 1 has exited');
    expect(processes({ phase: 'failed' })).toBe('processes  generation 1');
    expect(processes({ from: null })).toBe('processes  none yet');
  });
});
