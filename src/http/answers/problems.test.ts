import { expect, it, vi } from 'vitest';
import { UnauthorizedError } from '../../errors/access.ts';
import { JournalUnavailableError } from '../../errors/errors.ts';
import { MethodNotAllowedError, NotReadyError, TooManyStreamsError } from '../../errors/http.ts';
import { problemResponse } from './problems.ts';

it.each([
  [new UnauthorizedError(false), 401, 'www-authenticate', 'Bearer'],
  [new MethodNotAllowedError('PUT', '/x', ['GET', 'POST']), 405, 'allow', 'GET, POST'],
  [new TooManyStreamsError(9), 503, 'retry-after', '5'],
  [new NotReadyError(), 503, 'retry-after', '1'],
])('gives %o the header that its status wants', (error, status, header, value) => {
  const log = { error: vi.fn() };
  const response = problemResponse(error, log);
  expect(response.status).toBe(status);
  expect(response.headers.get(header)).toBe(value);
  expect(log.error).not.toHaveBeenCalled();
});

it('[A2] says that a message may have been accepted when its fsync failed', async () => {
  const log = { error: vi.fn() };
  const response = problemResponse(new JournalUnavailableError('disk I/O error', { uncertain: true }), log);
  expect(await response.json()).toMatchObject({
    status: 503,
    code: 'journal_unavailable',
    accepted: 'unknown',
    detail: expect.stringContaining(
      'may or may not have been accepted; fix the disk and send it again with the same id',
    ),
  });
});

it('[A2] says that nothing was accepted, and tells the operator why', async () => {
  const log = { error: vi.fn() };
  const cause = new Error('ENOSPC in /secret/place');
  const response = problemResponse(new JournalUnavailableError('no space', { cause }), log);
  const body = await response.text();
  expect(response.status).toBe(503);
  expect(body).toContain('Nothing was accepted');
  expect(JSON.parse(body)).toMatchObject({ accepted: false });
  expect(body).not.toContain('/secret/place');
  expect(log.error).toHaveBeenCalledTimes(1);
});
