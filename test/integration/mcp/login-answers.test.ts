import { expect, it, vi } from 'vitest';
import { answerOf } from '../../support/browser.ts';
import { McpWorld } from '../../support/mcp.ts';
import { configOf, loggedIn, login, open, PATIENT } from './logging-in.ts';

it('a response counts once, and only with the state of the pending login', async (t) => {
  const server = await open(t);
  const world = new McpWorld(t, { wiki: configOf(server) }, PATIENT);
  const first = await answerOf((await world.mcp.beginLogin('wiki')).url);
  const { url, login } = await world.mcp.beginLogin('wiki');
  const answer = await answerOf(url);
  const unknown = { code: 'mcp_login_unknown', status: 400 };
  await expect(world.mcp.finishLogin(first)).rejects.toMatchObject(unknown);
  await expect(world.mcp.finishLogin(new URLSearchParams({ code: 'x', state: 'x' }))).rejects.toMatchObject(
    unknown,
  );
  await expect(world.mcp.finishLogin(new URLSearchParams())).rejects.toMatchObject(unknown);
  expect(await world.mcp.finishLogin(answer)).toBe('wiki');
  await expect(world.mcp.finishLogin(answer)).rejects.toMatchObject(unknown);
  expect(world.mcp.status()).toMatchObject([{ login: { last: { login, error: null } } }]);
});

it('a response that arrives too late is refused and not used', async (t) => {
  const server = await open(t);
  const world = new McpWorld(t, { wiki: configOf(server) }, PATIENT);
  const answer = await answerOf((await world.mcp.beginLogin('wiki')).url);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 11 * 60_000 });
  t.onTestFinished(() => void vi.useRealTimers());
  await expect(world.mcp.finishLogin(answer)).rejects.toMatchObject({
    code: 'mcp_login_expired',
    status: 410,
    message: expect.stringContaining('longer than 10 minutes'),
  });
  await expect(world.mcp.finishLogin(answer)).rejects.toMatchObject({ code: 'mcp_login_unknown' });
});

it('a user who refuses consent changes nothing', async (t) => {
  const server = await open(t);
  const world = await loggedIn(t, server);
  server.answer = 'no';
  await expect(login(world)).rejects.toMatchObject({
    code: 'mcp_login_refused',
    status: 403,
    message: expect.stringContaining('access_denied'),
  });
  expect(world.mcp.status()).toMatchObject([
    {
      state: 'ready',
      login: { since: expect.any(Number), last: { error: expect.stringContaining('access_denied') } },
    },
  ]);
  expect(await world.callTool('mcp__wiki__work')).toEqual({ type: 'text', value: 'done' });
});

it('[K4] errors do not contain what was sent', async (t) => {
  const server = await open(t);
  const world = new McpWorld(t, { wiki: configOf(server) }, PATIENT);
  const answer = await answerOf((await world.mcp.beginLogin('wiki')).url);
  const code = answer.get('code') ?? '';
  answer.set('code', `${code}-forged`);
  const error: Error = await world.mcp.finishLogin(answer).then(
    () => new Error('it was taken'),
    (thrown: Error) => thrown,
  );
  expect(error).toMatchObject({
    code: 'mcp_login_refused',
    message: expect.stringContaining('invalid_grant'),
  });
  expect(`${error.message} ${JSON.stringify(world.reports)}`).not.toContain(code);
});

it('[K7] does not quote a long refusal of an authorization server', async (t) => {
  const server = await open(t);
  const world = new McpWorld(t, { wiki: configOf(server) }, PATIENT);
  const answer = await answerOf((await world.mcp.beginLogin('wiki')).url);
  server.refusal = `the code ${answer.get('code')} is not good. `.repeat(1_000);
  answer.set('code', 'forged');
  await expect(world.mcp.finishLogin(answer)).rejects.toMatchObject({
    code: 'mcp_login_refused',
    message: expect.stringContaining('(it gave no reason)'),
  });
});

it('a response of another authorization server is refused and its text not repeated', async (t) => {
  const server = await open(t);
  const world = new McpWorld(t, { wiki: configOf(server) }, PATIENT);
  server.metadata = { authorization_response_iss_parameter_supported: true };
  for (const iss of [undefined, 'https://evil.example']) {
    const answer = await answerOf((await world.mcp.beginLogin('wiki')).url);
    answer.set('error_description', 'call this number');
    if (iss !== undefined) answer.set('iss', iss);
    const error: unknown = await world.mcp.finishLogin(answer).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'mcp_login_failed', message: expect.not.stringContaining('number') });
  }
  expect(world.mcp.status()).toMatchObject([{ state: 'needs_login', login: { since: null } }]);
});
