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
import { declareRoute } from '../request/route-facts.ts';
import { jsonBody, jsonContent, problemResponses, type RouteContext } from './shared.ts';

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
  'if-match': z.string().optional().meta({
    description: 'ETag of the version that the change is based on. Without it, any version is accepted.',
  }),
});

const showRoute = declareRoute({
  'x-access': 'read',
  method: 'get',
  path: '/v1/config',
  operationId: 'showConfig',
  summary: 'Show the configuration',
  description:
    'The file as it is, even when it is invalid, and the active revision. The response has an ETag.',
  responses: { 200: jsonContent('The file and the active revision.', configView), ...problemResponses },
});

const planRoute = declareRoute({
  'x-access': 'read',
  'x-body-limit': 'config',
  method: 'post',
  path: '/v1/config/plan',
  operationId: 'planConfig',
  summary: 'Plan a change',
  description:
    'Checks a change completely and changes nothing. Takes the whole file (`source`) or a merge patch (`patch`). Answers 422 `config_invalid` with the line and column of every problem when the result is invalid.',
  request: jsonBody(configDraft, true),
  responses: { 200: jsonContent('The changes and their effects.', configPlan), ...problemResponses },
});

const replaceRoute = declareRoute({
  'x-access': 'operate',
  'x-body-limit': 'config',
  method: 'put',
  path: '/v1/config',
  operationId: 'replaceConfig',
  summary: 'Replace the configuration',
  description:
    'Writes the file and applies it. Errors leave the file as it is: 422 `config_invalid` when it is invalid, 412 `config_conflict` when `If-Match` names another version than the present one, 400 `config_masked` when a `[redacted]` does not stand for a secret of the present file.',
  request: { headers: condition, ...jsonBody(configSource, true) },
  responses: { 200: jsonContent('The applied change.', configApplied), ...problemResponses },
});

const patchRoute = declareRoute({
  'x-access': 'operate',
  'x-body-limit': 'config',
  method: 'patch',
  path: '/v1/config',
  operationId: 'patchConfig',
  summary: 'Change the configuration',
  description:
    'Applies a JSON merge patch to the file, sent as `application/merge-patch+json` or `application/json`. Comments, order and references outside the patch stay as they are. The errors are those of a replacement.',
  request: { headers: condition, ...jsonBody(configPatch, true) },
  responses: { 200: jsonContent('The applied change.', configApplied), ...problemResponses },
});
