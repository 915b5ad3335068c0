import { expect, it, onTestFinished } from 'vitest';
import { createNodeClient } from '../../src/client/node.ts';
import { type HttpOptions, startHttp } from '../support/http.ts';
import { requestJson } from '../support/http-request.ts';

async function start(cost: number | null, config: HttpOptions['config'] = {}) {
  const world = await startHttp({
    config,
    script: [{ tools: [{ name: 'no_such_tool', input: {} }] }, { text: 'It is done.' }],
    ports: { priceCall: async () => cost },
  });
  onTestFinished(() => world.close());
  const send = (session: string, from: string) =>
    world.engine.ask(session, { id: `${session}-${from}`, text: 'Go.', from });
  return { world, send, client: createNodeClient({ url: world.url }) };
}

it('[N1] reports calls, tokens and exact costs by each dimension', async () => {
  const { send, client } = await start(3_150_001);
  await send('a', 'ann');
  await send('b', 'bob');
  const byPerson = await client.reportUsage({ by: 'person' });
  expect(byPerson.total).toMatchObject({ calls: 4, failed: 0, output: 6, cost: '0.012600004' });
  expect(byPerson.groups.map(({ value, calls, cost }) => [value, calls, cost])).toEqual([
    ['ann', 2, '0.006300002'],
    ['bob', 2, '0.006300002'],
  ]);
  expect(byPerson.catalogue.date).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  const values = async (by: 'session' | 'tree' | 'agent' | 'model' | 'purpose' | 'schedule') =>
    (await client.reportUsage({ by })).groups.map(({ value, calls }) => [value, calls]);
  expect(await values('session')).toEqual([
    ['a', 2],
    ['b', 2],
  ]);
  expect(await values('agent')).toEqual([['main', 4]]);
  expect(await values('model')).toEqual([['scripted/test', 4]]);
  expect(await values('schedule')).toEqual([[null, 4]]);
  expect((await client.reportUsage({ by: 'day', session: 'a' })).groups).toMatchObject([{ calls: 2 }]);
});

it('[N1] a cost without any price is null, and no calls cost zero', async () => {
  const { send, client } = await start(null);
  expect((await client.reportUsage()).total).toMatchObject({ calls: 0, cost: '0' });
  await send('a', 'ann');
  expect((await client.reportUsage()).total).toMatchObject({ calls: 2, unpriced: 2, cost: null });
});

it('[N1] selects hours, and refuses a dimension that does not exist', async () => {
  const { world, send, client } = await start(1);
  await send('a', 'ann');
  expect((await client.reportUsage({ since: Date.now() })).total.calls).toBe(2);
  expect((await client.reportUsage({ until: 3_600_000 })).total.calls).toBe(0);
  const refused = await requestJson(`${world.url}/v1/usage?by=colour`, 'GET');
  expect(refused.status).toBe(400);
});

it('[N1] a client with limits gets the usage of its sessions only', async () => {
  const token = 'b'.repeat(40);
  const { world, send } = await start(1, {
    tokens: ['a'.repeat(40)],
    clients: { team: { token, role: 'reader', sessions: ['team/*'] } },
  });
  await send('team/a', 'ann');
  await send('b', 'bob');
  const client = createNodeClient({ url: world.url, token });
  expect(await client.reportUsage({ by: 'person' })).toMatchObject({
    total: { calls: 2 },
    groups: [{ value: 'ann', calls: 2 }],
  });
});
