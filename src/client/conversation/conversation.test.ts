import { describe, expect, it } from 'vitest';
import { sessionEvent } from '../../protocol/events.ts';
import type { SessionBody } from '../../protocol/sessions.ts';
import { dropOldEntries, listChanges } from './changes.ts';
import { type Conversation, createConversation, listOpenQuestions } from './conversation.ts';
import { evolveConversation } from './evolve.ts';
import type { ConversationItem } from './item.ts';
import { joinConversation } from './join.ts';

/** Folds events in order, each at the next position; items that are no event are folded as they are. */
function fold(items: readonly object[], start: Conversation = createConversation('s')): Conversation {
  return items.reduce<Conversation>((view, item) => {
    const known = 'kind' in item ? (item as ConversationItem) : null;
    const event = () => sessionEvent.parse({ seq: view.seq + 1, at: view.seq + 1, ...item });
    return evolveConversation(view, known ?? { kind: 'event', event: event() });
  }, start);
}

const received = (id: string) => ({
  type: 'input_received',
  input: { kind: 'message', id, text: `text of ${id}`, mode: 'steer' },
});
const turn = (...inputs: string[]) => ({ type: 'turn_started', turn: 1, inputs });
const ran = { attempt: 1, generation: 1, revision: 1 };
const started = (step: number) => ({
  type: 'model_call_started',
  step,
  purpose: 'answer',
  model: 'm',
  ...ran,
});
const finished = (step: number, text: string, usage = {}) => ({
  type: 'model_call_finished',
  step,
  finish: 'stop',
  content: [{ type: 'text', text }],
  usage,
});
const delta = (step: number, attempt: number, offset: number, text: string) => ({
  kind: 'delta',
  delta: { type: 'delta', kind: 'text', step, attempt, offset, text },
});
const ended = (outcome: string, ...inputs: string[]) => ({ type: 'turn_finished', turn: 1, inputs, outcome });
const states = ({ entries }: Conversation) =>
  entries.flatMap((entry) => (entry.kind === 'message' ? [`${entry.id} ${entry.state}`] : []));

describe('a message in a conversation', () => {
  it('goes from sending over stored and working to its outcome', () => {
    const sent = { kind: 'sent', at: 0, message: { id: 'a', text: 'hi' } };
    const story = [sent, { kind: 'accepted', input: 'a' }, received('a'), turn('a'), ended('answered', 'a')];
    const seen = story.map((_, index) => states(fold(story.slice(0, index + 1))).join());
    expect(seen).toEqual(['a sending', 'a stored', 'a stored', 'a working', 'a answered']);
  });

  it('does not go back when its receipt comes after its events', () => {
    const sent = { kind: 'sent', at: 0, message: { id: 'a', text: 'hi' } };
    expect(states(fold([sent, received('a'), turn('a'), { kind: 'accepted', input: 'a' }]))).toEqual([
      'a working',
    ]);
  });

  it('has the reason why it has no answer', () => {
    const view = fold([
      received('a'),
      { type: 'input_closed', inputs: ['a'], outcome: 'expired', reason: 'late' },
    ]);
    expect(view.entries).toMatchObject([
      { kind: 'message', id: 'a', state: 'expired', reason: 'late' },
      { kind: 'ending', turn: null, outcome: 'expired', reason: 'late' },
    ]);
  });
});

describe('the text of an answer in a conversation', () => {
  it('[I1] is not added again by late text of an attempt whose start was not seen', () => {
    const view = fold([finished(1, 'whole')]);
    expect(fold([delta(1, 2, 0, 'whole')], view)).toBe(view);
  });

  it('keeps what an interrupted attempt has said, as an entry of its own', () => {
    const cut = { type: 'model_call_interrupted', step: 1, attempt: 1, cause: 'cut', reason: 'it broke' };
    const again = { ...started(1), attempt: 2 };
    const view = fold([started(1), delta(1, 1, 0, 'one t'), cut, again, delta(1, 2, 0, 'one two')]);
    expect(view.entries).toMatchObject([
      { kind: 'answer', attempt: 1, text: 'one t', state: 'interrupted' },
      { kind: 'notice', notice: 'interruption', what: 'model', reason: 'it broke' },
      { kind: 'answer', attempt: 2, text: 'one two', state: 'running' },
    ]);
  });
});

describe('what a running step streams', () => {
  const part = (kind: string, offset: number, text: string, more = {}) => ({
    kind: 'delta',
    delta: { type: 'delta', kind, step: 1, attempt: 1, offset, text, ...more },
  });
  const call = { type: 'tool-call', toolName: 'shell', input: { command: 'ls' } };
  const asked = { type: 'model_call_finished', step: 1, finish: 'tool-calls', content: [call] };
  const runs = { type: 'tool_call_started', call: '1.1', effect: 'read', resumable: false, key: 'k', ...ran };

  it('is the reasoning of an answer, which stays when the durable event lacks it', () => {
    const thought = fold([started(1), part('reasoning', 0, 'hm '), part('reasoning', 0, 'hm well')]);
    expect(thought.entries).toMatchObject([{ kind: 'answer', reasoning: 'hm well', text: '' }]);
    expect(fold([finished(1, 'yes')], thought).entries).toMatchObject([
      { reasoning: 'hm well', text: 'yes', state: 'finished' },
    ]);
  });

  it('is the arguments of calls that the model is writing, until it has written them', () => {
    const about = { call: '1.1', tool: 'shell' };
    const story = [started(1), part('tool_input', 0, '{"com', about), part('tool_input', 5, 'mand"', about)];
    const writing = fold(story);
    expect(writing.drafts).toEqual([{ ...about, text: '{"command"' }]);
    expect(fold([asked], writing)).toMatchObject({
      drafts: [],
      entries: [{ tool: 'shell', input: call.input }],
    });
  });

  it('is the latest status of a running call, and nothing once it has ended', () => {
    const status = (text: string) => part('tool_status', 0, text, { call: '1.1' });
    const running = fold([started(1), asked, runs, status('half'), status('nearly done')]);
    expect(running.entries).toMatchObject([{ state: 'running', status: 'nearly done' }]);
    const output = { type: 'tool_call_finished', call: '1.1', output: { type: 'text', value: 'a' } };
    const ended = fold([output, status('half')], running);
    expect(ended.entries).toMatchObject([{ state: 'finished', status: null, result: 'a' }]);
  });
});

