import { TypeValidationError } from '@ai-sdk/provider';
import { describe, expect, it } from 'vitest';
import { classifyError, errorBody, errorResponse } from '../../../test/support/provider-errors.ts';

describe('[B5] a conversation that is too long', () => {
  it.each([
    [400, 'context_length_exceeded', "This model's maximum context length is 128000 tokens. However, …"],
    [400, '', 'Your input exceeds the context window of this model. Please adjust your input and try again.'],
    [400, 'invalid_request_error', 'prompt is too long: 213462 tokens > 200000 maximum'],
    [
      400,
      'invalid_request_error',
      'input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000',
    ],
    [
      400,
      'INVALID_ARGUMENT',
      'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
    ],
    [413, 'request_too_large', 'Request exceeds the maximum size'],
    [400, 'exceed_context_size_error', 'the request exceeds the available context size, try increasing it'],
    [400, '', 'The number of tokens to keep from the initial prompt is greater than the context length'],
    [400, '', "This model's maximum prompt length is 131072 but the request contains 537812 tokens."],
    [400, '', 'Please reduce the length of the messages or completion.'],
    [
      429,
      'rate_limit_exceeded',
      'Request too large for m1 on tokens per min (TPM): Limit 10000, Requested 12000.',
    ],
    [500, '', 'litellm.ContextWindowExceededError: prompt is too long'],
    [
      400,
      '',
      'Trying to keep the first 9041 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough.',
    ],
    [400, '', 'Invalid request: Your request exceeded model token limit: 8192 (requested: 9000)'],
    [
      400,
      'invalid_parameter_error',
      '<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 129024]',
    ],
    [
      400,
      'BadRequestError',
      'The decoder prompt (length 9000) is longer than the maximum model length of 4096.',
    ],
    [400, '1261', 'Prompt exceeds max length'],
    [400, 'model_max_prompt_tokens_exceeded', 'prompt token count of 391491 exceeds the limit of 128000'],
    [
      422,
      'validation',
      'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 16384. Given: 17000 `inputs` tokens and 20 `max_new_tokens`',
    ],
    [422, 'validation', 'Input validation error: `inputs` must have less than 4096 tokens. Given: 5000'],
    [
      400,
      'BadRequestError',
      'The sum of prompt length (72417.0), query length (0) should not exceed max_num_tokens (69632)',
    ],
    [400, '', 'too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 4321'],
    [400, '', 'Input length 300000 exceeds the maximum allowed input length of 262,144 tokens.'],
    [400, '', "The input (9000 tokens) is longer than the model's context length (4096 tokens)."],
    [
      400,
      'invalid_request_prompt',
      'Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length',
    ],
    [400, '', 'invalid params, context window exceeds limit (2013)'],
    [400, '', 'Prompt has 32769 tokens, but the configured context size is 32768 tokens'],
    [500, 'server_error', 'Context size has been exceeded.'],
    [500, '', 'input is too large to process. increase the physical batch size'],
    [400, '', 'Requested tokens (5000) exceed context window of 4096'],
    [400, '', 'the number of input tokens 5000 cannot exceed the total tokens limit 4096 for this model'],
    [
      400,
      '',
      'The estimated number of input and maximum output tokens (5000) exceeded this model context window limit (4096)',
    ],
    [400, '', 'length of prompt_tokens (9000) must be less than max_seq_len (4096)'],
    [400, '', 'Input tokens exceed the configured limit of 32768'],
    [400, '', 'Your input exceeds the maximum number of tokens'],
    [413, 'tokens_limit_reached', 'Request body too large for gpt-4o model. Max size: 8000 tokens.'],
    [400, '', '输入长度超过模型上限'],
  ])('%i %s %s', (status, code, message) => {
    expect(classifyError(errorResponse(status, errorBody(message, { code }))).cause).toBe('overflow');
  });

  it('is recognised inside the stream', () => {
    expect(classifyError({ message: 'Your input is too big', code: 'context_length_exceeded' }).cause).toBe(
      'overflow',
    );
    const odd = new TypeValidationError({
      value: { error: 'the prompt is too long' },
      cause: new Error('shape'),
    });
    expect(classifyError(odd).cause).toBe('overflow');
  });

  it.each([
    [429, 'This request would exceed your rate limit of 30,000 input tokens per minute.'],
    [400, 'max_tokens: 100000 > 8192, which is the maximum allowed number of output tokens'],
    [400, 'messages.1: `tool_use` ids were found without `tool_result` blocks'],
    [401, 'The API key exceeds the maximum number of tokens'],
    [400, 'max_tokens is too large: 50000. This model supports at most 16384 completion tokens'],
    [400, 'Range of max_tokens should be [1, 8192]'],
    [400, 'temperature exceeds the limit of 2'],
    [400, 'image exceeds 5 MB maximum: 6000000 bytes > 5242880 bytes'],
    [404, 'The model `context-window-test` does not exist'],
    [504, 'context deadline exceeded'],
    [429, 'Too many tokens, please wait before trying again.'],
  ])('is not meant by %i %s', (status, message) => {
    expect(classifyError(errorResponse(status, errorBody(message))).cause).not.toBe('overflow');
  });
});

