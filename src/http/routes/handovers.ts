import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { handoverPage, handoverQuery, handoverReport } from '../../protocol/handovers.ts';
import { defined } from '../request/omit-undefined.ts';
import { json, problems, type RouteContext, readPage } from './shared.ts';

export function handoverRoutes({ app, deps: { control } }: RouteContext): void {
  app.openapi(listRoute, async (c) => {
    const { limit, ...query } = c.req.valid('query');
    const page = await readPage(limit, (size) => control.handovers({ ...defined(query), limit: size }));
    const { items, last } = page;
    return c.json({ handovers: items, ...(last ? { next: last.id } : {}) }, 200);
  });

  app.openapi(showRoute, async (c) => c.json(await control.handover(c.req.valid('param').id), 200));
}

const listRoute = createRoute({
  method: 'get',
  path: '/v1/handovers',
  operationId: 'listHandovers',
  summary: 'List handovers',
  description:
    'Newest first. Pass `next` of the response as `after` to get the next page; the last page has no `next`.',
  request: { query: handoverQuery },
  responses: { 200: json('A page of reports.', handoverPage), ...problems },
});

const showRoute = createRoute({
  method: 'get',
  path: '/v1/handovers/{id}',
  operationId: 'showHandover',
  summary: 'Show a handover',
  description:
    'The phases of the handover with their times, and each session that was active. The report grows until the phase is `done` or `failed`.',
  request: { params: z.object({ id: z.string() }) },
  responses: { 200: json('The report of the handover.', handoverReport), ...problems },
});
