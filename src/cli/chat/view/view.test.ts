import { describe, expect, it } from 'vitest';
import { createConversation } from '../../../client/conversation/conversation.ts';
import type { ConversationItem } from '../../../client/conversation/item.ts';
import { sessionEvent, type WireDelta } from '../../../protocol/events.ts';
import { PieceRenderer } from '../screen/screen.ts';
import { ConversationView } from './view.ts';

/** A view, and what it has shown so far. Each event has the position after the one before. */
function watch(own: string[] = []) {
  let now = 1_000;
  const view = new ConversationView(createConversation('s'), () => now);
  const typesetter = new PieceRenderer();
  let shown = '';
  let seq = 0;
  const take = (item: ConversationItem) => {
    for (const piece of view.takeItem(item).pieces) shown += typesetter.renderPiece(piece);
  };
  for (const id of own) take({ kind: 'sent', at: 0, message: { id, text: 'hi' } });
  return {
    event: (event: object) => {
      seq += 1;
      take({ kind: 'event', event: sessionEvent.parse({ seq, at: 0, ...event }) });
    },
    delta: (step: number, attempt: number, offset: number, text: string) =>
      take({ kind: 'delta', delta: { type: 'delta', kind: 'text', step, attempt, offset, text } }),
    part: (kind: WireDelta['kind'], offset: number, text: string, call?: string) =>
      take({
        kind: 'delta',
        delta: {
          ...{ type: 'delta', kind, step: 1, attempt: 1, offset, text },
          ...(call ? { call, tool: 't' } : {}),
        },
      }),
    wait(ms: number) {
      now += ms;
    },
    get shown() {
      return shown;
    },
  };
}

const attempt = (number: number, generation = 1) => ({ attempt: number, generation, revision: 1 });
const started = (step: number, number: number, generation = 1) =>
  ({
    type: 'model_call_started',
    step,
    purpose: 'answer',
    model: 'm',
    ...attempt(number, generation),
  }) as const;
const finished = (step: number, text: string, ...calls: { toolName: string; input: unknown }[]) =>
  ({
    type: 'model_call_finished',
    step,
    finish: 'stop',
    content: [{ type: 'text', text }, ...calls.map((call) => ({ type: 'tool-call', ...call }))],
  }) as const;
const interrupted = (cause: string, reason: string) =>
  ({ type: 'model_call_interrupted', step: 1, attempt: 1, cause, reason }) as const;
const handedOver = (cause: string, tell = true) =>
  ({ type: 'session_handed_over', from: 1, to: 2, cause, reason: '', keys: [], tell }) as const;
const turnFinished = (outcome: 'answered' | 'failed' | 'cancelled', reason?: string) =>
  ({ type: 'turn_finished', turn: 1, inputs: ['a'], outcome, ...(reason ? { reason } : {}) }) as const;

describe('the text of an answer', () => {
  it('is shown as it comes, and nothing of it twice', () => {
    const view = watch();
    view.event(started(1, 1));
    view.delta(1, 1, 0, 'one ');
    view.delta(1, 1, 0, 'one two ');
    view.delta(1, 1, 4, 'two ');
    view.delta(1, 1, 6, 'o three');
    view.event(finished(1, 'one two three four'));
    view.delta(1, 1, 0, 'one two three four');
    expect(view.shown).toBe('one two three four\n');
  });

  it('is completed at the end when pieces were missed', () => {
    const view = watch();
    view.delta(1, 1, 0, 'one ');
    view.delta(1, 1, 8, 'three ');
    view.event(finished(1, 'one two three four'));
    expect(view.shown).toBe('one two three four\n');
  });

  it('is shown when no piece came at all', () => {
    const view = watch();
    view.event(finished(1, 'whole'));
    expect(view.shown).toBe('whole\n');
  });

  it('is shown again on a line of its own when it is not what the pieces said', () => {
    const view = watch();
    view.delta(1, 1, 0, 'draft');
    view.event(finished(1, 'final'));
    expect(view.shown).toBe('draft\nfinal\n');
  });

  it('[B4] starts again after an interruption, which is one line', () => {
    const view = watch();
    view.event(started(1, 1));
    view.delta(1, 1, 0, 'one tw');
    view.event(interrupted('cut', 'the stream ended early'));
    view.event({ type: 'retry_scheduled', step: 1, until: 6_000 });
    view.event(started(1, 2));
    view.delta(1, 1, 0, 'one two late');
    view.delta(1, 2, 0, 'one two');
    view.event(finished(1, 'one two'));
    expect(view.shown).toBe('one tw\n… interrupted: the stream ended early; trying again in 5 s\none two\n');
  });
});

