import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { finish, modelThat, type Piece, run, streaming, text } from '../../test/support/model-stream.ts';
import type { Model } from './port/model.ts';

describe('an answer that is not complete', () => {
  const cut = { kind: 'interrupted', cause: 'cut', partial: 'half' };

  it('[B4] is interrupted when the stream ends without a finish reason', async () => {
    expect(await run(streaming(text('half')))).toMatchObject(cut);
  });

  it.each([
    ['interrupted', undefined],
    ['error', undefined],
    ['error', 'MALFORMED_FUNCTION_CALL'],
    ['other', undefined],
  ] as const)('[B4] is interrupted when a package makes up the end (%s, %s)', async (unified, raw) => {
    expect(await run(streaming([...text('half'), finish(unified, raw)]))).toMatchObject(cut);
  });

  it('[B4] is finished when the provider names a reason that its package does not know', async () => {
    expect(await run(streaming([...text('x'), finish('other', 'eos')]))).toMatchObject({
      kind: 'finished',
      finish: 'stop',
    });
  });

  it('[B4] is interrupted when the stream breaks', async () => {
    expect(await run(streaming(text('half'), new Error('socket hang up')))).toMatchObject(cut);
  });

  it('[B4] is interrupted by an error inside the stream, whatever follows', async () => {
    const error: Piece = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    const result = await run(streaming([...text('half'), error, finish('stop', 'stop')]));
    expect(result).toMatchObject({ kind: 'interrupted', cause: 'unavailable', partial: 'half' });
  });

  it('[B4] is interrupted when a second message in the stream does not end', async () => {
    const next: Piece = { type: 'response-metadata', id: 'msg_2' };
    expect(await run(streaming([finish('stop', 'end_turn'), next, ...text('half')]))).toMatchObject(cut);
  });

  it('[B4] is interrupted when no more data arrives', async () => {
    expect(await run(streaming(text('half'), 'hang'), {}, 20)).toMatchObject(cut);
    const deaf = modelThat(() => new Promise(() => {}));
    expect(await run(deaf, {}, 20)).toMatchObject({ kind: 'interrupted', cause: 'cut', partial: '' });
  });
});

describe('a slow answer', () => {
  it('may take any time as long as data arrives', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { readable, writable } = new TransformStream<Piece>();
    const answering = run(
      modelThat(async () => ({ stream: readable })),
      {},
      100,
    );
    const writer = writable.getWriter();
    for (const piece of [...text('slow'), finish('stop', 'stop')]) {
      await vi.advanceTimersByTimeAsync(60);
      await writer.write(piece);
    }
    await writer.close();
    expect(await answering).toMatchObject({ kind: 'finished', content: [{ text: 'slow' }] });
  });

  it('stops waiting once it is complete', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const answering = run(streaming([...text('all'), finish('stop', 'stop')], 'hang'), {}, 3_600_000);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await answering).toMatchObject({ kind: 'finished' });
  });
});

describe('stopping a call', () => {
  it.each(['cancelled', 'shutdown'] as const)(
    'ends it at once as %s and aborts the request',
    async (reason) => {
      const controller = new AbortController();
      let heard: AbortSignal | undefined;
      const hanging = streaming(text('half'), 'hang');
      const model = modelThat((options) => {
        heard = options.abortSignal;
        return hanging.doStream(options);
      });
      const onText = () => controller.abort(reason);
      const result = await run(model, { signal: controller.signal, onText });
      expect(result).toMatchObject({ kind: 'interrupted', cause: reason, partial: 'half' });
      expect(heard?.aborted).toBe(true);
    },
  );

  it('does not wait for a provider that ignores the signal, and closes what it opens too late', async () => {
    const controller = new AbortController();
    const late = Promise.withResolvers<Awaited<ReturnType<Model['doStream']>>>();
    const closed = Promise.withResolvers<void>();
    const running = run(
      modelThat(() => late.promise),
      { signal: controller.signal },
    );
    controller.abort('cancelled');
    expect(await running).toMatchObject({ cause: 'cancelled' });
    late.resolve({ stream: new ReadableStream({ cancel: () => closed.resolve() }) });
    await closed.promise;
  });

  it('makes no call when it is stopped before the start', async () => {
    const model = modelThat(() => Promise.reject(new Error('called')));
    expect(await run(model, { signal: AbortSignal.abort('shutdown') })).toMatchObject({ cause: 'shutdown' });
  });
});

describe('callModel', () => {
  it('never rejects', async () => {
    const thrower = modelThat(() => {
      throw new Error('boom');
    });
    expect(await run(thrower)).toMatchObject({ kind: 'interrupted', cause: 'cut' });
    expect(await run(modelThat(() => Promise.reject('a string')))).toMatchObject({ kind: 'interrupted' });
    expect(await run(modelThat(() => Promise.reject(undefined)))).toMatchObject({ kind: 'interrupted' });
  });

  it('[K4] masks the credentials of the model in its reason', async () => {
    const model = modelThat(() => Promise.reject(new Error('bad key hunter2-hunter2')));
    const redact = (words: string) => words.replaceAll('hunter2-hunter2', '***');
    expect(await run({ ...model, redact })).toMatchObject({ reason: expect.stringContaining('bad key ***') });
  });
});
