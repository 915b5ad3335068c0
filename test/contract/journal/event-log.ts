import { expect, it } from 'vitest';
import type { RecordedEvent } from '../../../src/core/model/events.ts';
import type { JsonObject, ModelMessage, ToolCallPart, ToolOutput } from '../../../src/core/model/message.ts';
import { createInitialState } from '../../../src/core/model/state.ts';
import type { Journal } from '../../../src/journal/journal.ts';
import { parseLossless } from '../../../src/util/lossless-json.ts';
import { feedContract } from './feed.ts';
import {
  claimSession,
  createBatch,
  createDelivery,
  createMessage,
  createNote,
  createNotes,
} from './given.ts';

/** The contract of the role EventLog. */
export function eventLogContract(journal: () => Journal): void {
  watchContract(journal);
  feedContract(journal);

  it('events are read as they were appended', async () => {
    const one = await claimSession(journal(), 's');
    const events: RecordedEvent[] = [
      { type: 'session_created', agent: 'main', seq: 1, at: 1 },
      { type: 'input_received', input: createMessage('first'), seq: 2, at: 2 },
      {
        type: 'model_call_finished',
        step: 1,
        content: [{ type: 'text', text: 'a\u0000\n"ü' }],
        finish: 'stop',
        seq: 3,
        at: 3,
      },
    ];
    await journal().append(createBatch('s', one, { events }));
    expect(await journal().loadSession('s')).toEqual({ snapshot: undefined, events });
    expect(await journal().readEvents('s', 0, 10)).toEqual(events);
  });

  it('numbers keep the digits that were written, in events, approvals and snapshots', async () => {
    const one = await claimSession(journal(), 's');
    const input: JsonObject = parseLossless('{"id":1234567890123456789,"n":[1.0,1e400,-0]}');
    const part: ToolCallPart = { type: 'tool-call', toolCallId: 'c', toolName: 't', input };
    const output: ToolOutput = { type: 'json', value: input };
    const events: RecordedEvent[] = [
      { type: 'model_call_finished', step: 1, content: [part], finish: 'stop', seq: 1, at: 1 },
      { type: 'tool_call_finished', call: '1.1', output, seq: 2, at: 2 },
    ];
    await journal().append(createBatch('s', one, { events }));
    const found = await journal().readEvents('s', 0, 10);
    expect(found).toEqual(events);
    expect(JSON.stringify(found).split(JSON.stringify(input))).toHaveLength(3);
    const history: ModelMessage[] = [{ role: 'assistant', content: [part] }];
    await journal().saveSnapshot('s', { ...createInitialState(), seq: 2, history });
    expect(JSON.stringify((await journal().loadSession('s')).snapshot?.history)).toBe(
      JSON.stringify(history),
    );
  });

  it('a stored event does not change with the object that was passed', async () => {
    const one = await claimSession(journal(), 's');
    const event = createNote(1);
    const written = journal().append(createBatch('s', one, { events: [event] }));
    Object.assign(event, { text: 'changed' });
    await written;
    expect((await journal().loadSession('s')).events).toEqual([createNote(1)]);
  });

  it('events are read in pages', async () => {
    const one = await claimSession(journal(), 's');
    await journal().append(createBatch('s', one, { events: createNotes(1, 10) }));
    expect(await journal().readEvents('s', 3, 4)).toEqual(createNotes(4, 7));
    expect(await journal().readEvents('s', 8, 4)).toEqual(createNotes(9, 10));
    expect(await journal().readEvents('s', 10, 4)).toEqual([]);
    expect(await journal().readEvents('nobody', 0, 4)).toEqual([]);
  });

  it('a snapshot replaces the events that it has folded, which stay readable', async () => {
    const one = await claimSession(journal(), 's');
    await journal().append(createBatch('s', one, { events: createNotes(1, 5) }));
    const state = { ...createInitialState(), agent: 'main', seq: 3 };
    await journal().saveSnapshot('s', state);
    expect(await journal().loadSession('s')).toEqual({ snapshot: state, events: createNotes(4, 5) });
    expect(await journal().readEvents('s', 0, 10)).toEqual(createNotes(1, 5));
  });

  it('the latest snapshot is used, even when an earlier one arrives later', async () => {
    const one = await claimSession(journal(), 's');
    await journal().append(createBatch('s', one, { events: createNotes(1, 5) }));
    await journal().saveSnapshot('s', { ...createInitialState(), seq: 4 });
    await journal().saveSnapshot('s', { ...createInitialState(), seq: 2 });
    expect((await journal().loadSession('s')).snapshot?.seq).toBe(4);
  });

  it('a snapshot in another format is ignored', async () => {
    const one = await claimSession(journal(), 's');
    await journal().append(createBatch('s', one, { events: createNotes(1, 2) }));
    const foreign = Object.assign(createInitialState(), { seq: 2, format: 999 });
    await journal().saveSnapshot('s', foreign);
    expect(await journal().loadSession('s')).toEqual({ snapshot: undefined, events: createNotes(1, 2) });
  });
}

function watchContract(journal: () => Journal): void {
  it('watchers are notified of new inputs and events, and of nothing else', async () => {
    const heard: string[] = [];
    const stop = journal().watch((session) => heard.push(session));
    const one = await claimSession(journal(), 's');
    expect(heard).toEqual(['s']);
    await journal().append(createBatch('s', one, { events: [createNote(1)] }));
    expect(heard).toEqual(['s', 's']);
    await journal().deliver(createDelivery('s', 'first'));
    await expect(journal().append(createBatch('s', one, { events: [createNote(1)] }))).rejects.toThrow();
    await journal().append(createBatch('s', one, { consumed: [1] }));
    expect(heard).toEqual(['s', 's']);
    stop();
    await journal().deliver(createDelivery('s', 'second'));
    expect(heard).toEqual(['s', 's']);
  });

  it('a notified change can be read at once', async () => {
    const read: Promise<number>[] = [];
    journal().watch((session) =>
      read.push(
        journal()
          .readInbox(session)
          .then(({ length }) => length),
      ),
    );
    await journal().deliver(createDelivery('s', 'a'));
    expect(await Promise.all(read)).toEqual([1]);
  });
}
