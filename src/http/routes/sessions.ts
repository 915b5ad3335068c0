import { z } from 'zod';
import { toWireContent } from '../../protocol/content.ts';
import { afterSeq, pageLimit } from '../../protocol/fields.ts';
import { receipt } from '../../protocol/messages.ts';
import {
  effectPage,
  formatRecentCursor,
  parseRecentCursor,
  releaseRequest,
  sessionPage,
  sessionQuery,
  sessionView,
} from '../../protocol/sessions.ts';
import { omitUndefined } from '../request/omit-undefined.ts';
import { asPrincipal } from '../request/principal.ts';
import { declareRoute } from '../request/route-facts.ts';
import {
  jsonBody,
  jsonContent,
  problemResponses,
  type RouteContext,
  readListPage,
  sessionPath,
} from './shared.ts';

export function sessionRoutes({ app }: RouteContext): void {
  app.openapi(listRoute, async (c) => {
    const { limit, order, after, ...filter } = c.req.valid('query');
    if (order === 'id') {
      const query = omitUndefined({ ...filter, after });
      const { items, last } = await readListPage(limit, (size) =>
        c.get('sessions').list({ ...query, limit: size }),
      );
      return c.json({ sessions: items, ...(last ? { next: last.session } : {}) }, 200);
    }
    const query = omitUndefined({
      ...filter,
      before: after === undefined ? undefined : parseRecentCursor(after),
    });
    const { items, last } = await readListPage(limit, (size) =>
      c.get('sessions').listRecentSessions({ ...query, limit: size }),
    );
    return c.json({ sessions: items, ...(last ? { next: formatRecentCursor(last) } : {}) }, 200);
  });

  app.openapi(showRoute, async (c) => {
    const { pending, ...view } = await c.get('sessions').viewSession(c.req.valid('param').session);
    return c.json({ ...view, pending: pending.map(toWireContent) }, 200);
  });

  app.openapi(effectsRoute, async (c) => {
    const { session } = c.req.valid('param');
    const { after, limit } = c.req.valid('query');
    const page = await readListPage(limit, (size) => c.get('sessions').readEffects(session, after, size));
    const { items: effects, last } = page;
    return c.json({ effects, ...(last ? { next: last.seq } : {}) }, 200);
  });

  app.openapi(releaseRoute, async (c) => {
    const { session } = c.req.valid('param');
    return c.json(
      await c
        .get('sessions')
        .releaseSession(session, asPrincipal(omitUndefined(c.req.valid('json')), c.get('principal'))),
      202,
    );
  });
}

const listRoute = declareRoute({
  'x-access': 'read',
  'x-about': 'sessions',
  method: 'get',
  path: '/v1/sessions',
  operationId: 'listSessions',
  summary: 'List sessions',
  description:
    'Sessions by id, or with `order=recent` by their last change. Pass `next` of the response as `after` to get the next page; the last page has no `next`. A session that changes between two pages of the order `recent` moves to the front and may be missing from later pages.',
  request: { query: sessionQuery },
  responses: { 200: jsonContent('A page of sessions.', sessionPage), ...problemResponses },
});

const showRoute = declareRoute({
  'x-access': 'read',
  'x-about': 'sessions',
  method: 'get',
  path: '/v1/sessions/{session}',
  operationId: 'showSession',
  summary: 'Show a session',
  request: { params: sessionPath },
  responses: {
    200: jsonContent('The session, its open turn and its waiting messages.', sessionView),
    ...problemResponses,
  },
});

const effectsRoute = declareRoute({
  'x-access': 'read',
  'x-about': 'sessions',
  method: 'get',
  path: '/v1/sessions/{session}/effects',
  operationId: 'listEffects',
  summary: "List a session's effects on the world",
  description:
    'Every call with the effect `write` or `idempotent`, and every refused call, oldest first. A `running` call has no outcome yet. An `unknown` call may or may not have had its effect and was not run again.',
  request: { params: sessionPath, query: z.strictObject({ after: afterSeq, limit: pageLimit }) },
  responses: { 200: jsonContent('A page of effects.', effectPage), ...problemResponses },
});

const releaseRoute = declareRoute({
  'x-access': 'write',
  'x-about': 'sessions',
  method: 'post',
  path: '/v1/sessions/{session}/release',
  operationId: 'releaseSession',
  summary: 'Release a quarantined session',
  description: 'Answers 202 once the release is on disk. The session is loaded again and continues.',
  request: { params: sessionPath, ...jsonBody(releaseRequest) },
  responses: { 202: jsonContent('The release is on disk.', receipt), ...problemResponses },
});