describe('a restart of the daemon', () => {
  it.each(['crash', 'shutdown'])('is one line when it interrupts an answer (%s)', (cause) => {
    const view = watch();
    view.event(started(1, 1, 1));
    view.delta(1, 1, 0, 'one ');
    view.event(interrupted(cause, 'the process ended'));
    view.event(started(1, 2, 2));
    view.delta(1, 2, 0, 'one two');
    expect(view.shown).toBe('one \n… interrupted: the daemon restarted; resuming\none two');
  });

  it('is one line when it interrupts several tool calls', () => {
    const view = watch();
    for (const call of ['1.1', '1.2'])
      view.event({ type: 'tool_call_interrupted', call, attempt: 1, cause: 'crash' });
    view.event(started(2, 1, 2));
    expect(view.shown).toBe('… interrupted: the daemon restarted; resuming\n');
  });

  it('is one line also when a message arrives before the turn resumes', () => {
    const view = watch(['b']);
    view.event({ type: 'turn_started', turn: 1, inputs: ['a'] });
    view.event(started(1, 1, 1));
    view.event(interrupted('crash', 'the process ended'));
    view.event({ type: 'input_received', input: { kind: 'message', id: 'b', text: 'hi', mode: 'steer' } });
    view.event({ type: 'turn_joined', turn: 1, inputs: ['b'] });
    view.event(started(1, 2, 2));
    expect(view.shown).toBe('… interrupted: the daemon restarted; resuming\n');
  });

  it('is one line when it falls between two steps of a turn, and none between two turns', () => {
    const view = watch();
    view.event({ type: 'turn_started', turn: 1, inputs: ['a'] });
    view.event(started(1, 1, 1));
    view.event(handedOver('config'));
    view.event(started(2, 1, 2));
    expect(view.shown).toBe('… the daemon restarted with a new configuration; resuming\n');
    view.event({ type: 'turn_started', turn: 2, inputs: ['b'] });
    view.event(started(3, 1, 3));
    expect(view.shown).toBe('… the daemon restarted with a new configuration; resuming\n');
  });

  it('[D6] is reported once however often it happens before the next answer, and never when notices are off', () => {
    for (const tell of [true, false]) {
      const view = watch();
      view.event(started(1, 1, 1));
      for (const generation of [2, 3]) {
        view.event(handedOver('crash', tell));
        view.event(interrupted('crash', 'the process ended'));
        view.event(started(1, generation, generation));
      }
      const told = '… interrupted: the daemon restarted after a crash; resuming\n';
      expect(view.shown.trimStart()).toBe(tell ? told : '');
    }
  });
});

describe('everything else', () => {
  it('shows tool calls and their results', () => {
    const view = watch();
    const ls = { toolName: 'shell', input: { command: 'ls' } };
    const write = { toolName: 'files', input: { path: 'a', text: 'b' } };
    view.event(finished(1, 'Look.', ls, write, { toolName: 'clock', input: {} }));
    view.event({ type: 'tool_call_finished', call: '1.1', output: { type: 'text', value: 'a\nb\n' } });
    view.event({ type: 'tool_call_refused', call: '1.2', reason: 'denied' });
    view.event({ type: 'tool_call_outcome_unknown', call: '1.3', startedAt: 0 });
    expect(view.shown.split('\n')).toEqual([
      'Look.',
      '→ shell ls',
      '→ files {"path":"a","text":"b"}',
      '→ clock',
      '← shell: a (2 lines)',
      '✗ files was not run: denied',
      '? clock was interrupted: its outcome is unknown, and it is not retried automatically',
      '',
    ]);
  });

  it('[G3] shows a call that waits for an approver, and marks every way in which that ends', () => {
    const view = watch();
    view.event(finished(1, '', { toolName: 'shell', input: { command: 'make install' } }));
    const asked = { type: 'approval_requested', call: '1.1', rule: 'shell(=make install)', expiresAt: 9 };
    const resolved = { type: 'approval_resolved', call: '1.1' };
    for (const approval of ['a', 'b', 'c', 'd', 'a']) view.event({ ...asked, approval });
    view.event({ ...resolved, approval: 'a', decision: 'approved', from: 'ann', scope: 'always' });
    view.event({ ...resolved, approval: 'b', decision: 'denied', from: 'ben', note: 'not now' });
    view.event({ ...resolved, approval: 'c', decision: 'expired' });
    view.event({ ...resolved, approval: 'd', decision: 'superseded' });
    const question = (id: string) => [
      `? shell needs approval (question ${id})`,
      '  │ command: make install',
      '  /approve, /always for shell(=make install), or /deny with a reason',
    ];
    expect(view.shown.split('\n')).toEqual([
      '→ shell make install',
      ...['a', 'b', 'c', 'd'].flatMap(question),
      '✓ the question a about shell was approved by ann for every session',
      '✗ the question b about shell was denied by ben: not now',
      '✗ the question c about shell expired: no decision in time',
      '… the question d about shell no longer needs an answer',
      '',
    ]);
  });

  it('[G3] shows a question of another session, and marks it when its call has ended', () => {
    const view = watch();
    const about = { session: 's/call-1.1', tool: 'deploy', input: { to: 'prod' }, rule: 'deploy' };
    const question = {
      ...about,
      approval: 'q',
      expiresAt: 9,
      state: 'pending',
      from: null,
      note: null,
    } as const;
    const input = { kind: 'question', id: 'i', call: '1.1', question } as const;
    view.event(finished(1, '', { toolName: 'delegate', input: {} }));
    view.event({ type: 'input_received', input });
    view.event({ type: 'tool_call_outcome_unknown', call: '1.1', startedAt: 0, reason: 'it is damaged' });
    expect(view.shown.split('\n')).toEqual([
      '→ delegate',
      '? s/call-1.1: deploy needs approval (question q)',
      '  │ to: prod',
      '  /approve, /always for deploy, or /deny with a reason',
      '… the question q about deploy no longer needs an answer',
      '? delegate: its outcome is unknown, because the session it ran in is quarantined: it is damaged',
      '',
    ]);
  });

  it('shows messages of other clients, and does not repeat messages typed here', () => {
    const view = watch(['mine']);
    const input = (id: string) => ({ kind: 'message', id, text: 'hi', mode: 'steer', from: 'Ann' }) as const;
    view.event({ type: 'input_received', input: input('mine') });
    view.event({ type: 'input_received', input: input('hers') });
    expect(view.shown).toBe('Ann: hi\n');
  });

  it.each([
    [turnFinished('failed', 'the key is wrong'), '✗ failed: the key is wrong\n'],
    [turnFinished('cancelled', 'cancelled on request'), '… cancelled on request\n'],
    [turnFinished('answered'), ''],
  ])('shows the end of a turn once, with its reason (%#)', (event, expected) => {
    const view = watch();
    view.event(interrupted('rejected', 'the key is wrong'));
    view.event(event);
    expect(view.shown).toBe(expected);
  });

  it('spells escape sequences out, also one that comes in two pieces', () => {
    const view = watch();
    view.delta(1, 1, 0, 'a\x1b');
    view.delta(1, 1, 2, '[2Jb\x1b[31mc');
    expect(view.shown).toBe('a\\u{1b}[2Jb\\u{1b}[31mc');
  });

  it('does not show a summary while it is being written', () => {
    const view = watch();
    view.event({ ...started(1, 1), purpose: 'compaction' });
    view.delta(1, 1, 0, 'summary');
    view.event({ type: 'history_compacted', step: 1, summary: 'summary', from: 0, dropped: 3 });
    expect(view.shown).toBe('… the older part of the conversation was summarised to fit the model\n');
  });
});

