import { afterEach, expect, it } from 'vitest';
import { startTestDaemon } from '../crash/stage.ts';
import { type HttpWorld, startHttp } from '../support/http.ts';
import { requestJson } from '../support/http-request.ts';
import { PlayedModel } from '../support/played-model.ts';
import { inPlace } from '../support/saves.ts';
import { midturn } from './cli/midturn.ts';
import { applied, soon, textOf } from './config/stage.ts';

const ANN = 'the-token-of-ann-of-the-test';
const BEN = 'the-token-of-ben-of-the-test';
const OPERATOR = 'the-token-of-the-operator';

const worlds: HttpWorld[] = [];
afterEach(() => Promise.all(worlds.splice(0).map((world) => world.close())));

async function served(): Promise<HttpWorld> {
  const world = await startHttp({ config: { tokens: [OPERATOR], people: { ann: ANN, ben: BEN } } });
  worlds.push(world);
  return world;
}

const as = (token: string) => ({ authorization: `Bearer ${token}` });

it("[K3] a client with a person's token acts as that person and under no other name", async () => {
  const { url, engine } = await served();
  const say = (more: object, token = ANN) =>
    requestJson(`${url}/v1/sessions/s/messages`, 'POST', { text: 'hi', mode: 'queue', ...more }, as(token));
  expect((await say({ id: 'a' })).status).toBe(202);
  expect((await say({ id: 'b', from: 'ann' })).status).toBe(202);
  expect(await say({ id: 'c', from: 'ben' })).toMatchObject({
    status: 403,
    body: { code: 'not_your_name', detail: expect.stringMatching(/that of "ann".*cannot act as "ben"/) },
  });
  // The operator may say who it was.
  expect((await say({ id: 'd', from: 'ben' }, OPERATOR)).status).toBe(202);
  const events = await engine.journal.readEvents('s', 0, 100);
  const names = events.flatMap((event) =>
    event.type === 'input_received' && event.input.kind === 'message'
      ? [[event.input.id, event.input.from]]
      : [],
  );
  expect(names).toEqual([
    ['a', 'ann'],
    ['b', 'ann'],
    ['d', 'ben'],
  ]);
});

it.each(['cancel', 'release', 'approvals/x'])(
  '[K3] the same for everything that has a name: %s',
  async (what) => {
    const { url } = await served();
    const body = { from: 'ben', ...(what.startsWith('approvals') ? { decision: 'approve' } : {}) };
    const sent = await requestJson(`${url}/v1/sessions/s/${what}`, 'POST', body, as(ANN));
    expect([sent.status, sent.body.code]).toEqual([403, 'not_your_name']);
    const own = await requestJson(`${url}/v1/sessions/s/${what}`, 'POST', { ...body, from: 'ann' }, as(ANN));
    expect(own.status).toBe(404);
  },
);

it('[K1] with people alone the address needs a token too, and none of theirs changes the configuration', async () => {
  const world = await served();
  world.config.tokens = [];
  const { url, wishes } = world;
  expect((await requestJson(`${url}/v1/status`, 'GET')).status).toBe(401);
  expect((await requestJson(`${url}/v1/status`, 'GET', undefined, as(ANN))).status).toBe(200);
  expect((await requestJson(`${url}/v1/config`, 'GET', undefined, as(ANN))).status).toBe(200);
  const changes: [string, string, object][] = [
    ['PUT', '/v1/config', { source: '{}' }],
    ['PATCH', '/v1/config', { limits: { turns: 1 } }],
    ['POST', '/v1/config/rollback', { revision: 1 }],
    ['POST', '/v1/mcp/wiki/login', {}],
    ['PUT', '/v1/mcp/login', { address: 'http://127.0.0.1/?state=right' }],
    ['DELETE', '/v1/mcp/wiki/login', {}],
  ];
  for (const [method, path, body] of changes) {
    const refused = await requestJson(`${url}${path}`, method, body, as(ANN));
    expect([refused.status, refused.body.code]).toEqual([403, 'operator_only']);
  }
  expect(wishes).toEqual([]);
});

it('[G2] [K3] [K4] only approvers decide, proven by their tokens, from the moment on that the file says so', async (t) => {
  const model = await PlayedModel.open(t);
  const config = (people: object) => ({
    auth: { tokens: [OPERATOR], people },
    providers: { far: model.provider },
    agents: {
      main: {
        model: 'far/model',
        tools: { '*': 'allow', shell: 'ask' },
        approvals: { approvers: ['ann', 'cleo'] },
      },
    },
  });
  const daemon = await startTestDaemon(t, config({ ann: ANN, ben: BEN }));
  const { client, home } = daemon;
  const url = `http://${daemon.log.find(({ msg }) => msg === 'supervisor:listening')?.['address']}`;
  const decide = (approval: string, token: string, more = {}) =>
    requestJson(
      `${url}/v1/sessions/s/approvals/${approval}`,
      'POST',
      { decision: 'approve', ...more },
      as(token),
    );

  const one = await ask('echo one');
  expect((await decide(one, BEN)).body).toMatchObject({ code: 'not_an_approver' });
  expect((await decide(one, BEN, { from: 'ann' })).body).toMatchObject({ code: 'not_your_name' });
  const cli = (...args: string[]) => midturn(home.root, args, { test: t });
  expect((await cli('approvals', 'approve', one, '--url', url, '--token', BEN)).stderr).toContain(
    '"ben" may not decide about this agent\'s calls',
  );
  expect((await cli('approvals', 'approve', one, '--url', url, '--token', ANN)).code).toBe(0);
  expect(await client.getApproval(one)).toMatchObject({ state: 'approved', from: 'ann' });
  await (await model.nextCall()).answer({ text: 'Done.' });

  // Ann leaves: her token is refused from now on, on open connections too.
  inPlace(home.config, textOf(config({ ben: BEN })));
  await applied(daemon, 2);
  const two = await ask('echo two');
  expect((await decide(two, ANN)).status).toBe(401);
  expect((await client.getApproval(two)).state).toBe('pending');
  // Who has the operator's token, or the home, may say who it was.
  expect((await decide(two, OPERATOR, { from: 'cleo' })).status).toBe(202);
  await (await model.nextCall()).answer({ text: 'Done.' });
  for (const secret of [ANN, BEN, OPERATOR]) {
    expect(daemon.output).not.toContain(secret);
    expect(JSON.stringify(await client.config.show())).not.toContain(secret);
  }

  async function ask(command: string): Promise<string> {
    await client.sendMessage('s', { text: command });
    await (await model.nextCall()).answer({ tools: [{ name: 'shell', input: { command } }] });
    await soon(t, () => client.listApprovals({ state: 'pending' })).toMatchObject({ approvals: [{}] });
    const [asked] = (await client.listApprovals({ state: 'pending' })).approvals;
    return String(asked?.approval);
  }
});
