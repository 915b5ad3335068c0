import { OpenAPIHono } from '@hono/zod-openapi';
import { expect, it } from 'vitest';
import type { ApiEnv } from '../ports/deps.ts';
import { declareRoute, RouteTable } from './route-facts.ts';

const open = declareRoute({
  'x-access': 'open',
  method: 'get',
  path: '/a/{name}',
  responses: { 200: { description: 'It is here.' } },
});

it('finds the facts of a route by the request that it answers, HEAD included', async () => {
  const app = new OpenAPIHono<ApiEnv>();
  const routes = new RouteTable();
  const found: unknown[] = [];
  app.use(async (c, next) => {
    found.push(routes.findFacts(c));
    await next();
  });
  app.openapi(open, (c) => c.body(null, 200));
  routes.readRoutes(app);
  await app.request('/a/b');
  await app.request('/a/b', { method: 'HEAD' });
  await app.request('/a/b', { method: 'POST' });
  await app.request('/a');
  const facts = { 'x-access': 'open', 'x-body-limit': 'message' };
  expect(found).toEqual([
    expect.objectContaining(facts),
    expect.objectContaining(facts),
    undefined,
    undefined,
  ]);
});

it('refuses to serve a route that does not declare its access', () => {
  const app = new OpenAPIHono<ApiEnv>();
  app.openapi(open, (c) => c.body(null, 200));
  app.get('/b', (c) => c.text('there'));
  expect(() => new RouteTable().readRoutes(app)).toThrow(
    'The route GET /b does not declare its access; use declareRoute.',
  );
});
