import { APICallError, InvalidPromptError, JSONParseError, TypeValidationError } from '@ai-sdk/provider';
import { describe, expect, it } from 'vitest';
import { classifyError, errorBody, errorResponse, KEY } from '../../../test/support/provider-errors.ts';
import { MissingApiKeyError } from '../../errors/models.ts';

describe('[B5] a retry is useful when', () => {
  it.each([408, 409, 425, 429, 500, 502, 503, 504, 520, 529])('the status is %i', (status) => {
    expect(classifyError(errorResponse(status, errorBody('No.')))).toEqual({
      cause: 'unavailable',
      reason: `Provider "acme", model "m1": it asks for another try later (${status}): No.`,
    });
  });

  it('the provider cannot be reached', () => {
    const error = new APICallError({
      message: 'Cannot connect to API: connect ECONNREFUSED 127.0.0.1:1',
      url: 'http://127.0.0.1:1',
      requestBodyValues: {},
      isRetryable: true,
    });
    expect(classifyError(error)).toEqual({
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
    expect(classifyError(error).cause).toBe('unavailable');
  });

  it('the quota recovers after a minute, but not when only a payment restores it', () => {
    const google = errorBody('You exceeded your current quota, please check your plan and billing details.', {
      status: 'RESOURCE_EXHAUSTED',
    });
    expect(classifyError(errorResponse(429, google)).cause).toBe('unavailable');
    const openai = errorBody('You exceeded your current quota.', { code: 'insufficient_quota' });
    expect(classifyError(errorResponse(429, openai))).toMatchObject({
      cause: 'rejected',
      reason: expect.stringContaining('billing of the account behind providers.acme.apiKey'),
    });
    expect(classifyError(errorResponse(402, errorBody('No credits'))).cause).toBe('rejected');
  });

  it.each([
    [429, 'rate_limit_error', 'Extra usage is required for long context requests.'],
    [400, 'invalid_request_error', 'Your credit balance is too low to access the Anthropic API.'],
    [400, '', 'You have reached your specified API usage limits. You will regain access on 2026-02-01.'],
    [400, 'Arrearage', 'Access denied, please make sure your account is in good standing.'],
    [429, 'exceeded_current_quota_error', 'Your account is suspended, please check your plan'],
    [429, '1113', 'Insufficient balance or no resource package. Please recharge.'],
    [429, '', '余额不足或无可用资源包,请充值。'],
    [403, '', 'Your team has either used all available credits or reached its monthly spending limit.'],
    [429, '', 'You are using a Trial key, which is limited to 1000 API calls / month.'],
    [402, '', 'Insufficient Balance'],
    [429, 'RESOURCE_EXHAUSTED', 'Quota exceeded for metric: generate_content_free_tier_requests, limit: 0'],
  ])('a limit of the plan ends at once: %i %s %s', (status, code, message) => {
    expect(classifyError(errorResponse(status, errorBody(message, { code })))).toMatchObject({
      cause: 'rejected',
      reason: expect.stringContaining('Check the plan and billing of the account'),
    });
  });

  it.each([
    [429, 'rate_limit_exceeded', 'Rate limit reached for tokens per day (TPD): Limit 100000, Used 100000.'],
    [429, 'RESOURCE_EXHAUSTED', 'Quota exceeded for metric: generate_content_requests, limit: 15'],
    [429, '', 'Too many tokens, please wait before trying again.'],
    [503, '', 'The model is overloaded. Upgrade your plan for priority.'],
    [504, '', 'context deadline exceeded'],
  ])('a limit that time lifts does not: %i %s %s', (status, code, message) => {
    expect(classifyError(errorResponse(status, errorBody(message, { code }))).cause).toBe('unavailable');
  });
});

describe('[B5] a retry is useless for', () => {
  it.each([
    [400, 'rejected the request (400): No. Nothing more', ''],
    [401, 'rejected the request (401): No.', ' Check providers.acme.apiKey.'],
    [403, 'rejected the request (403): No.', ' Check providers.acme.apiKey and that it may use "m1".'],
    [404, 'rejected the request (404): No.', " Check the model's name and providers.acme.baseUrl."],
    [422, 'rejected the request (422): No.', ''],
  ])('status %i', (status, words, advice) => {
    const message = status === 400 ? 'No. Nothing more.' : 'No';
    const reason = `Provider "acme", model "m1": it ${words.replace(/\.?$/, '.')}${advice}`;
    expect(classifyError(errorResponse(status, errorBody(message)))).toEqual({ cause: 'rejected', reason });
  });

  it('an error of Midturn itself', () => {
    const error = new MissingApiKeyError('acme', 'ACME_API_KEY');
    expect(classifyError(error)).toEqual({ cause: 'rejected', reason: error.message });
    expect(classifyError(new InvalidPromptError({ prompt: [], message: 'odd' })).cause).toBe('rejected');
  });
});

describe('[B4] errors that count as cut off', () => {
  it.each([
    ['a response that broke while it was read', errorResponse(200)],
    ['malformed JSON', new JSONParseError({ text: '{"a', cause: new SyntaxError('end') })],
    ['a piece of the wrong shape', new TypeValidationError({ value: { a: 1 }, cause: new Error('shape') })],
    ['an error that nobody knows', new Error('?')],
    ['an object that says nothing', Object.create(null)],
    ['anything else', undefined],
  ])('%s', (_, error) => {
    expect(classifyError(error).cause).toBe('cut');
  });
});

describe("the provider's own message", () => {
  it.each([
    [errorBody('deep'), 'deep'],
    [{ error: 'flat' }, 'flat'],
    [{ message: 'plain' }, 'plain'],
    [{ detail: 'fastapi' }, 'fastapi'],
    [[errorBody('in a list')], 'in a list'],
    [
      {
        detail: [{ type: 'extra_forbidden', loc: ['body', 'top_k'], msg: 'Extra inputs are not permitted' }],
      },
      'body.top_k: Extra inputs are not permitted',
    ],
    ['<html><body>Bad gateway</body></html>', 'Bad gateway'],
    ['<html><title>502 Bad gateway</title><h1>nginx</h1>', '502 Bad gateway'],
    ['upstream connect error', 'upstream connect error'],
    ['', 'Some status text'],
  ])('are found in %j', (body, words) => {
    expect(classifyError(errorResponse(400, body)).reason).toContain(`: ${words}.`);
  });

  it('is shortened to one line', () => {
    const { reason } = classifyError(errorResponse(400, errorBody(`first\n\n  line ${'x'.repeat(5_000)}`)));
    expect(reason).toContain('first line xxx');
    expect(reason.length).toBeLessThan(400);
  });

  it('may be nested without limit', () => {
    const body = `${'{"error":'.repeat(5_000)}"bottom"${'}'.repeat(5_000)}`;
    expect(classifyError(errorResponse(400, body)).cause).toBe('rejected');
  });
});

describe('[K4] a reason never contains credentials', () => {
  it.each([
    `Incorrect API key provided: ${KEY}.`,
    `Bad url ?key=${encodeURIComponent(KEY)}`,
    `headers: {"Authorization":"Bearer ${KEY}"}`,
    `${'x'.repeat(290)} ${KEY}`,
  ])('the one in the configuration: %s', (message) => {
    const { reason } = classifyError(errorResponse(401, errorBody(message)));
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
    expect(classifyError(errorResponse(401, errorBody(message))).reason).not.toContain(secret);
  });

  it('and keeps other text', () => {
    expect(
      classifyError(errorResponse(401, errorBody('The api key is not valid for task-list-1'))).reason,
    ).toContain('The api key is not valid for task-list-1');
  });
});
