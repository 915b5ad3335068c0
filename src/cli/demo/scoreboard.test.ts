import { describe, expect, it } from 'vitest';
import { sessionEvent, type WireEvent } from '../../protocol/events.ts';
import type { Facts } from './facts.ts';
import { judge } from './scoreboard.ts';
import { WORKER } from './story.ts';

const attempt = (generation: number) => ({ attempt: generation, generation, revision: 1 });
const tool = { effect: 'write', resumable: true, key: 'k' } as const;
const model = { purpose: 'answer', model: 'scripted/work' } as const;
const command = { type: 'tool-call', toolName: 'shell', input: { command: "echo 'ran tests' >> ran.txt" } };

/** A turn that was killed in its shell command and in its second model call. */
const journal: WireEvent[] = [
  { type: 'input_received', input: { kind: 'message', id: 'task', text: 'go', mode: 'steer' } },
  { type: 'turn_started', turn: 1, inputs: ['task'] },
  { type: 'model_call_started', step: 1, ...model, ...attempt(1) },
  { type: 'model_call_finished', step: 1, content: [command], finish: 'tool-calls' },
  { type: 'tool_call_started', call: '1.1', ...tool, ...attempt(1) },
  { type: 'tool_call_interrupted', call: '1.1', attempt: 1, cause: 'crash' },
  { type: 'tool_call_started', call: '1.1', ...tool, ...attempt(2) },
  { type: 'tool_call_finished', call: '1.1', output: { type: 'text', value: 'ok' } },
  { type: 'model_call_started', step: 2, ...model, ...attempt(2) },
  { type: 'model_call_interrupted', step: 2, attempt: 2, cause: 'crash', reason: 'the daemon died' },
  { type: 'model_call_started', step: 2, ...model, ...attempt(3) },
  { type: 'model_call_finished', step: 2, content: [], finish: 'stop' },
  { type: 'turn_finished', turn: 1, inputs: ['task'], outcome: 'answered' },
].map((event, index) => sessionEvent.parse({ ...event, seq: index + 1, at: (index + 1) * 100 }));

const good: Facts = {
  sent: [{ id: 'task', resent: 2, refused: false, accepted: 12.4 }],
  journals: { [WORKER]: journal },
  ran: ['tests'],
  kills: [
    { what: 'generation', at: 550, generation: 1 },
    { what: 'everything', at: 950, generation: 2 },
  ],
  followed: journal.length,
  total: 1234.5,
};

describe("the demo's scoreboard", () => {
  it('counts what was observed', () => {
    expect(judge(good)).toEqual({
      broken: [],
      messages: {
        accepted: 1,
        refused: 0,
        answered: 1,
        lost: 0,
        doubled: 0,
        resent: 2,
        longestAcceptMs: 12,
      },
      steps: { finished: 3, interrupted: 2, repeated: 0 },
      tools: { calls: 1, runs: 1, twice: [], missing: [] },
      shellPickedUp: true,
      recoveryMs: { generation: 150, everything: 150 },
      events: { followed: 13, missed: 0 },
      totalMs: 1235,
    });
  });

  const worker = (events: WireEvent[]): Partial<Facts> => ({ journals: { [WORKER]: events } });
  const without = (type: string) => worker(journal.filter((event) => event.type !== type));
  const [sent] = good.sent;

  it.each<[string, Partial<Facts>]>([
    ['1 messages were refused', { sent: [{ ...sent, id: 'task', resent: 0, refused: true, accepted: 1 }] }],
    [
      '1 messages were refused',
      { sent: [...good.sent, { id: 'x', resent: 9, refused: false, accepted: null }] },
    ],
    ['1 accepted messages were lost', without('turn_finished')],
    ['1 accepted messages were not answered', without('turn_finished')],
    ['1 messages were stored twice', worker([...journal.slice(0, 1), ...journal])],
    ['1 finished steps were begun again', worker([...journal, ...journal.slice(6, 7)])],
    ['these tool calls ran twice: tests', { ran: ['tests', 'tests'] }],
    ['these tool calls never ran: tests', { ran: [] }],
    ['the running shell command was not picked up', worker(journal.toSpliced(4, 2))],
    ['the turn did not go on after the generation was killed', worker(journal.slice(0, 6))],
    ['the turn did not go on after everything was killed', worker(journal.slice(0, 10))],
    ['1 events did not reach the follower', { followed: journal.length - 1 }],
  ])('finds a broken promise: %s', (words, doctored) => {
    expect(judge({ ...good, ...doctored }).broken).toContain(words);
  });
});
