import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { InvalidRequestError } from '../../errors/http.ts';
import {
  configApplied,
  configDraft,
  configPatch,
  configPlan,
  configSource,
  configView,
} from '../../protocol/config.ts';
import { json, jsonBody, problems, type RouteContext } from './shared.ts';

export function configRoutes({ app, deps: { control, log } }: RouteContext): void {
  const { config } = control;

  app.openapi(showRoute, async (c) => {
    const view = await config.show();
    return c.json(view, 200, { etag: `"${view.hash}"`, 'cache-control': 'no-store' });
  });

  app.openapi(planRoute, async (c) => c.json(await config.plan(c.req.valid('json')), 200));

  app.openapi(replaceRoute, async (c) => {
    const applied = await config.replace(c.req.valid('json').source, baseOf(c.req.header('if-match')));
    log.info({ by: c.get('by'), how: 'replaced', ...applied }, 'http:config_written');
    return c.json(applied, 200, { etag: `"${applied.hash}"` });
  });

  app.openapi(patchRoute, async (c) => {
    const applied = await config.patch(c.req.valid('json'), baseOf(c.req.header('if-match')));
    log.info({ by: c.get('by'), how: 'patched', ...applied }, 'http:config_written');
    return c.json(applied, 200, { etag: `"${applied.hash}"` });
  });
}

/**
 * Returns the hash in `If-Match`; `undefined` when the client accepts any version. Throws
 * InvalidRequestError.
 */
function baseOf(header: string | undefined): string | undefined {
  if (header === undefined || header.trim() === '*') return undefined;
  const hash = /^\s*(?:W\/)?"([^"]*)"\s*$/.exec(header)?.[1];
  if (hash !== undefined) return hash;
  const problem = 'expected one ETag in quotes, as `GET /v1/config` answered it, or *';
  throw new InvalidRequestError([{ where: 'header', field: 'if-match', problem }]);
}

const condition = z.object({
  'if-match': z
    .string()
    .optional()
    .meta({ description: 'ETag of the version that the change was made against. Without it any will do.' }),
});

const showRoute = createRoute({
  method: 'get',
  path: '/v1/config',
  operationId: 'showConfig',
  summary: 'Show the configuration',
  description: 'The file as it is, also when it is not valid, and how it relates to what runs. Has an ETag.',
  responses: { 200: json('The file and what runs.', configView), ...problems },
});

const planRoute = createRoute({
  method: 'post',
  path: '/v1/config/plan',
  operationId: 'planConfig',
  summary: 'See what a change would do',
  description:
    'Checks it completely and changes nothing. Takes the whole file (`source`) or a merge patch (`patch`). 422 `config_invalid` with every problem, its line and column, when it is not valid.',
  request: jsonBody(configDraft, true),
  responses: { 200: json('What would change.', configPlan), ...problems },
});

const replaceRoute = createRoute({
  method: 'put',
  path: '/v1/config',
  operationId: 'replaceConfig',
  summary: 'Replace the configuration',
  description:
    'Writes the file and puts it into force. 422 `config_invalid` when it is not valid, 412 `config_conflict` when `If-Match` names another version than the present one, 400 `config_masked` when a `[redacted]` stands where there is no secret to keep; the file is left alone then.',
  request: { headers: condition, ...jsonBody(configSource, true) },
  responses: { 200: json('What came of it.', configApplied), ...problems },
});

const patchRoute = createRoute({
  method: 'patch',
  path: '/v1/config',
  operationId: 'patchConfig',
  summary: 'Change the configuration',
  description:
    'A JSON merge patch on the file, as `application/merge-patch+json` or `application/json`; comments, order and references that it does not touch stay as they are. Refused as a replacement is.',
  request: { headers: condition, ...jsonBody(configPatch, true) },
  responses: { 200: json('What came of it.', configApplied), ...problems },
});
