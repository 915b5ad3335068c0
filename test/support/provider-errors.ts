import { APICallError } from '@ai-sdk/provider';
import { classify } from '../../src/models/failure/failure.ts';
import type { RequestSize } from '../../src/models/failure/overflow.ts';
import { redactor } from '../../src/models/failure/redact.ts';

/** Errors of providers as the packages report them, and what is made of them. */

export const NOW = Date.parse('2026-01-01T00:00:00Z');
export const KEY = 'super+secret/key-123456';

export function judge(error: unknown, size: RequestSize = {}) {
  return classify(error, { provider: 'acme', model: 'm1', redact: redactor([KEY]), ...size }, NOW);
}

export function response(
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

export function said(message: string, more: Record<string, unknown> = {}) {
  return { error: { message, ...more } };
}
