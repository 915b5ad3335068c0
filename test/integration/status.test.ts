import { writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, it, type TestContext } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { limitFileSize } from '../support/limit-file-size.ts';
import { midturn } from './cli/midturn.ts';

it.runIf(process.platform === 'linux')(
  '[J9] a full disk makes the status degraded and the daemon not ready, until there is space again',
  async (t) => {
    const daemon = await started(t);
    expect(await readiness(daemon)).toMatchObject({ status: 200 });
    limitFileSize(daemon.generationPid, '1');
    await expect
      .poll(() => readiness(daemon))
      .toMatchObject({
        status: 503,
        body: { code: 'not_ready', detail: expect.stringContaining('The journal cannot be written') },
      });
    expect(await daemon.client.getStatus()).toMatchObject({
      mode: 'degraded',
      reasons: [expect.stringContaining('The journal cannot be written')],
    });
    limitFileSize(daemon.generationPid, 'unlimited');
    await expect.poll(() => readiness(daemon)).toMatchObject({ status: 200 });
    expect(await daemon.client.getStatus()).toMatchObject({ mode: 'normal', reasons: [] });
  },
);

it('the status says what waiting sessions wait for, and a turn without a place is queued', async (t) => {
  const daemon = await started(t, {
    providers: {
      scripted: {
        type: 'scripted',
        concurrency: 1,
        scripts: {
          asks: [{ tools: [{ name: 'shell', input: { command: 'true' } }] }, { text: 'ok' }],
          slow: [{ text: 'never', delay: '10m' }],
        },
      },
    },
    agents: {
      asks: { model: 'scripted/asks', tools: { shell: 'ask' } },
      slow: { model: 'scripted/slow' },
    },
    defaultAgent: 'slow',
  });
  const { client } = daemon;
  await client.sendMessage('asks', { text: 'go', agent: 'asks' });
  await expect
    .poll(() => client.getStatus())
    .toMatchObject({
      sessions: { waiting: 1 },
      waiting: [{ session: 'asks', waitsFor: 'approval', retryAt: null }],
    });
  await client.sendMessage('first', { text: 'go' });
  await expect.poll(() => client.getSession('first')).toMatchObject({ status: 'running' });
  await client.sendMessage('second', { text: 'go' });
  await expect.poll(() => client.getSession('second')).toMatchObject({ status: 'queued' });
  expect(await client.getStatus()).toMatchObject({ sessions: { running: 1, queued: 1, waiting: 1 } });
});

it('[A7] [E5] names the limit at which a turn waits, and the turn continues once the file raises it', async (t) => {
  const config = (turnModelCalls: number) => ({
    providers: {
      scripted: {
        type: 'scripted',
        scripts: { main: [{ tools: [{ name: 'list_files', input: {} }] }, { text: 'done' }] },
      },
    },
    agents: { main: { model: 'scripted/main', limits: { turnModelCalls, atTurnLimit: 'ask' } } },
  });
  const { client, home } = await started(t, config(1));
  await client.sendMessage('s', { text: 'go', id: 'm' });
  await expect
    .poll(() => client.getStatus())
    .toMatchObject({ waiting: [{ session: 's', waitsFor: 'approval', limit: 'turnModelCalls' }] });
  const { stdout } = await midturn(home.root, ['status']);
  expect(stdout).toContain(
    's: a decision whether its turn may continue at limits.turnModelCalls; see `midturn approvals ls`',
  );
  writeFileSync(home.config, JSON.stringify(config(5)));
  await expect
    .poll(() => client.getSession('s'))
    .toMatchObject({ status: 'idle', last: { outcome: 'answered' } });
});

const ONE_AGENT = {
  providers: { scripted: { type: 'scripted', scripts: { main: [{ text: 'ok' }] } } },
  agents: { main: { model: 'scripted/main' } },
};

async function started({ onTestFinished }: TestContext, config: object = ONE_AGENT): Promise<Daemon> {
  const daemon = new Daemon(config);
  onTestFinished(() => daemon.dispose());
  await daemon.startUp();
  return daemon;
}

async function readiness({ home }: Daemon): Promise<{ status: number | undefined; body: unknown }> {
  const sent = request({ socketPath: home.socket, path: '/readyz', agent: false });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve).once('error', reject).end();
  });
  return { status: response.statusCode, body: JSON.parse(await text(response)) };
}
