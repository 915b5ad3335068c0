import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { SessionNotFoundError } from '../../errors/errors.ts';
import { PAGE_LIMIT } from '../../protocol/fields.ts';
import { sessionId } from '../../protocol/ids/session-id.ts';
import { PROBLEM_TYPE, problem } from '../../protocol/problem.ts';
import type { SessionRowBody } from '../../protocol/sessions.ts';
import type { ScopedSessions } from '../../sessions/scope/scoped.ts';
import type { ApiDeps, ApiEnv, HttpLimits } from '../ports/deps.ts';
import type { OpenResponse, OpenResponses } from '../ports/draining.ts';

/** Dependencies of every group of routes. */
export interface RouteContext {
  app: OpenAPIHono<ApiEnv>;
  deps: ApiDeps;
  limits: HttpLimits;
  draining: OpenResponses;
  /** The open event streams of all routes together. */
  streams: Set<OpenResponse>;
}

export const sessionPath = z.object({ session: sessionId });

export function jsonContent<S extends z.ZodType>(description: string, schema: S) {
  return { description, content: { 'application/json': { schema } } };
}

export function jsonBody<S extends z.ZodType>(schema: S, required = false) {
  return { body: { content: { 'application/json': { schema } }, required } };
}

const problemContent = { [PROBLEM_TYPE]: { schema: problem } };

/**
 * Descriptions of the error responses, which are the same for every operation because errors are answered in
 * one place.
 */
export const problemResponses = {
  '4XX': {
    description: 'The request is refused and nothing was changed; `code` names the reason.',
    content: problemContent,
  },
  default: { description: 'The request failed.', content: problemContent },
};

/**
 * Reads one page of a list; `last` is its last item when there is a next page. It reads one item more to find
 * that out.
 */
export async function readListPage<T>(
  limit: number,
  read: (limit: number) => Promise<T[]>,
): Promise<{ items: T[]; last: T | undefined }> {
  const size = Math.min(limit, PAGE_LIMIT);
  const found = await read(size + 1);
  const items = found.slice(0, size);
  return { items, last: found.length > size ? items.at(-1) : undefined };
}

/**
 * Finds the row of a session, which is readable even when its journal is damaged. The id is the first one
 * that starts with itself. Rejects with SessionNotFoundError.
 */
export async function findRow(sessions: ScopedSessions, session: string): Promise<SessionRowBody> {
  const [row] = await sessions.list({ prefix: session, limit: 1 });
  if (row?.session !== session) throw new SessionNotFoundError(session);
  return row;
}
