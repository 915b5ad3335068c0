import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { startTestDaemon, waitForClosedInput } from '../../crash/stage.ts';
import type { Daemon } from '../../support/daemon.ts';
import { eventsOf, stepsOf } from '../../support/handovers.ts';
import type { Turn } from '../../support/model-server.ts';
import { PlayedModel } from '../../support/played-model.ts';
import { soon } from '../config/stage.ts';

it('[E5] [G2] a grant that is revoked through a leaving generation is not used by the next call in the next one', async (t) => {
  const model = await PlayedModel.open(t);
  const daemon = await startTestDaemon(t, {
    handover: { modelGrace: '40s', drainCap: '50s' },
    providers: { far: model.provider },
    agents: { main: { model: 'far/model', tools: { '*': 'allow', shell: 'ask' } } },
  });
  const { client } = daemon;
  const shell = (command: string): Turn => ({ tools: [{ name: 'shell', input: { command } }] });
  await client.sendMessage('s', { text: 'begin', id: 'm1' });
  for (const [command, scope] of [
    ['echo always', 'always'],
    ['echo session', 'session'],
  ] as const) {
    await (await model.nextCall()).answer(shell(command));
    await client.decideApproval('s', await asked(), { decision: 'approve', scope, from: 'ann' });
  }
  await (await model.nextCall()).answer({ text: 'done' });
  await waitForClosedInput(daemon, 's', 'm1');

  // The first generation stays because of this session's model call, and serves clients that have begun a request
  // to it.
  await client.sendMessage('slow', { text: 'begin' });
  const slow = await model.nextCall();
  const grants = [
    { agent: 'main', session: null, rule: 'shell(=echo always)' },
    { agent: 'main', session: 's', rule: 'shell(=echo session)' },
  ];
  expect(await client.listGrants()).toMatchObject({ grants });
  const revocations = [
    await beginRevocation(daemon, { agent: 'main', rule: 'shell(=echo always)' }),
    await beginRevocation(daemon, { agent: 'main', session: 's', rule: 'shell(=echo session)' }),
  ];
  const left = daemon.waitForLog(({ msg, type }) => msg === 'generation:said' && type === 'left');
  await client.restart('the test');
  await left;
  await client.sendMessage('s', { text: 'go on', id: 'm2' });
  const both = ['echo always', 'echo session'].map((command) => ({ name: 'shell', input: { command } }));
  await (await model.nextCall()).answer({ tools: both });
  // The turn runs in the second generation, and has used both grants.
  const second = await model.nextCall();
  expect(await Promise.all(revocations.map((end) => end()))).toEqual(grants);
  await second.answer(shell('echo always'));
  await client.decideApproval('s', await asked(), { decision: 'deny', from: 'ben' });
  await (await model.nextCall()).answer(shell('echo session'));
  await client.decideApproval('s', await asked(), { decision: 'deny', from: 'ben' });
  await (await model.nextCall()).answer({ text: 'done' });
  const events = await eventsOf(daemon, 's', 'm2');
  expect(stepsOf(events).filter((step) => step.startsWith('tool'))).toEqual([
    'tool call 1.1, attempt 1, generation 1',
    'tool call 2.1, attempt 1, generation 1',
    'tool call 4.1, attempt 1, generation 2',
    'tool call 4.2, attempt 1, generation 2',
  ]);
  await slow.answer({ text: 'at last' });

  async function asked(): Promise<string> {
    await soon(t, () => client.listApprovals({ state: 'pending' })).toMatchObject({ approvals: [{}] });
    return String((await client.listApprovals({ state: 'pending' })).approvals[0]?.approval);
  }
});

/**
 * Sends the first part of a request to the serving generation, which gets the rest even when another one serves by
 * then.
 */
async function beginRevocation({ home }: Daemon, grant: object): Promise<() => Promise<unknown>> {
  const body = JSON.stringify(grant);
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    expect: '100-continue',
  };
  const sent = request({ socketPath: home.socket, path: '/v1/grants', method: 'DELETE', headers });
  sent.flushHeaders();
  await once(sent, 'continue');
  return async () => {
    const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
    sent.end(body);
    const [answer] = await answered;
    return json(answer);
  };
}
