import { expect, it } from 'vitest';
import { MethodNotAllowedError, RouteNotFoundError } from '../../errors/http.ts';
import { explainNoRoute } from './not-found.ts';

const ROUTES = [
  { method: 'get', path: '/v1/sessions' },
  { method: 'get', path: '/v1/sessions/{session}/messages' },
  { method: 'post', path: '/v1/sessions/{session}/messages' },
  { method: 'get', path: '/v1/status' },
  { method: 'get', path: '/healthz' },
];

it('names the methods that a route accepts', () => {
  const error = explainNoRoute('PUT', '/v1/sessions/a%2Fb/messages', ROUTES);
  expect(error).toBeInstanceOf(MethodNotAllowedError);
  expect(error).toMatchObject({ details: { allow: ['GET', 'POST'] } });
});

it.each([
  ['/v1/stauts', 'GET /v1/status'],
  ['/v1/session', 'GET /v1/sessions'],
  ['/health', 'GET /healthz'],
  ['/v1/sessions/a/mesages', 'GET /v1/sessions/{session}/messages'],
  ['/sessions', 'GET /v1/sessions'],
])('knows what %s was meant to be', (path, first) => {
  const error = explainNoRoute('GET', path, ROUTES);
  expect(error).toBeInstanceOf(RouteNotFoundError);
  expect(error).toMatchObject({ details: { routes: expect.arrayContaining([first]) } });
});

it('suggests nothing for a path that resembles no route', () => {
  expect(explainNoRoute('GET', '/wp-admin/setup.php/x/y/z/a', ROUTES)).toMatchObject({
    details: { routes: [] },
  });
});
