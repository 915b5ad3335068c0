import { afterEach, expect, it } from 'vitest';
import type { z } from 'zod';
import type { RecordedEvent } from '../../../src/core/model/events.ts';
import { systemClock } from '../../../src/engine/port/ports.ts';
import type { DamagedRecord } from '../../../src/journal/event-log.ts';
import { toWireEvent } from '../../../src/protocol/content.ts';
import { delta, eventPage, type sessionEvent, sessionExport } from '../../../src/protocol/events.ts';
import { answer, transcriptPage } from '../../../src/protocol/messages.ts';
import { type HttpWorld, startHttp } from '../../support/http.ts';
import { openSse } from '../../support/sse.ts';
import { createTalk, NOW, startLookingAgent, waiting } from './talk.ts';

/** The declared fields of a schema, without the index signature for newer releases, which hides them from tsc. */
type Declared<T> = T extends readonly (infer E)[]
  ? Declared<E>[]
  : T extends object
    ? { [K in keyof T as string extends K ? never : K]: Declared<T[K]> }
    : T;

/** Fails to compile when an event as clients get it no longer fits the schema of the API. */
const promised = (event: RecordedEvent | DamagedRecord): Declared<z.input<typeof sessionEvent>> =>
  toWireEvent(event);

let world: HttpWorld;
const { ask, say } = createTalk(() => world);

afterEach(() => world.close());

async function start() {
  world = await startLookingAgent();
}

it('a compacted conversation, with all its messages', async () => {
  const compaction = { window: 1_000, limit: 100, keepTurns: 1, model: 'scripted/brief' };
  world = await startHttp({
    script: [{ text: 'Good.' }],
    others: { brief: [{ text: 'They talk.' }] },
    agent: { compaction },
    clock: { ...systemClock, now: () => NOW },
  });
  const text = 'x'.repeat(400);
  for (const id of ['m1', 'm2']) await ask(answer, '/v1/sessions/a%2F1/messages', { text, id }, waiting);
  const { json } = await ask(transcriptPage, '/v1/sessions/a%2F1/messages');
  expect(json).toEqual({
    messages: [
      { seq: 3, at: NOW, role: 'user', text, input: 'm1' },
      { seq: 5, at: NOW, role: 'assistant', text: 'Good.' },
      { seq: 8, at: NOW, role: 'user', text, input: 'm2' },
      { seq: 10, at: NOW, role: 'system', text: 'They talk.', replaces: 2 },
      { seq: 12, at: NOW, role: 'assistant', text: 'Good.' },
    ],
  });
  const page = await ask(eventPage, '/v1/sessions/a%2F1/events?after=8&limit=2');
  const by = { attempt: 1, generation: 1, revision: 1 };
  const call = {
    step: 2,
    purpose: 'compaction',
    piece: { from: 0, count: 2 },
    model: 'scripted/brief',
    ...by,
  };
  const summary = { step: 2, summary: 'They talk.', from: 0, dropped: 2, usage: expect.any(Object) };
  expect(page.json).toMatchObject({
    events: [
      { seq: 9, at: NOW, type: 'model_call_started', ...call },
      { seq: 10, at: NOW, type: 'history_compacted', ...summary },
    ],
  });
});

it('events, as page, stream and export', async () => {
  await start();
  await say('m1', waiting);
  const attempt = { attempt: 1, generation: 1, revision: 1 };
  const events = [
    { seq: 1, at: NOW, type: 'session_created', agent: 'main' },
    {
      seq: 2,
      at: NOW,
      type: 'input_received',
      input: { kind: 'message', id: 'm1', text: 'hi', mode: 'steer', from: 'ann' },
    },
    { seq: 3, at: NOW, type: 'turn_started', turn: 1, inputs: ['m1'] },
    {
      seq: 4,
      at: NOW,
      type: 'model_call_started',
      step: 1,
      purpose: 'answer',
      model: 'scripted/test',
      ...attempt,
    },
    {
      seq: 5,
      at: NOW,
      type: 'model_call_finished',
      step: 1,
      content: [
        { type: 'text', text: 'Looking.' },
        { type: 'tool-call', toolCallId: expect.any(String), toolName: 'look', input: { at: 'x' } },
      ],
      finish: 'tool-calls',
      usage: expect.any(Object),
    },
    {
      seq: 6,
      at: NOW,
      type: 'tool_call_started',
      call: '1.1',
      effect: 'read',
      resumable: false,
      key: expect.any(String),
      ...attempt,
    },
    { seq: 7, at: NOW, type: 'tool_call_finished', call: '1.1', output: { type: 'text', value: 'blue' } },
    {
      seq: 8,
      at: NOW,
      type: 'model_call_started',
      step: 2,
      purpose: 'answer',
      model: 'scripted/test',
      ...attempt,
    },
    {
      seq: 9,
      at: NOW,
      type: 'model_call_finished',
      step: 2,
      content: [{ type: 'text', text: 'It is blue.' }],
      finish: 'stop',
      usage: expect.any(Object),
    },
    { seq: 10, at: NOW, type: 'turn_finished', turn: 1, inputs: ['m1'], outcome: 'answered' },
  ];
  const page = (await ask(eventPage, '/v1/sessions/a%2F1/events')).json;
  expect(page).toEqual({ events });
  const journal = await world.engine.journal.readEvents('a/1', 0, 100);
  expect(journal.map(promised)).toEqual(events);
  const { store } = world.engine.sessions;
  expect((await ask(sessionExport, '/v1/sessions/a%2F1/export')).json).toEqual({
    format: 1,
    store,
    exportedAt: expect.any(Number),
    session: expect.objectContaining({ session: 'a/1', seq: 10 }),
    events,
  });
  const stream = await openSse(`${world.url}/v1/sessions/a%2F1/events?after=9`);
  await stream.next();
  expect(stream.text()).toBe(
    `retry: 1000\n\nid: ${store}.10\nevent: turn_finished\ndata: {"type":"turn_finished","turn":1,"inputs":["m1"],"outcome":"answered","seq":10,"at":${NOW}}\n\n`,
  );
  stream.close();
});

it('delta', () => {
  const piece = { type: 'delta', kind: 'text', step: 1, attempt: 1, offset: 0, text: 'Look' };
  expect(delta.parse(piece)).toEqual(piece);
  const { kind: _, ...old } = piece;
  expect(delta.parse(old)).toEqual(piece);
  const input = { ...piece, kind: 'tool_input', call: '1.1', tool: 'shell' };
  expect(delta.parse(input)).toEqual(input);
});
