import { expect, it } from 'vitest';
import type { Recorded } from '../../../src/core/model/events.ts';
import type { JsonObject, Message, ToolCallPart, ToolOutput } from '../../../src/core/model/message.ts';
import { initialState } from '../../../src/core/model/state.ts';
import type { Journal } from '../../../src/journal/journal.ts';
import { parseLossless } from '../../../src/util/lossless-json.ts';
import { batch, message, note, notes, owned } from './given.ts';

export function recordContract(journal: () => Journal): void {
  it('events are read as they were appended', async () => {
    const one = await owned(journal(), 's');
    const events: Recorded[] = [
      { type: 'session_created', agent: 'main', seq: 1, at: 1 },
      { type: 'input_received', input: message('first'), seq: 2, at: 2 },
      {
        type: 'model_call_finished',
        step: 1,
        content: [{ type: 'text', text: 'a\u0000\n"ü' }],
        finish: 'stop',
        seq: 3,
        at: 3,
      },
    ];
    await journal().append(batch('s', one, { events }));
    expect(await journal().load('s')).toEqual({ snapshot: undefined, events });
    expect(await journal().events('s', 0, 10)).toEqual(events);
  });

  it('numbers keep the digits that were written, in events, approvals and snapshots', async () => {
    const one = await owned(journal(), 's');
    const input: JsonObject = parseLossless('{"id":1234567890123456789,"n":[1.0,1e400,-0]}');
    const part: ToolCallPart = { type: 'tool-call', toolCallId: 'c', toolName: 't', input };
    const output: ToolOutput = { type: 'json', value: input };
    const events: Recorded[] = [
      { type: 'model_call_finished', step: 1, content: [part], finish: 'stop', seq: 1, at: 1 },
      { type: 'tool_call_finished', call: '1.1', output, seq: 2, at: 2 },
    ];
    await journal().append(batch('s', one, { events }));
    const found = await journal().events('s', 0, 10);
    expect(found).toEqual(events);
    expect(JSON.stringify(found).split(JSON.stringify(input))).toHaveLength(3);
    const history: Message[] = [{ role: 'assistant', content: [part] }];
    await journal().saveSnapshot('s', { ...initialState(), seq: 2, history });
    expect(JSON.stringify((await journal().load('s')).snapshot?.history)).toBe(JSON.stringify(history));
  });

  it('a stored event does not change with the object that was passed', async () => {
    const one = await owned(journal(), 's');
    const event = note(1);
    const written = journal().append(batch('s', one, { events: [event] }));
    Object.assign(event, { text: 'changed' });
    await written;
    expect((await journal().load('s')).events).toEqual([note(1)]);
  });

  it('events are read in pages', async () => {
    const one = await owned(journal(), 's');
    await journal().append(batch('s', one, { events: notes(1, 10) }));
    expect(await journal().events('s', 3, 4)).toEqual(notes(4, 7));
    expect(await journal().events('s', 8, 4)).toEqual(notes(9, 10));
    expect(await journal().events('s', 10, 4)).toEqual([]);
    expect(await journal().events('nobody', 0, 4)).toEqual([]);
  });

  it('a snapshot replaces the events that it has folded, which stay readable', async () => {
    const one = await owned(journal(), 's');
    await journal().append(batch('s', one, { events: notes(1, 5) }));
    const state = { ...initialState(), agent: 'main', seq: 3 };
    await journal().saveSnapshot('s', state);
    expect(await journal().load('s')).toEqual({ snapshot: state, events: notes(4, 5) });
    expect(await journal().events('s', 0, 10)).toEqual(notes(1, 5));
  });

  it('the latest snapshot is used, even when an earlier one arrives later', async () => {
    const one = await owned(journal(), 's');
    await journal().append(batch('s', one, { events: notes(1, 5) }));
    await journal().saveSnapshot('s', { ...initialState(), seq: 4 });
    await journal().saveSnapshot('s', { ...initialState(), seq: 2 });
    expect((await journal().load('s')).snapshot?.seq).toBe(4);
  });

  it('a snapshot in another format is ignored', async () => {
    const one = await owned(journal(), 's');
    await journal().append(batch('s', one, { events: notes(1, 2) }));
    const foreign = Object.assign(initialState(), { seq: 2, format: 999 });
    await journal().saveSnapshot('s', foreign);
    expect(await journal().load('s')).toEqual({ snapshot: undefined, events: notes(1, 2) });
  });

  it('[B7] a session marked as damaged is listed as quarantined and not unfinished, until the mark is removed', async () => {
    await owned(journal(), 's');
    await journal().markDamaged('s', 'event 3 is missing');
    expect(await journal().session('s')).toMatchObject({
      damaged: 'event 3 is missing',
      status: 'quarantined',
    });
    expect(await journal().unfinished()).toEqual([]);
    expect(await journal().counts()).toMatchObject({ quarantined: 1, queued: 0 });
    await journal().markDamaged('s', null);
    expect(await journal().unfinished()).toMatchObject([{ session: 's', status: 'queued', damaged: null }]);
  });
}
