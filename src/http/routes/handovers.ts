import { z } from 'zod';
import { handoverListPage, handoverQuery, handoverReport } from '../../protocol/handovers.ts';
import { omitUndefined } from '../request/omit-undefined.ts';
import { declareRoute } from '../request/route-facts.ts';
import { jsonContent, problemResponses, type RouteContext, readListPage } from './shared.ts';

export function handoverRoutes({ app, deps: { control } }: RouteContext): void {
  app.openapi(listRoute, async (c) => {
    const { limit, ...query } = c.req.valid('query');
    const page = await readListPage(limit, (size) =>
      control.listHandovers({ ...omitUndefined(query), limit: size }),
    );
    const { items, last } = page;
    return c.json({ handovers: items, ...(last ? { next: last.id } : {}) }, 200);
  });

  app.openapi(showRoute, async (c) => c.json(await control.getHandover(c.req.valid('param').id), 200));
}

const listRoute = declareRoute({
  'x-access': 'read',
  method: 'get',
  path: '/v1/handovers',
  operationId: 'listHandovers',
  summary: 'List handovers',
  description:
    'Newest first. Pass `next` of the response as `after` to get the next page; the last page has no `next`.',
  request: { query: handoverQuery },
  responses: { 200: jsonContent('A page of reports.', handoverListPage), ...problemResponses },
});

const showRoute = declareRoute({
  'x-access': 'read',
  method: 'get',
  path: '/v1/handovers/{id}',
  operationId: 'showHandover',
  summary: 'Show a handover',
  description:
    'The phases of the handover with their times, and each session that was active. The report grows until the phase is `done` or `failed`.',
  request: { params: z.object({ id: z.string() }) },
  responses: { 200: jsonContent('The report of the handover.', handoverReport), ...problemResponses },
});