describe('[B5] a limit of the answer that is too long', () => {
  const window = (asked: number, prompt: number) =>
    `This model's maximum context length is 32768 tokens. However, you requested ${asked} output tokens and your prompt contains at least ${prompt} input tokens, for a total of at least ${asked + prompt} tokens. Please reduce the length of the input prompt or the number of requested output tokens.`;
  const advised = expect.stringContaining('set maxOutputTokens of the agent lower');

  it.each([
    [400, window(32_768, 19)],
    [400, 'input length and `max_tokens` exceed context limit: 19 + 32768 > 32768'],
    [
      422,
      'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 32769. Given: 30 `inputs` tokens and 99999 `max_new_tokens`',
    ],
    [400, 'max_tokens: 100000 > 8192, which is the maximum allowed number of output tokens'],
    [
      400,
      '`max_tokens` must be less than or equal to `8192`, the maximum value for `max_tokens` is less than the `context_window` for this model',
    ],
    [400, 'max_tokens is too large: 50000. This model supports at most 16384 completion tokens'],
    [400, 'Range of max_tokens should be [1, 8192]'],
    [400, 'Invalid max_tokens value, the valid range of max_tokens is [1, 8192]'],
  ])('names maxOutputTokens and is not tried again: %i %s', (status, message) => {
    expect(
      classifyError(errorResponse(status, errorBody(message)), { maxOutputTokens: 99_999 }),
    ).toMatchObject({
      cause: 'rejected',
      reason: advised,
    });
  });

  it('counts as an overflow while compaction can help, and is named in the reason', () => {
    const error = errorResponse(400, errorBody(window(20_000, 14_000)));
    expect(classifyError(error, { maxOutputTokens: 20_000 })).toMatchObject({
      cause: 'overflow',
      reason: advised,
    });
    expect(classifyError(error, { maxOutputTokens: 2_000 }).reason).not.toContain('maxOutputTokens');
  });
});

describe('[B5] a refusal with an unknown message', () => {
  it.each([
    [400, errorBody('Unprocessable size')],
    [422, errorBody('The token budget is used up')],
    [400, ''],
  ])('of a prompt near the window is a conversation that is too long: %i %j', (status, body) => {
    expect(classifyError(errorResponse(status, body), { fill: 0.9 }).cause).toBe('overflow');
    expect(classifyError(errorResponse(status, body), { fill: 0.3 }).cause).toBe('rejected');
  });

  it.each([
    [400, errorBody('messages.1: `tool_use` ids were found without `tool_result` blocks')],
    [404, errorBody('no route of this length')],
    [401, ''],
  ])('about something else is not: %i %j', (status, body) => {
    expect(classifyError(errorResponse(status, body), { fill: 0.9 }).cause).toBe('rejected');
  });
});
