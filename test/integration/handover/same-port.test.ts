import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { waitForLogLine } from '../../crash/stage.ts';
import type { Daemon } from '../../support/daemon.ts';
import { requestHealth, requestRepeatedly } from '../../support/knocking.ts';
import { inPlace } from '../../support/saves.ts';
import { soon, textOf, upWithGood } from '../config/stage.ts';

const auth = { tokens: ['a-token-that-is-long-enough'] };
const KNOCKING = 6;

it('[C1] listening on more or fewer addresses of the same port refuses and cuts no client that reaches both', async (t) => {
  const port = await freePort();
  const daemon = await upWithGood(t, { listen: `127.0.0.1:${port}`, auth });
  const over = new AbortController();
  const knocking = Array.from({ length: KNOCKING }, () =>
    requestRepeatedly({ host: '127.0.0.1', port }, over.signal),
  );
  const hosts = ['0.0.0.0', '127.0.0.1', '0.0.0.0', 'localhost'];
  for (const [index, host] of hosts.entries()) {
    await listenOn(daemon, `${host}:${port}`, index + 2);
    expect(await requestHealth({ host: '127.0.0.1', port })).toBe('200');
    const elsewhere = otherAddress();
    if (elsewhere === undefined) continue;
    const wanted = host === '0.0.0.0' ? '200' : 'ECONNREFUSED';
    await soon(t, () => requestHealth({ host: elsewhere, port, headers: { host: 'localhost' } })).toBe(
      wanted,
    );
  }
  over.abort();
  for (const answers of await Promise.all(knocking)) {
    expect(answers.length).toBeGreaterThan(hosts.length);
    expect([...new Set(answers)]).toEqual(['200']);
  }
});

it('[C1] the same for a daemon that started with all addresses', async (t) => {
  const port = await freePort();
  const daemon = await upWithGood(t, { listen: `0.0.0.0:${port}`, auth });
  const over = new AbortController();
  const knocking = Array.from({ length: KNOCKING }, () =>
    requestRepeatedly({ host: '127.0.0.1', port }, over.signal),
  );
  for (const [index, host] of ['127.0.0.1', '0.0.0.0', '127.0.0.1'].entries()) {
    await listenOn(daemon, `${host}:${port}`, index + 2);
  }
  over.abort();
  for (const answers of await Promise.all(knocking)) expect([...new Set(answers)]).toEqual(['200']);
});

it('[C1] [E10] a revision that fails on trial restores the former address, and no client is refused', async (t) => {
  for (const [from, to] of [
    ['127.0.0.1', '0.0.0.0'],
    ['0.0.0.0', '127.0.0.1'],
  ]) {
    const port = await freePort();
    const daemon = await upWithGood(t, { listen: `${from}:${port}`, auth });
    await listenOn(daemon, `${to}:${port}`, 2, '1h');
    const over = new AbortController();
    const knocking = requestRepeatedly({ host: '127.0.0.1', port }, over.signal);
    await daemon.killGeneration();
    await soon(t, () => daemon.client.getStatus()).toMatchObject({
      mode: 'degraded',
      revision: { number: 1, state: 'good' },
    });
    over.abort();
    const answers = await knocking;
    // Only requests that the killed process had accepted are lost with it.
    const others = answers.filter((answer) => answer !== '200');
    expect(others.filter((answer) => answer !== 'ECONNRESET')).toEqual([]);
    expect(others.length).toBeLessThan(2);
    await soon(t, async () => addressOf(daemon)).toBe(`${from}:${port}`);
    await daemon.shutDown();
  }
});

it('[C10] a port of which another process has a part is refused with that reason, and nothing changes', async (t) => {
  const elsewhere = otherAddress();
  t.skip(elsewhere === undefined, 'the machine has but the loopback address');
  const other = createServer().listen(0, elsewhere);
  await once(other, 'listening');
  t.onTestFinished(() => void other.close());
  const port = portOf(other.address());
  const daemon = await upWithGood(t, { listen: `127.0.0.1:${port}`, auth });
  const from = daemon.log.length;
  inPlace(daemon.home.config, textOf({ listen: `0.0.0.0:${port}`, auth }));
  expect(await waitForLogLine(daemon, { msg: 'handover:failed' }, from)).toMatchObject({
    failure: expect.stringMatching(
      /^Cannot listen on 0\.0\.0\.0:\d+: something else listens there.*\(EADDRINUSE\)/,
    ),
  });
  expect(addressOf(daemon)).toBe(`127.0.0.1:${port}`);
  expect(await requestHealth({ host: '127.0.0.1', port })).toBe('200');
});

it('a second daemon on the port of the first, or on all addresses of it, reports the conflict and does not start', async (t) => {
  const port = await freePort();
  await upWithGood(t, { listen: `127.0.0.1:${port}`, auth });
  for (const host of ['127.0.0.1', '0.0.0.0']) {
    await expect(upWithGood(t, { listen: `${host}:${port}`, auth })).rejects.toThrow(
      /Cannot listen on \S+: something else listens there.*\(EADDRINUSE\)/,
    );
  }
});

async function listenOn(daemon: Daemon, listen: string, generation: number, trial = '0ms'): Promise<void> {
  const from = daemon.log.length;
  inPlace(daemon.home.config, textOf({ listen, auth, handover: { trial } }));
  await waitForLogLine(daemon, { msg: 'handover:done', to: generation }, from);
}

function addressOf({ home }: Daemon): unknown {
  return JSON.parse(readFileSync(join(home.run, 'supervisor.json'), 'utf8')).address;
}

/** Returns an address of this machine that is not a loopback address; undefined when there is none. */
function otherAddress(): string | undefined {
  const found = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return found.find(({ internal, family }) => !internal && family === 'IPv4')?.address;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '0.0.0.0');
  await once(server, 'listening');
  const port = portOf(server.address());
  server.close();
  await once(server, 'close');
  return port;
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return address.port;
}