describe('parts that running steps stream', () => {
  it('[I2] show reasoning line by line, before the text that follows it', () => {
    const view = watch();
    view.event(started(1, 1));
    view.part('reasoning', 0, 'First ');
    view.part('reasoning', 6, 'this.\nThen');
    expect(view.shown).toBe('∴ First this.\n');
    view.part('reasoning', 16, ' that.');
    view.part('text', 0, 'Done');
    expect(view.shown).toBe('∴ First this.\n∴ Then that.\nDone');
    view.event({
      ...finished(1, 'Done.'),
      content: [
        { type: 'reasoning', text: 'First this.\nThen that.' },
        { type: 'text', text: 'Done.' },
      ],
    });
    expect(view.shown).toBe('∴ First this.\n∴ Then that.\nDone.\n');
  });

  it('show arguments that take long to write, and the status of a call, at most every two seconds', () => {
    const view = watch();
    view.event(started(1, 1));
    view.part('tool_input', 0, '{"text":"', '1.1');
    expect(view.shown).toBe('');
    view.wait(2_000);
    view.part('tool_input', 9, 'abc', '1.1');
    expect(view.shown).toBe('… writing the arguments of t: 12 characters\n');
    view.event(finished(1, '', { toolName: 't', input: {} }));
    view.event({
      type: 'tool_call_started',
      call: '1.1',
      effect: 'read',
      resumable: false,
      key: 'k',
      ...attempt(1),
    });
    view.part('tool_status', 0, '1 of 3', '1.1');
    view.wait(2_000);
    view.part('tool_status', 0, '2 of 3', '1.1');
    view.part('tool_status', 0, '3 of 3', '1.1');
    expect(view.shown).toMatch(/→ t.*\n… t: 2 of 3\n$/);
  });
});

it('[L13] files of messages, answers and results are named with their ids', () => {
  const view = watch();
  const file = { type: 'file', blob: 'b1', mediaType: 'image/png', name: 'a.png', bytes: 1_000 };
  const content = [{ type: 'text', text: 'look' }, file];
  const input = { kind: 'message', id: 'm', text: 'look', content, mode: 'steer', from: 'ann' };
  view.event({ type: 'input_received', input });
  view.event(started(1, 1));
  view.event({
    ...finished(1, ''),
    content: [
      { type: 'text', text: 'Here.' },
      { ...file, blob: 'b2' },
    ],
  });
  expect(view.shown).toBe('ann: look\n  [image a.png, 1 kB; b1]\nHere.\n  [image a.png, 1 kB; b2]\n');
});
