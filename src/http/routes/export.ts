import type { RouteConfig } from '@hono/zod-openapi';
import { z } from 'zod';
import { toWireEvent } from '../../protocol/content.ts';
import { sessionExport } from '../../protocol/events.ts';
import type { SessionRowBody } from '../../protocol/sessions.ts';
import { readPages } from '../../sessions/read-pages.ts';
import type { ScopedSessions } from '../../sessions/scope/scoped.ts';
import { toProblem } from '../answers/problems.ts';
import type { ApiDeps } from '../ports/deps.ts';
import { declareRoute } from '../request/route-facts.ts';
import { findRow, problemResponses, type RouteContext, sessionPath } from './shared.ts';

/** Number of events in memory at once. */
const PAGE = 200;

/** What an export reads from. */
type ExportDeps = Pick<ApiDeps, 'log'> & { sessions: ScopedSessions };

export function exportRoute({ app, deps }: RouteContext): void {
  app.openapi(route, async (c) => {
    const exported = { sessions: c.get('sessions'), log: deps.log };
    const row = await findRow(exported.sessions, c.req.valid('param').session);
    const lines = /\bapplication\/(jsonl|x-ndjson)\b/i.test(c.req.header('accept') ?? '');
    const pieces = lines ? asLines(exported, row) : asDocument(exported, row);
    const type = lines ? 'application/jsonl' : 'application/json';
    return c.body(streamOf(pieces), 200, { 'content-type': type, 'cache-control': 'no-store' });
  });
}

/** Yields the export as JSON lines: the head, then one event on each line. */
async function* asLines(deps: ExportDeps, row: SessionRowBody): AsyncGenerator<string> {
  yield `${JSON.stringify(exportHead(deps, row))}\n`;
  try {
    for await (const event of allEvents(deps, row)) yield `${event}\n`;
  } catch (error) {
    yield `${JSON.stringify({ problem: toProblem(error, deps.log) })}\n`;
  }
}

/** Yields the export as one JSON document, which is never in memory as a whole. */
async function* asDocument(deps: ExportDeps, row: SessionRowBody): AsyncGenerator<string> {
  yield `${JSON.stringify(exportHead(deps, row)).slice(0, -1)},"events":[`;
  let separator = '';
  try {
    for await (const event of allEvents(deps, row)) {
      yield `${separator}${event}`;
      separator = ',';
    }
    yield ']}';
  } catch (error) {
    yield `],"problem":${JSON.stringify(toProblem(error, deps.log))}}`;
  }
}

function exportHead({ sessions }: ExportDeps, session: SessionRowBody) {
  return { format: 1, store: sessions.store, exportedAt: Date.now(), session };
}

/**
 * Yields the events up to the journal's end when the export started; otherwise the export of a busy session
 * would never end.
 */
async function* allEvents(
  { sessions }: ExportDeps,
  { session, seq }: SessionRowBody,
): AsyncGenerator<string> {
  const read = (after: number, limit: number) => sessions.readEvents(session, after, limit);
  for await (const page of readPages(read, { size: PAGE })) {
    for (const event of page) {
      if (event.seq > seq) return;
      yield JSON.stringify(toWireEvent(event));
    }
  }
}

function streamOf(pieces: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await pieces.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      cancel: async () => void (await pieces.return(undefined)),
    },
    { highWaterMark: 0 },
  );
}

/** Response description; typed as a whole because the body is written in pieces, which no type can check. */
const responses: RouteConfig['responses'] = {
  200: {
    description: 'The exported session.',
    content: { 'application/json': { schema: sessionExport }, 'application/jsonl': { schema: z.string() } },
  },
  ...problemResponses,
};

const route = declareRoute({
  'x-access': 'read',
  'x-about': 'sessions',
  method: 'get',
  path: '/v1/sessions/{session}/export',
  operationId: 'exportSession',
  summary: 'Export everything about a session',
  description:
    'Answers one JSON document. With `Accept: application/jsonl` it answers the head and then one event on each line. Damaged sessions can be exported too: an unreadable record appears as an event of type `damaged`.',
  request: { params: sessionPath },
  responses,
});
