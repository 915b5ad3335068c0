import { describe, expect, it } from 'vitest';
import { sessionEvent, type WireEvent } from '../protocol/events.ts';
import { handoverReport } from '../protocol/handovers.ts';
import { handoverChange, liveChange } from './changes.ts';
import type { DemoFacts } from './facts.ts';
import { scoreFacts } from './score/scoreboard.ts';
import { WORKER } from './story.ts';

const attempt = (generation: number, revision = 3) => ({ attempt: generation, generation, revision });
const write = { effect: 'write', resumable: true, key: 'k' } as const;
const model = { purpose: 'answer', model: 'scripted/work' } as const;
const call = (toolName: string, input: object) => ({ type: 'tool-call', toolName, input });
const set = ({ patch }: { patch: object }) => call('config', { action: 'set', patch });
const tests = call('shell', { command: "echo 'ran tests' >> ran.txt" });
const ok = { type: 'text', value: 'ok' } as const;
const toldOf = { reason: 'it was so', keys: [], tell: false };

/** A turn that changes its configuration twice, and is killed in its shell command and in its third model call. */
const journal: WireEvent[] = [
  { type: 'input_received', input: { kind: 'message', id: 'task', text: 'go', mode: 'steer' } },
  { type: 'turn_started', turn: 1, inputs: ['task'] },
  { type: 'model_call_started', step: 1, ...model, ...attempt(1, 1) },
  { type: 'model_call_finished', step: 1, content: [set(liveChange)], finish: 'tool-calls' },
  { type: 'tool_call_started', call: '1.1', ...write, ...attempt(1, 1) },
  { type: 'tool_call_finished', call: '1.1', output: ok },
  { type: 'model_call_started', step: 2, ...model, ...attempt(1, 2) },
  { type: 'model_call_finished', step: 2, content: [tests, set(handoverChange)], finish: 'tool-calls' },
  { type: 'tool_call_started', call: '2.1', ...write, ...attempt(1, 2) },
  { type: 'tool_call_started', call: '2.2', ...write, ...attempt(1, 2) },
  { type: 'tool_call_finished', call: '2.2', output: ok },
  { type: 'tool_call_interrupted', call: '2.1', attempt: 1, cause: 'shutdown' },
  { type: 'session_handed_over', from: 1, to: 2, cause: 'config', ...toldOf },
  { type: 'tool_call_started', call: '2.1', ...write, ...attempt(2) },
  { type: 'tool_call_interrupted', call: '2.1', attempt: 2, cause: 'crash' },
  { type: 'session_handed_over', from: 2, to: 3, cause: 'crash', ...toldOf },
  { type: 'tool_call_started', call: '2.1', ...write, ...attempt(3) },
  { type: 'tool_call_finished', call: '2.1', output: ok },
  { type: 'model_call_started', step: 3, ...model, ...attempt(3) },
  { type: 'model_call_interrupted', step: 3, attempt: 3, cause: 'crash', reason: 'the daemon died' },
  { type: 'session_handed_over', from: 3, to: 4, cause: 'start', ...toldOf },
  { type: 'model_call_started', step: 3, ...model, ...attempt(4) },
  { type: 'system_note_added', text: 'The daemon restarted.' },
  { type: 'model_call_finished', step: 3, content: [], finish: 'stop' },
  { type: 'turn_finished', turn: 1, inputs: ['task'], outcome: 'answered' },
].map((event, index) => sessionEvent.parse({ ...event, seq: index + 1, at: (index + 1) * 100 }));

const sent = { id: 'task', at: 90, resent: 0, refused: false, accepted: 12.4 };

const good: DemoFacts = {
  sent: [sent],
  journals: { [WORKER]: journal },
  ran: ['tests'],
  handover: handoverReport.parse({
    id: '2',
    cause: 'config',
    reason: 'listen changed',
    phase: 'done',
    phases: [
      { phase: 'wanted', at: 1100 },
      { phase: 'done', at: 1400 },
    ],
    from: 1,
    to: 2,
    revision: { from: 2, to: 3 },
    keys: ['listen'],
    failure: null,
    sessions: [],
  }),
  mistake: {
    line: 7,
    savedAt: 1750,
    reported: { at: 1850, place: 'midturn.jsonc:7:3', line: 7 },
    fixedAt: 1950,
    normalAt: 1990,
  },
  kills: [
    { what: 'generation', at: 1450, generation: 2 },
    { what: 'everything', at: 1960, generation: 3 },
  ],
  followed: journal.length,
  total: 1234.5,
};

