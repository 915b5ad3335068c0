import { APICallError, InvalidPromptError, JSONParseError, TypeValidationError } from '@ai-sdk/provider';
import { describe, expect, it } from 'vitest';
import { MissingApiKeyError } from '../errors/models.ts';
import { classify } from './failure.ts';
import { redactor } from './redact.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const KEY = 'super+secret/key-123456';

function judge(error: unknown) {
  return classify(error, { provider: 'acme', model: 'm1', redact: redactor([KEY]) }, NOW);
}

function response(
  statusCode: number,
  body: unknown = '',
  responseHeaders: Record<string, string> = {},
): APICallError {
  const responseBody = typeof body === 'string' ? body : JSON.stringify(body);
  return new APICallError({
    message: 'Some status text',
    url: 'http://localhost',
    requestBodyValues: {},
    statusCode,
    responseBody,
    responseHeaders,
  });
}

function said(message: string, more: Record<string, unknown> = {}) {
  return { error: { message, ...more } };
}

describe('[B5] what is worth another try', () => {
  it.each([408, 409, 425, 429, 500, 502, 503, 504, 520, 529])('status %i is', (status) => {
    expect(judge(response(status, said('No.')))).toEqual({
      cause: 'unavailable',
      reason: `Provider "acme", model "m1": it asks for another try later (${status}): No.`,
    });
  });

  it('a provider that cannot be reached is', () => {
    const error = new APICallError({
      message: 'Cannot connect to API: connect ECONNREFUSED 127.0.0.1:1',
      url: 'http://127.0.0.1:1',
      requestBodyValues: {},
      isRetryable: true,
    });
    expect(judge(error)).toEqual({
      cause: 'unavailable',
      reason:
        'Provider "acme", model "m1": it cannot be reached: Cannot connect to API: connect ECONNREFUSED 127.0.0.1:1.',
    });
  });

  it.each([
    [{ type: 'overloaded_error', message: 'Overloaded' }],
    [{ message: 'slow down', code: 'rate_limit_exceeded' }],
    [{ message: 'try later', code: 503 }],
    [{ message: 'oops', type: 'server_error' }],
    [{ message: 'x', statusCode: 529, type: 'overloaded_error', data: {} }],
  ])('an error inside the stream that says so is: %j', (error) => {
    expect(judge(error).cause).toBe('unavailable');
  });

  it('a quota that a minute restores is, one that only money restores is not', () => {
    const google = said('You exceeded your current quota, please check your plan and billing details.', {
      status: 'RESOURCE_EXHAUSTED',
    });
    expect(judge(response(429, google)).cause).toBe('unavailable');
    const openai = said('You exceeded your current quota.', { code: 'insufficient_quota' });
    expect(judge(response(429, openai))).toMatchObject({
      cause: 'rejected',
      reason: expect.stringContaining('billing of the account behind providers.acme.apiKey'),
    });
    expect(judge(response(402, said('No credits'))).cause).toBe('rejected');
  });
});

describe('[B5] how long to wait', () => {
  it.each([
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after-ms': '250', 'retry-after': '7' }, 250],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:01:00 GMT' }, 60_000],
    [{ 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, 0],
    [{ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '6m0s' }, 360_000],
    [{ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '20ms' }, 20],
    [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 + 30) }, 30_000],
    [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW + 1_500) }, 1_500],
    [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '12' }, 12_000],
    [
      {
        'anthropic-ratelimit-requests-remaining': '3',
        'anthropic-ratelimit-requests-reset': '2026-01-01T09:00:00Z',
        'anthropic-ratelimit-tokens-remaining': '0',
        'anthropic-ratelimit-tokens-reset': '2026-01-01T00:00:05Z',
      },
      5_000,
    ],
  ])('%j means %i ms', (headers, wait) => {
    expect(judge(response(429, said('Slow down.'), headers)).retryAfter).toBe(wait);
  });

  it.each([
    [{}],
    [{ 'retry-after': 'soon' }],
    [{ 'retry-after': '9999999' }],
    [{ 'x-ratelimit-remaining-requests': '5', 'x-ratelimit-reset-requests': '6m0s' }],
    [{ 'x-ratelimit-remaining-requests': '0' }],
  ])('%j means nothing', (headers) => {
    expect(judge(response(429, said('Slow down.'), headers))).not.toHaveProperty('retryAfter');
  });

  it("Google's RetryInfo counts", () => {
    const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.07s' }];
    expect(judge(response(429, said('Quota', { details }))).retryAfter).toBe(34_070);
  });
});

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
  ])('%i %s %s', (status, code, message) => {
    expect(judge(response(status, said(message, { code }))).cause).toBe('overflow');
  });

  it('may be noticed inside the stream', () => {
    expect(judge({ message: 'Your input is too big', code: 'context_length_exceeded' }).cause).toBe(
      'overflow',
    );
    const odd = new TypeValidationError({
      value: { error: 'the prompt is too long' },
      cause: new Error('shape'),
    });
    expect(judge(odd).cause).toBe('overflow');
  });

  it.each([
    [429, 'This request would exceed your rate limit of 30,000 input tokens per minute.'],
    [400, 'max_tokens: 100000 > 8192, which is the maximum allowed number of output tokens'],
    [400, 'messages.1: `tool_use` ids were found without `tool_result` blocks'],
    [401, 'The API key exceeds the maximum number of tokens'],
  ])('is not meant by %i %s', (status, message) => {
    expect(judge(response(status, said(message))).cause).not.toBe('overflow');
  });
});

