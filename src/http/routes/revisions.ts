import { z } from 'zod';
import {
  configApplied,
  configDiff,
  configRevisions,
  configRevisionView,
  configRollback,
} from '../../protocol/config.ts';
import { declareRoute } from '../request/route-facts.ts';
import { jsonBody, jsonContent, problemResponses, type RouteContext } from './shared.ts';

/** Registers the routes for accepted configurations. */
export function revisionRoutes({ app, deps: { control, log } }: RouteContext): void {
  const { config } = control;

  app.openapi(listRoute, async (c) => c.json(await config.listRevisions(), 200));

  app.openapi(showRoute, async (c) => {
    const found = await config.getRevision(c.req.valid('param').number);
    return c.json(found, 200, { 'cache-control': 'no-store' });
  });

  app.openapi(diffRoute, async (c) => {
    const { from, to } = c.req.valid('query');
    return c.json(await config.diff(from, to ?? null), 200);
  });

  app.openapi(rollbackRoute, async (c) => {
    const { revision } = c.req.valid('json');
    const applied = await config.rollback(revision);
    log.info({ by: c.get('by'), how: `rolled back to ${revision}`, ...applied }, 'http:config_written');
    return c.json(applied, 200, { etag: `"${applied.hash}"` });
  });
}

const revisionNumber = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

const listRoute = declareRoute({
  'x-access': 'read',
  method: 'get',
  path: '/v1/config/revisions',
  operationId: 'listRevisions',
  summary: 'List revisions',
  description: 'Accepted configurations that are still kept, newest first.',
  responses: { 200: jsonContent('The revisions.', configRevisions), ...problemResponses },
});

const showRoute = declareRoute({
  'x-access': 'read',
  method: 'get',
  path: '/v1/config/revisions/{number}',
  operationId: 'showRevision',
  summary: 'Show a revision',
  request: { params: z.object({ number: revisionNumber }) },
  responses: { 200: jsonContent('The revision with its source.', configRevisionView), ...problemResponses },
});

const diffRoute = declareRoute({
  'x-access': 'read',
  method: 'get',
  path: '/v1/config/diff',
  operationId: 'diffRevisions',
  summary: 'Compare two revisions',
  request: {
    query: z.strictObject({
      from: revisionNumber.meta({ description: 'Number of the first revision.' }),
      to: revisionNumber
        .optional()
        .meta({ description: 'Number of the second revision; the present file when absent.' }),
    }),
  },
  responses: { 200: jsonContent('The changed keys.', configDiff), ...problemResponses },
});

const rollbackRoute = declareRoute({
  'x-access': 'operate',
  'x-body-limit': 'config',
  method: 'post',
  path: '/v1/config/rollback',
  operationId: 'rollBackConfig',
  summary: 'Roll back to a revision',
  description: 'Writes the source of the revision to the file as a new change and applies it.',
  request: jsonBody(configRollback, true),
  responses: { 200: jsonContent('The applied change.', configApplied), ...problemResponses },
});
