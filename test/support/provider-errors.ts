import { APICallError } from '@ai-sdk/provider';
import { classifyModelError } from '../../src/models/failure/failure.ts';
import type { RequestSize } from '../../src/models/failure/overflow.ts';
import { createRedactor } from '../../src/models/failure/redact.ts';

/** Errors of providers as the packages report them, and what is made of them. */

export const NOW = Date.parse('2026-01-01T00:00:00Z');
export const KEY = 'super+secret/key-123456';

export function classifyError(error: unknown, size: RequestSize = {}) {
  return classifyModelError(
    error,
    { provider: 'acme', model: 'm1', redact: createRedactor([KEY]), ...size },
    NOW,
  );
}

export function errorResponse(
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

export function errorBody(message: string, more: Record<string, unknown> = {}) {
  return { error: { message, ...more } };
}