describe("the demo's scoreboard", () => {
  it('counts what was observed', () => {
    expect(scoreFacts(good)).toEqual({
      broken: [],
      messages: {
        accepted: 1,
        refused: 0,
        answered: 1,
        lost: 0,
        doubled: 0,
        resent: 0,
        unexplained: 0,
        slowestMs: { steady: 12, handover: 0, kills: 0 },
      },
      steps: { finished: 6, interrupted: 3, repeated: 0 },
      tools: { calls: 1, runs: 1, twice: [], missing: [] },
      shellPickedUp: 2,
      inForceMs: { live: 200, handover: 400 },
      mistake: { place: 'midturn.jsonc:7:3', rightLine: true, noticedMs: 100, normalMs: 40, steps: 1 },
      recoveryMs: { generation: 250, everything: 240 },
      notes: { restarts: 3, due: 1, told: 1 },
      events: { followed: 25, missed: 0 },
      totalMs: 1235,
    });
  });

  it('measures receipts in a steady daemon, in a handover and over a kill', () => {
    const more = [
      { ...sent, id: 'a', at: 1080, accepted: 30 },
      { ...sent, id: 'b', at: 1460, accepted: 200, resent: 3 },
    ];
    const { messages, broken } = scoreFacts({ ...good, sent: [sent, ...more] });
    expect(messages).toMatchObject({
      resent: 3,
      unexplained: 0,
      slowestMs: { steady: 12, handover: 30, kills: 200 },
    });
    expect(broken).not.toContainEqual(expect.stringContaining('met nobody'));
  });

  const worker = (events: WireEvent[]): Partial<DemoFacts> => ({ journals: { [WORKER]: events } });
  const without = (type: string) => worker(journal.filter((event) => event.type !== type));
  const { mistake } = good;

  it.each<[string, Partial<DemoFacts>]>([
    ['1 messages were refused', { sent: [{ ...sent, refused: true }] }],
    ['1 messages were refused', { sent: [sent, { ...sent, id: 'x', accepted: null }] }],
    ['1 accepted messages were lost', without('turn_finished')],
    ['1 accepted messages were not answered', without('turn_finished')],
    ['1 messages were stored twice', worker([...journal.slice(0, 1), ...journal])],
    [
      '2 attempts got no answer although nothing had been killed',
      { sent: [{ ...sent, at: 1150, resent: 2 }] },
    ],
    ['1 finished steps were started again', worker([...journal, ...journal.slice(16, 17)])],
    ['these tool calls ran twice: tests', { ran: ['tests', 'tests'] }],
    ['these tool calls never ran: tests', { ran: [] }],
    ['the running shell command was picked up 1 times instead of twice', worker(journal.toSpliced(13, 1))],
    ["the agent's live change did not take effect", worker(journal.slice(0, 6))],
    ["the agent's change of the listen address did not take effect", worker(journal.slice(0, 12))],
    ['the status did not name the line with the mistake', { mistake: { ...mistake, reported: null } }],
    ['the status did not name the line with the mistake', { mistake: { ...mistake, line: 8 } }],
    ['no step started while the file was invalid', { mistake: { ...mistake, fixedAt: 1860 } }],
    [
      'the status did not return to normal after the file was fixed',
      { mistake: { ...mistake, normalAt: null } },
    ],
    ['the turn did not resume after the generation was killed', worker(journal.slice(0, 15))],
    ['the turn did not resume after everything was killed', worker(journal.slice(0, 20))],
    ["the worker's model got 0 notices of restarts instead of 1", without('system_note_added')],
    [
      "the worker's model got 2 notices of restarts instead of 1",
      worker([...journal, ...journal.slice(22, 23)]),
    ],
    ['1 events did not reach the follower', { followed: journal.length - 1 }],
  ])('finds a broken promise: %s', (words, doctored) => {
    expect(scoreFacts({ ...good, ...doctored }).broken).toContain(words);
  });
});
