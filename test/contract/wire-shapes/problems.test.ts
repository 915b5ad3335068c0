import { afterEach, expect, it } from 'vitest';
import { PROBLEM_TYPE, problem } from '../../../src/protocol/problem.ts';
import type { HttpWorld } from '../../support/http.ts';
import { createTalk, startLookingAgent } from './talk.ts';

let world: HttpWorld;
const { ask } = createTalk(() => world);

afterEach(() => world.close());

async function start() {
  world = await startLookingAgent();
}

it('problem', async () => {
  await start();
  expect(await ask(problem, '/v1/sessions/nowhere')).toEqual({
    status: 404,
    type: PROBLEM_TYPE,
    json: {
      type: 'urn:midturn:session_not_found',
      title: 'Session not found',
      status: 404,
      detail: 'There is no session "nowhere". `midturn sessions ls` lists them.',
      code: 'session_not_found',
    },
  });
});

it('codes of the problems that only the API has', async () => {
  await start();
  const code = async (path: string, init: RequestInit = {}) => {
    const answered = await fetch(world.url + path, init);
    return `${answered.status} ${problem.parse(await answered.json()).code}`;
  };
  const post = (body: string, type = 'application/json') => ({
    method: 'POST',
    body,
    headers: { 'content-type': type },
  });
  const messages = '/v1/sessions/a/messages';
  expect(await code('/v1/sessions?limit=x')).toBe('400 invalid_request');
  expect(await code(messages, post('{'))).toBe('400 invalid_request');
  expect(await code(messages, post('{}', 'text/plain'))).toBe('415 unsupported_media_type');
  expect(await code(messages, post(JSON.stringify({ text: 'x'.repeat(100_000) })))).toBe(
    '413 body_too_large',
  );
  expect(await code(messages, post(JSON.stringify({ text: 'x'.repeat(1_001) })))).toBe(
    '413 message_too_large',
  );
  expect(await code('/v1/nothing')).toBe('404 route_not_found');
  expect(await code(messages, { method: 'PUT' })).toBe('405 method_not_allowed');
  expect(await code('/v1/status', { headers: { origin: 'http://x' } })).toBe('403 origin_not_allowed');
  expect(await code('/v1/handovers/9')).toBe('404 handover_not_found');
  expect(await code('/v1/config/revisions/9')).toBe('404 revision_not_found');
  const stale = { 'content-type': 'application/json', 'if-match': '"b"' };
  const put = { method: 'PUT', body: '{"source": "{}"}', headers: stale };
  expect(await code('/v1/config', put)).toBe('412 config_conflict');
  await world.engine.sessions.sendMessage('a', { text: 'hi' });
  expect(await code('/v1/sessions/a/events?after=999')).toBe('410 position_gone');
  world.config.tokens = ['t'];
  expect(await code('/v1/status')).toBe('401 unauthorized');
  world.ready = false;
  expect(await code('/readyz')).toBe('503 not_ready');
});
