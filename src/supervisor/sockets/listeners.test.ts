import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, type TestContext } from 'vitest';
import type { ListeningSocket } from '../ipc/messages.ts';
import { Listeners } from './listeners.ts';

let folder = '';
let listeners: Listeners | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'midturn-'));
});
afterEach(() => {
  listeners?.close();
  listeners = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const socketPath = () => join(folder, 'midturn.sock');

describe('listeners', () => {
  it('accept no connection themselves: clients wait until a child serves, before the first one and after any', async () => {
    listeners = await Listeners.open('127.0.0.1:0', socketPath());
    for (const name of ['first', 'second']) {
      const early = await Promise.all([1, 2, 3].flatMap(() => [tcpClient(), unixClient()]));
      const answers = early.map((client) => text(client));
      const child = serveOnce(name, answers.length, await sockets('127.0.0.1:0'));
      expect(await Promise.all(answers)).toEqual(Array(6).fill(name));
      await once(child, 'exit');
    }
  });

  it.skipIf(!hasIPv6())('report the real port in their address, on IPv6 too', async () => {
    listeners = await Listeners.open('[::1]:0', socketPath());
    expect(listeners.address).toMatch(/^\[::1\]:[1-9]\d*$/);
    expect(await sockets('[::1]:0')).toMatchObject([
      { kind: 'tcp', address: listeners.address },
      { kind: 'unix' },
    ]);
  });

  it('[K2] replace a stale socket file by one for the owner only, and remove it at the end', async () => {
    writeFileSync(socketPath(), '');
    const bound = await Listeners.open('localhost:0', socketPath());
    expect(statSync(socketPath()).isSocket()).toBe(true);
    expect(statSync(socketPath()).mode & 0o777).toBe(0o600);
    bound.close();
    expect(existsSync(socketPath())).toBe(false);
  });
});

describe('another address', () => {
  it('is bound beside the present one, which is closed when the new one is adopted', async () => {
    listeners = await Listeners.open('127.0.0.1:0', socketPath());
    const before = listeners.address;
    const other = await listeners.acquireTcp('localhost:0');
    expect(listeners.address).toBe(before);
    await tcpClient();
    listeners.adoptTcp(other);
    expect(listeners.address).toBe(other.listener.address);
    await expect(connected(connect(Number(before.split(':')[1]), '127.0.0.1'))).rejects.toThrow(
      'ECONNREFUSED',
    );
    await tcpClient();
    expect(await listeners.acquireTcp('localhost:0')).toBe(other);
  });

  it('leaves the present one unchanged when it is taken', async (t) => {
    listeners = await Listeners.open('127.0.0.1:0', socketPath());
    await expect(listeners.acquireTcp(await stranger(t, '127.0.0.1'))).rejects.toMatchObject({
      code: 'listen_failed',
    });
    await tcpClient();
  });

  it('returns the present socket when it means the same address', async () => {
    listeners = await Listeners.open('127.0.0.1:0', socketPath());
    expect(await listeners.acquireTcp(listeners.address)).toBe(listeners.tcp);
    expect(await listeners.acquireTcp(listeners.address.replace('127.0.0.1', 'localhost'))).toBe(
      listeners.tcp,
    );
  });
});

describe('an address that covers the present one', () => {
  it('[C1] serves clients that connected before the change after it, in both directions', async () => {
    listeners = await Listeners.open('127.0.0.1:0', socketPath());
    const narrow = listeners.address;
    const wide = narrow.replace('127.0.0.1', '0.0.0.0');
    for (const listen of [wide, narrow, wide]) {
      const early = [await tcpClient(), await tcpClient()];
      const tcp = await listeners.acquireTcp(listen);
      early.push(await tcpClient());
      const inherited = listeners.listSocketsFor(tcp);
      expect(inherited).toHaveLength(listen === wide ? 3 : 2);
      const answers = early.map((client) => text(client));
      const child = serveOnce('served', early.length, inherited);
      expect(await Promise.all(answers)).toEqual(['served', 'served', 'served']);
      await once(child, 'exit');
      listeners.adoptTcp(tcp);
      expect(listeners.address).toBe(listen);
    }
  });

  it('or is covered by it receives no clients before a generation serves them', async () => {
    listeners = await Listeners.open('0.0.0.0:0', socketPath());
    const narrow = await listeners.acquireTcp(listeners.address.replace('0.0.0.0', '127.0.0.1'));
    const client = await tcpClient();
    listeners.discardTcp(narrow);
    const answer = text(client);
    serveOnce('served', 1, listeners.listSocketsFor(listeners.tcp));
    expect(await answer).toBe('served');
  });

  it('listens at once when it is adopted while no generation serves', async () => {
    listeners = await Listeners.open('0.0.0.0:0', socketPath());
    const narrow = await listeners.acquireTcp(listeners.address.replace('0.0.0.0', '127.0.0.1'));
    listeners.listenAndAdopt(narrow);
    expect(listeners.address).toMatch(/^127/);
    await tcpClient();
  });
});

describe('an address that cannot be bound', () => {
  it.each(['7717', '127.0.0.1', '127.0.0.1:70000', '::1:7717', 'http://localhost:1', ''])(
    'refuses "%s" as a setting',
    async (listen) => {
      await expect(Listeners.open(listen, socketPath())).rejects.toMatchObject({
        code: 'listen_address',
        exitCode: 78,
      });
    },
  );

  it('names the address and the reason', async () => {
    await expect(Listeners.open('192.0.2.1:7717', socketPath())).rejects.toMatchObject({
      code: 'listen_failed',
      details: { address: '192.0.2.1:7717', errno: 'EADDRNOTAVAIL' },
    });
    const nowhere = join(folder, 'missing', 'midturn.sock');
    await expect(Listeners.open('127.0.0.1:0', nowhere)).rejects.toThrow(nowhere);
  });

  it('is refused when another daemon has it, even when both request it at the same time', async () => {
    const listen = await freeAddress();
    const paths = ['one', 'two', 'three'].map((name) => join(folder, name));
    const opened = await Promise.allSettled(paths.map((path) => Listeners.open(listen, path)));
    const won = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    expect(won).toHaveLength(1);
    for (const wide of [listen, listen.replace('127.0.0.1', '0.0.0.0')]) {
      await expect(Listeners.open(wide, socketPath())).rejects.toMatchObject({
        details: { address: wide, errno: 'EADDRINUSE' },
      });
    }
    for (const each of won) each.close();
  });

  it.runIf(otherAddress())('is refused when another daemon has a part of it', async () => {
    listeners = await Listeners.open('127.0.0.1:0', socketPath());
    const part = listeners.address.replace('127.0.0.1', String(otherAddress()));
    const other = await Listeners.open(part, join(folder, 'other'));
    const wide = listeners.address.replace('127.0.0.1', '0.0.0.0');
    await expect(listeners.acquireTcp(wide)).rejects.toMatchObject({ details: { errno: 'EADDRINUSE' } });
    other.close();
    listeners.discardTcp(await listeners.acquireTcp(wide));
  });

  it('is tried again until the patience is over', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const listen = addressOf(other);
    await expect(Listeners.open(listen, socketPath())).rejects.toMatchObject({
      details: { errno: 'EADDRINUSE' },
    });
    const bound = Listeners.open(listen, socketPath(), 10_000);
    other.close();
    listeners = await bound;
    expect(listeners.address).toBe(listen);
  });
});

/** Checks for IPv6, because containers often have no IPv6 address, not even the loopback one. */
function hasIPv6(): boolean {
  return Object.values(networkInterfaces()).some((found) => found?.some(({ address }) => address === '::1'));
}

/** Returns an address of this machine that is not a loopback address; undefined when there is none. */
function otherAddress(): string | undefined {
  const found = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return found.find(({ internal, family }) => !internal && family === 'IPv4')?.address;
}

async function stranger(t: TestContext, host: string): Promise<string> {
  const other = createServer().listen(0, host);
  await once(other, 'listening');
  t.onTestFinished(() => void other.close());
  return addressOf(other);
}

async function freeAddress(): Promise<string> {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const free = addressOf(other);
  other.close();
  return free;
}

function addressOf(server: Server): string {
  const address = server.address();
  return `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

async function sockets(listen: string): Promise<readonly ListeningSocket[]> {
  const tcp = await listeners?.acquireTcp(listen);
  return (tcp && listeners?.listSocketsFor(tcp)) ?? [];
}

async function tcpClient(): Promise<Socket> {
  const port = listeners?.address.split(':').at(-1);
  return connected(connect({ host: '127.0.0.1', port: Number(port) }));
}

async function unixClient(): Promise<Socket> {
  return connected(connect({ path: socketPath() }));
}

async function connected(client: Socket): Promise<Socket> {
  await once(client, 'connect');
  // No process accepts the connection; it is reset when the socket ends.
  client.on('error', () => {});
  return client;
}

/** Starts a child that answers `count` connections with `answer` and exits. */
function serveOnce(answer: string, count: number, inherited: readonly ListeningSocket[]): ChildProcess {
  const script = `
    let left = ${count};
    const serve = (client) => client.end('${answer}').on('close', () => --left || process.exit());
    for (const fd of ${JSON.stringify(inherited.map((_, index) => 3 + index))}) require('node:net').createServer(serve).listen({ fd });`;
  const fds = inherited.map(({ fd }) => fd);
  return spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'inherit', 'inherit', ...fds] });
}
