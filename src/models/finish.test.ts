import { describe, expect, it } from 'vitest';
import {
  callPart,
  finishPart,
  runModel,
  streamingModel,
  textParts,
} from '../../test/support/model-stream.ts';

describe('[B4] a finish reason that does not complete the answer', () => {
  it.each([
    ...['error', 'abort', 'aborted', 'cancelled', 'timeout', 'insufficient_system_resource'],
    ...['network_error', 'ERROR_LIMIT', 'engine_overloaded', 'USER_CANCEL', 'not_finished', 'null', ''],
  ])('%j interrupts the answer', async (raw) => {
    expect(await runModel(streamingModel([...textParts('half'), finishPart('other', raw)]))).toMatchObject({
      kind: 'interrupted',
      cause: 'cut',
      partial: 'half',
    });
  });

  it.each(['weird', 'UNEXPECTED_TOOL_CALL'])('%j without content is not an answer', async (raw) => {
    expect(await runModel(streamingModel([finishPart('other', raw)]))).toMatchObject({
      kind: 'interrupted',
      cause: 'cut',
      reason: expect.stringContaining(`"${raw}"`),
    });
  });

  it('a window that is full before any content is an overflow', async () => {
    const full = finishPart('other', 'model_context_window_exceeded');
    expect(await runModel(streamingModel([full]))).toMatchObject({ kind: 'interrupted', cause: 'overflow' });
    expect(await runModel(streamingModel([...textParts('half'), full]))).toMatchObject({ finish: 'length' });
  });
});

describe('a finish reason that completes the answer', () => {
  it.each([
    ['max_tokens', 'length'],
    ['MAX_TOKENS', 'length'],
    ['model_length', 'length'],
    ['eos_token', 'stop'],
    ['end_turn', 'stop'],
    ['COMPLETE', 'stop'],
    ['tool_use', 'tool-calls'],
    ['sensitive', 'content-filter'],
    ['guardrail_intervened', 'content-filter'],
  ])('%s means %s', async (raw, ending) => {
    expect(await runModel(streamingModel([...textParts('all'), finishPart('other', raw)]))).toMatchObject({
      kind: 'finished',
      finish: ending,
    });
  });

  it('is recorded unchanged when unknown, and calls without arguments are not run', async () => {
    const pieces = [
      ...textParts('all'),
      callPart('a', ''),
      callPart('b', '{}'),
      finishPart('other', 'weird'),
    ];
    const result = await runModel(streamingModel(pieces));
    expect(result).toMatchObject({ kind: 'finished', finish: 'weird' });
    expect(result.kind === 'finished' && result.content).toMatchObject([
      { type: 'text' },
      { toolCallId: 'a', invalid: expect.any(String) },
      { toolCallId: 'b' },
    ]);
  });
});
