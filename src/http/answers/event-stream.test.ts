import { setImmediate as turn } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import type { Followed } from '../../sessions/sessions.ts';
import { EventStream } from './event-stream.ts';
import { encodeFollowed } from './frames.ts';

function note(seq: number): Followed {
  return { kind: 'event', event: { type: 'system_note_added', text: 'x', seq, at: 1 } };
}

/** Returns an endless source of events that counts how many were taken. */
function endless() {
  const source = {
    taken: 0,
    returned: false,
    async *[Symbol.asyncIterator]() {
      try {
        for (;;) {
          source.taken += 1;
          yield note(source.taken);
        }
      } finally {
        source.returned = true;
      }
    },
  };
  return source;
}

/** Returns a silent source that counts how often it was asked. */
function silent() {
  const source = {
    asked: 0,
    [Symbol.asyncIterator]: () => ({
      next(): Promise<IteratorResult<Followed>> {
        source.asked += 1;
        return new Promise(() => {});
      },
    }),
  };
  return source;
}

function streamOf(source: AsyncIterable<Followed>, heartbeat = 1_000_000) {
  const ended = vi.fn();
  const ports = {
    encode: (item: Followed) => encodeFollowed(item, 's'),
    after: 0,
    heartbeat,
    ended,
    cut: vi.fn(),
    explain: () => '{"code":"x"}',
  };
  const stream = new EventStream(source, ports);
  const reader = stream.body.getReader();
  const decoder = new TextDecoder();
  const read = async () => {
    const { done, value } = await reader.read();
    return done ? undefined : decoder.decode(value);
  };
  return { stream, reader, read, ended, ports };
}

it('[I4] takes one event from the source for each that is read', async () => {
  const source = endless();
  const { read } = streamOf(source);
  await turn();
  expect(source.taken).toBe(0);
  await read();
  for (let seq = 1; seq <= 5; seq += 1) {
    expect(await read()).toMatch(new RegExp(`^id: s\\.${seq}\n`));
    await turn();
    expect(source.taken).toBe(seq);
  }
});

it('asks a silent source once, however many heartbeats are sent', async () => {
  const source = silent();
  const { read, stream } = streamOf(source, 1);
  await read();
  for (let beats = 0; beats < 5; beats += 1) expect(await read()).toBe(':\n\n');
  expect(source.asked).toBe(1);
  stream.endSoon();
  expect(await read()).toContain('event: reconnect\ndata: {"after":0}');
  expect(await read()).toBeUndefined();
});

it('ends with the position of the last sent event, not of the last one taken', async () => {
  const { read, stream, ended } = streamOf(endless());
  await read();
  await read();
  stream.endSoon();
  expect(await read()).toContain('data: {"after":1}');
  expect(await read()).toBeUndefined();
  expect(ended).toHaveBeenCalledTimes(1);
});

it('ends the source when the reader leaves', async () => {
  const source = endless();
  const { read, reader, ended } = streamOf(source);
  await read();
  await read();
  await reader.cancel();
  await turn();
  expect(source.returned).toBe(true);
  expect(ended).toHaveBeenCalledTimes(1);
});

it('sends the reason when a source fails', async () => {
  const { read, ended } = streamOf({
    async *[Symbol.asyncIterator](): AsyncGenerator<Followed> {
      yield note(1);
      throw new Error('broken');
    },
  });
  await read();
  await read();
  expect(await read()).toBe('event: problem\ndata: {"code":"x"}\n\n');
  expect(await read()).toBeUndefined();
  expect(ended).toHaveBeenCalledTimes(1);
});
