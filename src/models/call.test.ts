import type { LanguageModelV4CallOptions, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { callModel } from './call.ts';
import type { Model, ModelRequest, ModelResult } from './model.ts';

type Piece = LanguageModelV4StreamPart;

const usage = {
  inputTokens: { total: 12, noCache: 9, cacheRead: 3, cacheWrite: 0 },
  outputTokens: { total: 5, text: 5, reasoning: 0 },
};

function finish(unified: Extract<Piece, { type: 'finish' }>['finishReason']['unified'], raw?: string): Piece {
  return { type: 'finish', usage, finishReason: { unified, raw } };
}

function text(words: string, id = '0'): Piece[] {
  return [
    { type: 'text-start', id },
    { type: 'text-delta', id, delta: words },
    { type: 'text-end', id },
  ];
}

function call(
  toolCallId: string,
  input: string,
  more: Partial<Extract<Piece, { type: 'tool-call' }>> = {},
): Piece {
  return { type: 'tool-call', toolCallId, toolName: 'shell', input, ...more };
}

function streaming(pieces: Piece[], end: 'close' | 'hang' | Error = 'close'): Model {
  return modelThat(async () => ({
    stream: new ReadableStream<Piece>({
      start(controller) {
        for (const piece of pieces) controller.enqueue(piece);
        if (end === 'close') controller.close();
      },
      pull(controller) {
        if (end instanceof Error) controller.error(end);
      },
    }),
  }));
}

function modelThat(doStream: (options: LanguageModelV4CallOptions) => ReturnType<Model['doStream']>): Model {
  const doGenerate = () => Promise.reject(new Error('not used'));
  return {
    specificationVersion: 'v4',
    provider: 'acme',
    modelId: 'm1',
    supportedUrls: {},
    doGenerate,
    doStream,
  };
}

function run(model: Model, more: Partial<ModelRequest> = {}, idleTimeout = 5_000): Promise<ModelResult> {
  const { signal } = new AbortController();
  const request = { model, instructions: '', history: [], tools: [], signal, onText: () => {}, ...more };
  return callModel(request, { idleTimeout });
}

async function contentOf(pieces: Piece[]) {
  const result = await run(streaming(pieces));
  if (result.kind !== 'finished') throw new Error(`not finished: ${result.reason}`);
  return result.content;
}

describe('a finished answer', () => {
  it('has its text, its usage and what was streamed on the way', async () => {
    const seen: string[] = [];
    const pieces: Piece[] = [
      { type: 'stream-start', warnings: [] },
      { type: 'text-start', id: '0' },
      { type: 'text-delta', id: '0', delta: 'Hel' },
      { type: 'text-delta', id: '0', delta: 'lo' },
      { type: 'text-end', id: '0' },
      finish('stop', 'stop'),
    ];
    const result = await run(streaming(pieces), { onText: (delta) => seen.push(delta) });
    expect(result).toEqual({
      kind: 'finished',
      content: [{ type: 'text', text: 'Hello' }],
      finish: 'stop',
      usage: { input: 12, output: 5, cached: 3 },
    });
    expect(seen).toEqual(['Hel', 'lo']);
  });

  it('keeps parts in the order in which they began, and their provider data', async () => {
    const content = await contentOf([
      { type: 'reasoning-start', id: '0', providerMetadata: { acme: { item: 'rs_1' } } },
      { type: 'text-start', id: '0' },
      { type: 'reasoning-delta', id: '0', delta: 'think' },
      { type: 'reasoning-delta', id: '0', delta: '', providerMetadata: { acme: { signature: 's' } } },
      { type: 'text-delta', id: '0', delta: 'say' },
      { type: 'reasoning-end', id: '0' },
      { type: 'text-end', id: '0' },
      call('a', '{"command":"ls"}', { providerMetadata: { acme: { tag: [1, null] } } }),
      finish('tool-calls', 'tool_use'),
    ]);
    expect(content).toEqual([
      { type: 'reasoning', text: 'think', providerOptions: { acme: { item: 'rs_1', signature: 's' } } },
      { type: 'text', text: 'say' },
      {
        type: 'tool-call',
        toolCallId: 'a',
        toolName: 'shell',
        input: { command: 'ls' },
        providerOptions: { acme: { tag: [1, null] } },
      },
    ]);
    expect(JSON.parse(JSON.stringify(content))).toEqual(content);
  });

  it('keeps redacted reasoning, and drops blocks that say nothing', async () => {
    const redacted = { anthropic: { redactedData: 'xyz' } };
    const content = await contentOf([
      { type: 'reasoning-start', id: '0', providerMetadata: redacted },
      { type: 'reasoning-end', id: '0' },
      { type: 'reasoning-start', id: '1' },
      { type: 'reasoning-end', id: '1' },
      ...text('\n'),
      call('a', ''),
      finish('tool-calls', 'x'),
    ]);
    expect(content).toEqual([
      { type: 'reasoning', text: '', providerOptions: redacted },
      { type: 'tool-call', toolCallId: 'a', toolName: 'shell', input: {} },
    ]);
  });

  it('has a different id for each call, whatever the provider says', async () => {
    const content = await contentOf([
      call('a', '{}'),
      call('a', '{}'),
      call('', '{}'),
      call('', '{}'),
      call('a_2', '{}'),
      finish('tool-calls', 'x'),
    ]);
    expect(content.map((part) => part.type === 'tool-call' && part.toolCallId)).toEqual([
      'a',
      'a_2',
      'call_1',
      'call_2',
      'a_2_2',
    ]);
  });

  it('marks calls whose arguments cannot be used', async () => {
    const content = await contentOf([
      call('cut', '{"command":"rm -r'),
      call('list', '[1]'),
      call('null', 'null'),
      call('none', ' '),
      finish('tool-calls', 'x'),
    ]);
    expect(content).toMatchObject([
      { input: {}, invalid: expect.stringContaining('not valid JSON') },
      { input: {}, invalid: 'the arguments must be a JSON object, not [1]' },
      { input: {}, invalid: 'the arguments must be a JSON object, not null' },
      { input: {} },
    ]);
    expect(content[3]).not.toHaveProperty('invalid');
  });

  it('loses no call that was only begun when the length limit came', async () => {
    const content = await contentOf([
      { type: 'tool-input-start', id: 'a', toolName: 'shell' },
      { type: 'tool-input-delta', id: 'a', delta: '{}' },
      call('a', '{}'),
      call('b', ''),
      { type: 'tool-input-start', id: 'c', toolName: 'files' },
      { type: 'tool-input-start', id: 'd', toolName: 'search', providerExecuted: true },
      finish('length', 'max_tokens'),
    ]);
    expect(content).toEqual([
      { type: 'tool-call', toolCallId: 'a', toolName: 'shell', input: {} },
      {
        type: 'tool-call',
        toolCallId: 'b',
        toolName: 'shell',
        input: {},
        invalid: expect.stringContaining('length limit'),
      },
      {
        type: 'tool-call',
        toolCallId: 'c',
        toolName: 'files',
        input: {},
        invalid: expect.stringContaining('length limit'),
      },
    ]);
  });

  it('keeps calls that the provider ran itself, with their last result', async () => {
    const result = { type: 'tool-result', toolCallId: 's', toolName: 'search' } as const;
    const content = await contentOf([
      { ...call('s', '{"q":"x"}', { providerExecuted: true }), toolName: 'search' } as Piece,
      { ...result, result: { hits: 1 }, preliminary: true },
      { ...result, result: { hits: 2 } },
      { ...result, toolCallId: 't', result: { code: 'gone' }, isError: true },
      ...text('done'),
      finish('stop', 'end_turn'),
    ]);
    expect(content).toEqual([
      { type: 'tool-call', toolCallId: 's', toolName: 'search', input: { q: 'x' }, providerExecuted: true },
      { ...result, output: { type: 'json', value: { hits: 2 } } },
      { ...result, toolCallId: 't', output: { type: 'error-text', value: '{"code":"gone"}' } },
      { type: 'text', text: 'done' },
    ]);
  });

  it('stays finished when the connection breaks or hangs after the last word', async () => {
    const pieces = [...text('all'), finish('stop', 'end_turn')];
    expect(await run(streaming(pieces, new Error('socket')))).toMatchObject({
      kind: 'finished',
      finish: 'stop',
    });
    expect(await run(streaming(pieces, 'hang'), {}, 20)).toMatchObject({ kind: 'finished', finish: 'stop' });
  });
});

describe('an answer that is not complete', () => {
  const cut = { kind: 'interrupted', cause: 'cut', partial: 'half' };

  it('[B4] is interrupted when the stream ends without a last word', async () => {
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

  it('[B4] is finished when the provider names a reason that nobody knows', async () => {
    expect(await run(streaming([...text('x'), finish('other', 'eos')]))).toMatchObject({
      kind: 'finished',
      finish: 'other',
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

  it('[B4] is interrupted when nothing arrives any more', async () => {
    expect(await run(streaming(text('half'), 'hang'), {}, 20)).toMatchObject(cut);
    const deaf = modelThat(() => new Promise(() => {}));
    expect(await run(deaf, {}, 20)).toMatchObject({ kind: 'interrupted', cause: 'cut', partial: '' });
  });
});

describe('a slow answer', () => {
  it('may take any time as long as pieces arrive', async () => {
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

  it('is not waited for any more once it is complete', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const answering = run(streaming([...text('all'), finish('stop', 'stop')], 'hang'), {}, 3_600_000);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await answering).toMatchObject({ kind: 'finished' });
  });
});

describe('stopping a call', () => {
  it.each(['cancelled', 'shutdown'] as const)(
    'ends it at once as %s and tells the provider',
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

  it('makes no call at all when it is stopped before', async () => {
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

  it('[K4] takes the credentials of the model out of its reason', async () => {
    const model = modelThat(() => Promise.reject(new Error('bad key hunter2-hunter2')));
    const redact = (words: string) => words.replaceAll('hunter2-hunter2', '***');
    expect(await run({ ...model, redact })).toMatchObject({ reason: expect.stringContaining('bad key ***') });
  });
});
