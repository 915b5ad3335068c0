import { randomUUID } from 'node:crypto';
import { HTTPException } from 'hono/http-exception';
import { MidturnError } from '../../errors/errors.ts';
import { InvalidRequestError, MediaTypeError } from '../../errors/http.ts';
import { PROBLEM_TYPE, type Problem } from '../../protocol/problem.ts';
import type { ApiLog } from '../ports/deps.ts';

type ErrorLog = Pick<ApiLog, 'error'>;

/** Returns the problem document for a failed request. Details that the caller may not see go to the log only. */
export function problemResponse(error: unknown, log: ErrorLog): Response {
  const document = toProblem(error, log);
  return new Response(JSON.stringify(document), {
    status: document.status,
    headers: { 'content-type': PROBLEM_TYPE, 'cache-control': 'no-store', ...extraHeaders(document) },
  });
}

export function toProblem(error: unknown, log: ErrorLog): Problem {
  const known = error instanceof HTTPException ? fromLibrary(error) : error;
  if (!(known instanceof MidturnError)) return unexpectedProblem(known, log);
  const { code, status, message, details } = known;
  // An error without a cause is not an internal failure; an example is a readiness probe that comes too
  // early.
  if (status >= 500 && known.cause !== undefined) log.error({ code, status, error: known }, 'http:failed');
  return { ...details, ...makeProblem(code, status, message) };
}

/** Converts an error that the library's router or validator throws. */
function fromLibrary(error: HTTPException): unknown {
  if (error.status === 415) return new MediaTypeError(undefined);
  if (error.status >= 500) return error;
  return new InvalidRequestError([{ where: 'body', field: '', problem: 'it is not JSON' }], { cause: error });
}

function unexpectedProblem(error: unknown, log: ErrorLog): Problem {
  const id = randomUUID();
  log.error({ id, error }, 'http:failed');
  const detail = `Something failed that should not be able to. The log has the details under the id ${id}.`;
  return { ...makeProblem('internal', 500, detail), id };
}

function makeProblem(code: string, status: number, detail: string) {
  const words = code.replaceAll('_', ' ');
  const title = words.charAt(0).toUpperCase() + words.slice(1);
  return { type: `urn:midturn:${code}`, title, status, detail, code };
}

function extraHeaders({ status, ...details }: Problem): Record<string, string> {
  const { allow, retryAfter = 1 } = details;
  if (status === 401) return { 'www-authenticate': 'Bearer' };
  if (status === 405 && Array.isArray(allow)) return { allow: allow.join(', ') };
  return status === 503 ? { 'retry-after': String(retryAfter) } : {};
}
