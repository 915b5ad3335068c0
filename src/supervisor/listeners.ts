import { spawnSync } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { chmodSync, rmSync } from 'node:fs';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { getSystemErrorName } from 'node:util';
import { ListenAddressError, ListenError } from '../errors/supervisor.ts';
import type { Listener } from './messages.ts';

/** A socket that is bound and listens, but is never accepted on by this process. */
export interface BoundSocket {
  /** What was asked for, such as port 0. */
  readonly listen: string;
  /** `fd` is this process's number; a child sees the one that its `stdio` gives it. */
  readonly listener: Listener;
  /** Of this process's descriptor. The socket lives on as long as a generation has it. */
  close(): void;
}

/**
 * The daemon's two sockets: generations inherit their file descriptors and accept. While no generation does,
 * connections wait in the kernel's queue. The TCP socket can be exchanged for one with another address.
 */
export class Listeners {
  readonly #unix: BoundSocket;
  #tcp: BoundSocket;

  /**
   * Call it while holding the home's lock: a socket file that is there is then known to be stale.
   * `patience` is how long, in ms, an address in use is tried again (a killed supervisor's generation needs a moment
   * to let go of it). Rejects with ListenError or ListenAddressError.
   */
  static async open(listen: string, socketPath: string, patience = 0): Promise<Listeners> {
    const tcp = await bindTcp(listen, patience);
    return closedOnFailure(tcp, () => {
      const unix = bindUnix(socketPath);
      return closedOnFailure(unix, () => {
        listenWithoutAccepting([tcp.listener, unix.listener]);
        return new Listeners(tcp, unix);
      });
    });
  }

  private constructor(tcp: BoundSocket, unix: BoundSocket) {
    this.#tcp = tcp;
    this.#unix = unix;
  }

  /** The TCP socket's `host:port`, with the real port. */
  get address(): string {
    return this.#tcp.listener.address;
  }

  /** The present TCP socket. */
  get tcp(): BoundSocket {
    return this.#tcp;
  }

  /** The present TCP socket when it is for this address, else a new one. Rejects as `open` does. */
  async tcpFor(listen: string): Promise<BoundSocket> {
    if (listen === this.#tcp.listen) return this.#tcp;
    const tcp = await bindTcp(listen, 0);
    return closedOnFailure(tcp, () => {
      listenWithoutAccepting([tcp.listener]);
      return tcp;
    });
  }

  /** For a generation that gets this TCP socket. */
  with(tcp: BoundSocket): readonly Listener[] {
    return [tcp.listener, this.#unix.listener];
  }

  /** It is the daemon's from now on; generations that have the former one may keep it as long as they like. */
  use(tcp: BoundSocket): void {
    if (tcp !== this.#tcp) this.#tcp.close();
    this.#tcp = tcp;
  }

  /** It was not taken into use after all. */
  discard(tcp: BoundSocket): void {
    if (tcp !== this.#tcp) tcp.close();
  }

  /** Closes both and removes the socket file. */
  close(): void {
    this.#tcp.close();
    this.#unix.close();
  }
}

function closedOnFailure<T>(socket: BoundSocket, use: () => T): T {
  try {
    return use();
  } catch (error) {
    socket.close();
    throw error;
  }
}

async function bindTcp(listen: string, patience: number): Promise<BoundSocket> {
  const { handle, address } = await bindAddress(listen, patience);
  return bound(listen, handle, { kind: 'tcp', fd: handle.fd, address });
}

function bindUnix(path: string): BoundSocket {
  rmSync(path, { force: true });
  const handle = net._createServerHandle(path, -1, -1);
  if (typeof handle === 'number') throw new ListenError(path, getSystemErrorName(handle));
  chmodSync(path, 0o600);
  return bound(path, handle, { kind: 'unix', fd: handle.fd, address: path });
}

function bound(listen: string, handle: BoundHandle, listener: Listener): BoundSocket {
  return { listen, listener, close: () => handle.close() };
}

interface BoundTcp {
  handle: BoundHandle;
  address: string;
}

async function bindAddress(listen: string, patience: number): Promise<BoundTcp> {
  const { host, port } = parseAddress(listen);
  const { address, family } = await lookup(host).catch((error: NodeJS.ErrnoException) => {
    throw new ListenError(listen, error.code ?? 'ENOTFOUND', { cause: error });
  });
  const deadline = performance.now() + patience;
  for (;;) {
    const bound = tryBind(address, port, family === 6 ? 6 : 4);
    if (typeof bound !== 'number') return bound;
    const errno = getSystemErrorName(bound);
    if (errno !== 'EADDRINUSE' || performance.now() >= deadline) throw new ListenError(listen, errno);
    await delay(50);
  }
}

/** libuv keeps "address in use" to itself until the socket is asked for its name. */
function tryBind(address: string, port: number, family: 4 | 6): BoundTcp | number {
  const handle = net._createServerHandle(address, port, family);
  if (typeof handle === 'number') return handle;
  const name: { port?: number } = {};
  const failed = handle.getsockname?.(name) ?? 0;
  if (failed === 0) return { handle, address: `${family === 6 ? `[${address}]` : address}:${name.port}` };
  handle.close();
  return failed;
}

/**
 * Puts the sockets into the listening state, so that clients queue up instead of being refused while the first
 * generation boots. libuv cannot listen without accepting, hence a child does it, one for all since each costs the start of a Node process:
 * `listen` in Node is synchronous for a descriptor, and the child is gone before its event loop could accept
 * anything. The state belongs to the socket, which both processes share.
 */
function listenWithoutAccepting(sockets: readonly Listener[]): void {
  const script = `
    const listen = (_, index) => {
      const server = require('node:net').createServer();
      server.on('error', (error) => { process.stderr.write(error.code); process.exit(${FAILED} + index); });
      server.listen({ fd: 3 + index });
      return server.listening;
    };
    if (Array.from({ length: ${sockets.length} }, listen).every(Boolean)) process.exit(0);`;
  const { status, stderr, error } = spawnSync(process.execPath, ['-e', script], {
    stdio: ['ignore', 'ignore', 'pipe', ...sockets.map(({ fd }) => fd)],
    env: {},
    encoding: 'utf8',
  });
  if (status === 0) return;
  const { address } = sockets[(status ?? 0) - FAILED] ?? {
    address: sockets.map((each) => each.address).join(),
  };
  throw new ListenError(address, error?.message ?? stderr, { cause: error });
}

/** Exit code of the child when its first socket cannot listen; beyond those that Node itself uses. */
const FAILED = 64;

function parseAddress(listen: string): { host: string; port: number } {
  const found = /^(?:\[([\da-fA-F:.]+)\]|([^:[\]/\s]+)):(\d{1,5})$/.exec(listen);
  const host = found?.[1] ?? found?.[2];
  const port = Number(found?.[3]);
  if (host === undefined || port > 65_535) throw new ListenAddressError(listen);
  return { host, port };
}

/** A bound socket that no event loop watches. */
interface BoundHandle {
  readonly fd: number;
  close(): void;
  /** Fills `out`; only TCP handles have it. Returns 0 or a negative errno. */
  getsockname?(out: { port?: number }): number;
}

/*
 * Not in Node's public types, but what node:cluster uses to hold a socket for its workers. The public
 * `server.listen()` would accept connections here, and this process has nobody to serve them.
 */
declare module 'node:net' {
  /** `addressType` -1: `address` is a path. Returns a negative errno when it fails. */
  export function _createServerHandle(
    address: string,
    port: number,
    addressType: 4 | 6 | -1,
  ): BoundHandle | number;
}
