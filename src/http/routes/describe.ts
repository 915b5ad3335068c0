import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import type { ApiEnv } from '../ports/deps.ts';
import { declareRoute } from '../request/route-facts.ts';
import { jsonContent, problemResponses } from './shared.ts';

/** Registers the route that answers the OpenAPI document. */
export function describeRoute(app: OpenAPIHono<ApiEnv>, describe: () => object): void {
  app.openapi(route, (c) => c.json(describe(), 200));
}

const route = declareRoute({
  'x-access': 'read',
  method: 'get',
  path: '/openapi.json',
  operationId: 'describeApi',
  summary: 'Describe the API',
  description: 'The OpenAPI 3.1 document. `x-access` of each operation says who may use it.',
  responses: { 200: jsonContent('The document.', z.looseObject({})), ...problemResponses },
});