describe('[B5] what no repetition helps', () => {
  it.each([
    [400, 'rejected the request (400): No. Nothing more', ''],
    [401, 'rejected the request (401): No.', ' Check providers.acme.apiKey.'],
    [403, 'rejected the request (403): No.', ' Check providers.acme.apiKey and that it may use "m1".'],
    [404, 'rejected the request (404): No.', " Check the model's name and providers.acme.baseUrl."],
    [422, 'rejected the request (422): No.', ''],
  ])('status %i', (status, words, advice) => {
    const message = status === 400 ? 'No. Nothing more.' : 'No';
    const reason = `Provider "acme", model "m1": it ${words.replace(/\.?$/, '.')}${advice}`;
    expect(judge(response(status, said(message)))).toEqual({ cause: 'rejected', reason });
  });

  it('an error of ours', () => {
    const error = new MissingApiKeyError('acme', 'ACME_API_KEY');
    expect(judge(error)).toEqual({ cause: 'rejected', reason: error.message });
    expect(judge(new InvalidPromptError({ prompt: [], message: 'odd' })).cause).toBe('rejected');
  });
});

describe('[B4] what counts as cut off', () => {
  it.each([
    ['a response that broke while it was read', response(200)],
    ['malformed JSON', new JSONParseError({ text: '{"a', cause: new SyntaxError('end') })],
    ['a piece of the wrong shape', new TypeValidationError({ value: { a: 1 }, cause: new Error('shape') })],
    ['an error that nobody knows', new Error('?')],
    ['an object that says nothing', Object.create(null)],
    ['anything else', undefined],
  ])('%s', (_, error) => {
    expect(judge(error).cause).toBe('cut');
  });
});

describe("the provider's own words", () => {
  it.each([
    [said('deep'), 'deep'],
    [{ error: 'flat' }, 'flat'],
    [{ message: 'plain' }, 'plain'],
    [{ detail: 'fastapi' }, 'fastapi'],
    [[said('in a list')], 'in a list'],
    ['<html>Bad gateway</html>', 'Some status text'],
  ])('are found in %j', (body, words) => {
    expect(judge(response(400, body)).reason).toContain(`: ${words}.`);
  });

  it('are kept short, on one line', () => {
    const { reason } = judge(response(400, said(`first\n\n  line ${'x'.repeat(5_000)}`)));
    expect(reason).toContain('first line xxx');
    expect(reason.length).toBeLessThan(400);
  });

  it('may be nested without end', () => {
    const body = `${'{"error":'.repeat(5_000)}"bottom"${'}'.repeat(5_000)}`;
    expect(judge(response(400, body)).cause).toBe('rejected');
  });
});

describe('[K4] a reason never has credentials', () => {
  it.each([
    `Incorrect API key provided: ${KEY}.`,
    `Bad url ?key=${encodeURIComponent(KEY)}`,
    `headers: {"Authorization":"Bearer ${KEY}"}`,
    `${'x'.repeat(290)} ${KEY}`,
  ])('the one in the configuration: %s', (message) => {
    const { reason } = judge(response(401, said(message)));
    expect(reason).not.toContain(KEY.slice(0, 8));
    expect(reason).not.toContain('super');
  });

  it.each([
    ['authorization: Bearer abcdefgh12345678', 'abcdefgh'],
    ['"x-api-key": "abcdefgh12345678"', 'abcdefgh'],
    ['Incorrect API key provided: sk-proj-abcdefgh********5678', 'abcdefgh'],
    ['https://user:abcdefgh@host/v1 failed', 'abcdefgh'],
    ['GET /v1beta?key=abcdefgh12345678&alt=sse', 'abcdefgh'],
    ['AIzaSyAabcdefgh12345678', 'abcdefgh'],
  ])('whatever looks like one: %s', (message, secret) => {
    expect(judge(response(401, said(message))).reason).not.toContain(secret);
  });

  it('and other words stay', () => {
    expect(judge(response(401, said('The api key is not valid for task-list-1'))).reason).toContain(
      'The api key is not valid for task-list-1',
    );
  });
});
