import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  finishPart,
  modelWith,
  type Piece,
  runModel,
  streamingModel,
  textParts,
} from '../../test/support/model-stream.ts';
import type { Model } from './port/model.ts';

describe('an answer that is not complete', () => {
  const cut = { kind: 'interrupted', cause: 'cut', partial: 'half' };

  it('[B4] is interrupted when the stream ends without a finish reason', async () => {
    expect(await runModel(streamingModel(textParts('half')))).toMatchObject(cut);
  });

  it.each([
    ['interrupted', undefined],
    ['error', undefined],
    ['error', 'MALFORMED_FUNCTION_CALL'],
    ['other', undefined],
  ] as const)('[B4] is interrupted when a package makes up the end (%s, %s)', async (unified, raw) => {
    expect(await runModel(streamingModel([...textParts('half'), finishPart(unified, raw)]))).toMatchObject(
      cut,
    );
  });

  it('[B4] is finished when the provider names a reason that its package does not know', async () => {
    expect(await runModel(streamingModel([...textParts('x'), finishPart('other', 'eos')]))).toMatchObject({
      kind: 'finished',
      finish: 'stop',
    });
  });

  it('[B4] is interrupted when the stream breaks', async () => {
    expect(await runModel(streamingModel(textParts('half'), new Error('socket hang up')))).toMatchObject(cut);
  });

  it('[B4] is interrupted by an error inside the stream, whatever follows', async () => {
    const error: Piece = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    const result = await runModel(streamingModel([...textParts('half'), error, finishPart('stop', 'stop')]));
    expect(result).toMatchObject({ kind: 'interrupted', cause: 'unavailable', partial: 'half' });
  });

  it('[B4] is interrupted when a second message in the stream does not end', async () => {
    const next: Piece = { type: 'response-metadata', id: 'msg_2' };
    expect(
      await runModel(streamingModel([finishPart('stop', 'end_turn'), next, ...textParts('half')])),
    ).toMatchObject(cut);
  });

  it('[B4] is interrupted when no more data arrives', async () => {
    expect(await runModel(streamingModel(textParts('half'), 'hang'), {}, 20)).toMatchObject(cut);
    const deaf = modelWith(() => new Promise(() => {}));
    expect(await runModel(deaf, {}, 20)).toMatchObject({ kind: 'interrupted', cause: 'cut', partial: '' });
  });
});

describe('a slow answer', () => {
  it('may take any time as long as data arrives', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { readable, writable } = new TransformStream<Piece>();
    const answering = runModel(
      modelWith(async () => ({ stream: readable })),
      {},
      100,
    );
    const writer = writable.getWriter();
    for (const piece of [...textParts('slow'), finishPart('stop', 'stop')]) {
      await vi.advanceTimersByTimeAsync(60);
      await writer.write(piece);
    }
    await writer.close();
    expect(await answering).toMatchObject({ kind: 'finished', content: [{ text: 'slow' }] });
  });

  it('stops waiting once it is complete', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const answering = runModel(
      streamingModel([...textParts('all'), finishPart('stop', 'stop')], 'hang'),
      {},
      3_600_000,
    );
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
      const hanging = streamingModel(textParts('half'), 'hang');
      const model = modelWith((options) => {
        heard = options.abortSignal;
        return hanging.doStream(options);
      });
      const onPart = () => controller.abort(reason);
      const result = await runModel(model, { signal: controller.signal, onPart });
      expect(result).toMatchObject({ kind: 'interrupted', cause: reason, partial: 'half' });
      expect(heard?.aborted).toBe(true);
    },
  );

  it('does not wait for a provider that ignores the signal, and closes what it opens too late', async () => {
    const controller = new AbortController();
    const late = Promise.withResolvers<Awaited<ReturnType<Model['doStream']>>>();
    const closed = Promise.withResolvers<void>();
    const running = runModel(
      modelWith(() => late.promise),
      { signal: controller.signal },
    );
    controller.abort('cancelled');
    expect(await running).toMatchObject({ cause: 'cancelled' });
    late.resolve({ stream: new ReadableStream({ cancel: () => closed.resolve() }) });
    await closed.promise;
  });

  it('makes no call when it is stopped before the start', async () => {
    const model = modelWith(() => Promise.reject(new Error('called')));
    expect(await runModel(model, { signal: AbortSignal.abort('shutdown') })).toMatchObject({
      cause: 'shutdown',
    });
  });
});

describe('callModel', () => {
  it('never rejects', async () => {
    const thrower = modelWith(() => {
      throw new Error('boom');
    });
    expect(await runModel(thrower)).toMatchObject({ kind: 'interrupted', cause: 'cut' });
    expect(await runModel(modelWith(() => Promise.reject('a string')))).toMatchObject({
      kind: 'interrupted',
    });
    expect(await runModel(modelWith(() => Promise.reject(undefined)))).toMatchObject({ kind: 'interrupted' });
  });

  it('[K4] masks the credentials of the model in its reason', async () => {
    const model = modelWith(() => Promise.reject(new Error('bad key hunter2-hunter2')));
    const redact = (words: string) => words.replaceAll('hunter2-hunter2', '***');
    expect(await runModel({ ...model, redact })).toMatchObject({
      reason: expect.stringContaining('bad key ***'),
    });
  });
});
