import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openStage, startTestDaemon, waitForEvent, waitForLogLine } from '../../crash/stage.ts';
import { requestJson } from '../../support/http-request.ts';
import { referenceServer } from '../../support/mcp.ts';
import { PlayedModel } from '../../support/played-model.ts';
import { inPlace } from '../../support/saves.ts';
import { openSse } from '../../support/sse.ts';
import { applied, soon, textOf } from './stage.ts';

const TOKENS = ['the-first-token-of-all', 'the-second-token-of-all'] as const;
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

it.concurrent('[E4] live keys hold from the next step of a running turn on, and no connection is dropped', async (t) => {
  const [one, two] = [await PlayedModel.open(t), await PlayedModel.open(t)];
  const providers = { one: one.provider, two: two.provider };
  const daemon = await startTestDaemon(t, {
    logging: { format: 'json', level: 'info' },
    auth: { tokens: [TOKENS[0]] },
    providers,
    agents: { main: { model: 'one/alpha', instructions: 'Be brief.', tools: { '*': 'allow' } } },
  });
  const { client, home } = daemon;
  const url = `http://${daemon.log.find(({ msg }) => msg === 'supervisor:listening')?.['address']}`;
  await client.sendMessage('s', { text: 'begin', id: 'm1' });
  const events = await openSse(`${url}/v1/sessions/s/events`, bearer(TOKENS[0]));
  const first = await one.nextCall();
  expect(first).toMatchObject({ model: 'alpha', instructions: expect.stringContaining('Be brief.') });
  expect(first.tools).toContain('http_fetch');

  const files = referenceServer('filesystem', [home.root]);
  const next = {
    logging: { format: 'json', level: 'debug' },
    auth: { tokens: [TOKENS[1]] },
    providers,
    agents: {
      main: { model: 'two/beta', instructions: 'Be thorough.', tools: { '*': 'allow', http_fetch: 'deny' } },
      other: { model: 'two/gamma', tools: { '*': 'allow' } },
    },
    defaultAgent: 'other',
    limits: { message: '1kb', toolOutput: '256b' },
    tools: { mcp: { files: { command: files.command, args: files.args } } },
  };
  inPlace(home.config, textOf(next));
  expect((await applied(daemon, 2))['keys']).toEqual(
    expect.arrayContaining(['auth.tokens', 'defaultAgent', 'agents.main.model', 'tools.mcp.files']),
  );
  await waitForLogLine(daemon, { msg: 'mcp:ready', server: 'files' });
  expect((await client.getStatus()).mcp).toEqual([
    { server: 'files', state: 'ready', tools: expect.any(Number) },
  ]);

  // The turn continues: a step that was started ends as it was started, the next step follows the new file.
  await first.answer({ text: 'Looking.', tools: [{ name: 'list_files', input: { path: home.state } }] });
  const second = await two.nextCall();
  expect(second).toMatchObject({ model: 'beta', instructions: expect.stringContaining('Be thorough.') });
  expect(second.tools).not.toContain('http_fetch');
  expect(second.tools).toContain('mcp__files__list_directory');

  // A request without the new token is refused; a stream that is already open stays open.
  const status = (token: string) => requestJson(`${url}/v1/status`, 'GET', undefined, bearer(token));
  expect((await status(TOKENS[0])).status).toBe(401);
  expect((await status(TOKENS[1])).status).toBe(200);
  await expect(client.sendMessage('s', { text: 'x'.repeat(2_000) })).rejects.toMatchObject({
    code: 'message_too_large',
  });
  await client.sendMessage('new', { text: 'hello', id: 'm2' });
  const others = await two.nextCall();
  expect(others.model).toBe('gamma');
  await others.answer({ text: 'Hello.' });
  expect((await client.getSession('new')).agent).toBe('other');
  expect(daemon.log.filter(({ msg }) => msg === 'config:applied')).toHaveLength(2);
  await soon(t, async () => daemon.log.some(({ level }) => level === 'debug')).toBe(true);

  inPlace(home.config, textOf({ ...next, tools: {} }));
  expect(await applied(daemon, 3)).toMatchObject({ keys: ['tools.mcp.files'] });
  await second.answer({ tools: [{ name: 'mcp__files__list_directory', input: { path: home.root } }] });
  const third = await two.nextCall();
  expect(third.tools.filter((name) => name.startsWith('mcp__'))).toEqual([]);
  expect(third.last).toMatch(/no tool "mcp__files__list_directory"/);
  await third.answer({ text: 'Done.' });

  const seen = [];
  for (let type = ''; type !== 'turn_finished'; type = seen.at(-1)?.type) {
    const { id, data } = await events.next();
    if (id) seen.push(JSON.parse(data));
  }
  expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_, index) => index + 1));
  const begun = seen.filter(({ type }) => type === 'model_call_started');
  expect(begun.map(({ revision, model, generation }) => [revision, model, generation])).toEqual([
    [1, 'one/alpha', 1],
    [2, 'two/beta', 1],
    [3, 'two/beta', 1],
  ]);
  expect(await client.getStatus()).toMatchObject({
    generation: { number: 1 },
    revision: { number: 3 },
    mcp: [],
  });
  events.close();
});

it.concurrent('[E5] a tool that is denied while the model thinks is not run by the turn that is under way', async (t) => {
  const model = await PlayedModel.open(t);
  const agent = (tools: object) => ({
    providers: { far: model.provider },
    agents: { main: { model: 'far/model', tools: { '*': 'allow', ...tools } } },
  });
  const daemon = await startTestDaemon(t, agent({}));
  const { client, home } = daemon;
  await client.sendMessage('s', { text: 'begin', id: 'm1' });
  const first = await model.nextCall();
  inPlace(home.config, textOf(agent({ shell: 'deny' })));
  await applied(daemon, 2);
  const trace = join(home.root, 'it-was-run');
  await first.answer({ tools: [{ name: 'shell', input: { command: `touch '${trace}'` } }] });
  const second = await model.nextCall();
  expect(second.last).toContain('the operator does not allow this agent to use shell');
  expect(second.tools).not.toContain('shell');
  expect(existsSync(trace)).toBe(false);
  await second.answer({ text: 'I see.' });
});

it.concurrent('[E5] nor are calls of the same answer that were waiting their turn', async (t) => {
  const model = await PlayedModel.open(t);
  const web = await openStage(t);
  const agent = (tools: object) => ({
    providers: { far: model.provider },
    agents: { main: { model: 'far/model', tools: { '*': 'allow', ...tools }, limits: { parallelTools: 1 } } },
    tools: { http: { allow: ['127.0.0.1'] } },
  });
  const held = Promise.withResolvers<void>();
  web.setPart('slow', (response) => void held.promise.then(() => response.end('here')));
  const daemon = await startTestDaemon(t, agent({}));
  const { client, home } = daemon;
  await client.sendMessage('s', { text: 'begin', id: 'm1' });
  const fetchOf = (name: string) => ({ name: 'http_fetch', input: { url: `${web.url}/${name}` } });
  await (await model.nextCall()).answer({ tools: [fetchOf('slow'), fetchOf('second'), fetchOf('third')] });
  await web.waitForRequests(1, 'slow');
  inPlace(home.config, textOf(agent({ http_fetch: 'deny' })));
  await applied(daemon, 2);
  held.resolve();
  await (await model.nextCall()).answer({ text: 'I see.' });
  await waitForEvent(daemon, 's', ({ type }) => type === 'turn_finished');
  expect(web.asked).toEqual(['slow']);
});