it('shows the files of messages, answers and results', () => {
  const file = { type: 'file', blob: 'b', mediaType: 'image/png', name: 'a.png', bytes: 3 };
  const text = { type: 'text', text: 'look' };
  const message = { kind: 'message', id: 'a', text: 'look', content: [text, file], mode: 'steer' };
  const answer = { type: 'model_call_finished', step: 1, finish: 'stop', content: [file] };
  const output = {
    type: 'tool_call_finished',
    call: '1.1',
    output: { type: 'content', value: [text, file] },
  };
  expect(fold([{ type: 'input_received', input: message }, answer, output]).entries).toMatchObject([
    { kind: 'message', text: 'look', files: [file] },
    { kind: 'answer', text: '', files: [file] },
    { kind: 'call', result: 'look', files: [file] },
  ]);
});

describe('a conversation', () => {
  it('counts the tokens of each turn and of all turns', () => {
    const use = { input: 10, output: 2 };
    const one = [turn('a'), started(1), finished(1, 'x', use), ended('answered', 'a')];
    const two = [turn('b'), started(2), finished(2, 'y', use), ended('answered', 'b')];
    const view = fold([...one, ...two]);
    const endings = view.entries.flatMap((entry) => (entry.kind === 'ending' ? [entry.usage.input] : []));
    expect({ endings, total: view.usage }).toEqual({
      endings: [10, 10],
      total: { input: 20, output: 4, cached: 0 },
    });
  });

  it('tells which entries an event has added or changed', () => {
    const before = fold([received('a')]);
    const after = fold([turn('a'), started(1), finished(1, 'yes')], before);
    expect(listChanges(before, after)).toMatchObject([
      { before: { state: 'stored' }, after: { state: 'working' } },
      { after: { kind: 'answer', text: 'yes' } },
    ]);
  });

  it('forgets old entries on request, but none that may still change', () => {
    const many = Array.from({ length: 100 }, (_, index) => ({
      type: 'session_quarantined',
      reason: `${index}`,
    }));
    const kept = dropOldEntries(fold([received('open'), ...many]), 10);
    expect(kept.entries).toHaveLength(11);
    expect(states(fold([turn('open')], kept))).toEqual(['open working']);
  });

  it('that is joined in the middle shows what is there, and each thing once when the events follow', () => {
    const about = { at: 1, call: '1.1', tool: 'shell' };
    const view = joinConversation(
      {
        ...idle,
        turn: { number: 1, startedAt: 0, inputs: ['b'], steps: 1, retryAt: null },
        pending: [waiting],
      },
      [
        { seq: 3, at: 1, role: 'user', text: 'old', input: 'a' },
        { seq: 5, at: 1, role: 'user', text: 'new', input: 'b' },
        { seq: 7, at: 1, role: 'assistant', text: 'Look.', calls: [{ ...about, input: {} }] },
      ],
    );
    const received7 = { ...received('c'), seq: 8 };
    const output = { type: 'tool_call_finished', call: '1.1', output: { type: 'text', value: 'a' }, seq: 9 };
    const after = fold([received7, output], view);
    expect(states(after)).toEqual(['a ended', 'b working', 'c stored']);
    expect(after.entries.find(({ key }) => key === 'message:c')).toMatchObject({ files: [picture] });
    expect(after.entries.filter(({ kind }) => kind === 'call')).toMatchObject([
      { tool: 'shell', state: 'finished', result: 'a' },
    ]);
    expect(listOpenQuestions(after)).toEqual([]);
  });

  it('that is joined in the middle has the files of the messages before', () => {
    const files = [picture];
    const view = joinConversation(idle, [
      { seq: 1, at: 1, role: 'user', text: 'look', input: 'a', files },
      { seq: 2, at: 1, role: 'assistant', text: '', files },
      { seq: 3, at: 1, role: 'tool', text: 'drawn', call: '1.1', tool: 'draw', files },
    ]);
    expect(view.entries).toMatchObject([
      { kind: 'message', files },
      { kind: 'answer', text: '', files },
      { kind: 'call', result: 'drawn', files },
    ]);
  });
});

const picture = { type: 'file', blob: 'b', mediaType: 'image/png', name: 'a.png', bytes: 3 } as const;
const waiting: SessionBody['pending'][number] = {
  kind: 'message',
  id: 'c',
  text: '',
  content: [picture],
  mode: 'queue',
};

const idle: SessionBody = {
  session: 's',
  agent: 'main',
  owner: null,
  seq: 7,
  status: 'running',
  inputs: 0,
  wakeAt: null,
  createdAt: 0,
  updatedAt: 0,
  damaged: null,
  turn: null,
  waitsFor: null,
  approvals: [],
  pending: [],
  last: null,
  quarantine: null,
};
