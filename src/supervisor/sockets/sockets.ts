import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import net from 'node:net';
import { getSystemErrorName } from 'node:util';
import { ListenError } from '../../errors/supervisor.ts';
import type { Listener } from '../ipc/messages.ts';
import { formatTcp, type TcpAddress } from './tcp-address.ts';

/** A socket that is bound, but is never accepted on by this process. */
export interface BoundSocket {
  /** What was asked for, such as port 0. */
  readonly listen: string;
  /** `fd` is this process's number; a child sees the one that its `stdio` gives it. */
  readonly listener: Listener;
  /** Of this process's descriptor. The socket lives on as long as a generation has it. */
  close(): void;
}

export interface BoundTcpSocket extends BoundSocket {
  /** With the real port. */
  readonly at: TcpAddress;
}

export function bindUnix(path: string): BoundSocket {
  rmSync(path, { force: true });
  const handle = net._createServerHandle(path, -1, -1);
  if (typeof handle === 'number') throw new ListenError(path, getSystemErrorName(handle));
  chmodSync(path, 0o600);
  return {
    listen: path,
    listener: { kind: 'unix', fd: handle.fd, address: path },
    close: () => handle.close(),
  };
}

/**
 * `shared`: beside sockets of this user that were bound so too and overlap with it, 0.0.0.0 and 127.0.0.1 say.
 * Returns why it failed as the name of an errno. libuv keeps "address in use" to itself until the socket is asked for
 * its name.
 */
export function bindTcp(listen: string, at: TcpAddress, shared: boolean): BoundTcpSocket | string {
  const handle = net._createServerHandle(at.ip, at.port, at.family, undefined, shared ? SHARED : 0);
  if (typeof handle === 'number') return getSystemErrorName(handle);
  const name: { port?: number } = {};
  const failed = handle.getsockname?.(name) ?? 0;
  if (failed === 0) {
    const real = { ...at, port: name.port ?? at.port };
    const listener: Listener = { kind: 'tcp', fd: handle.fd, address: formatTcp(real) };
    return { listen, at: real, listener, close: () => handle.close() };
  }
  handle.close();
  return getSystemErrorName(failed);
}

/**
 * Puts the sockets into the listening state, so that clients queue up instead of being refused while the first
 * generation boots. libuv cannot listen without accepting, hence a child does it, one for all since each costs the start of a Node process:
 * `listen` in Node is synchronous for a descriptor, and the child is gone before its event loop could accept
 * anything. The state belongs to the socket, which both processes share.
 */
export function listenWithoutAccepting(sockets: readonly Listener[]): void {
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

/** libuv's UV_TCP_REUSEPORT. Linux needs it for addresses that overlap; elsewhere such addresses need nothing. */
const SHARED = process.platform === 'linux' ? 2 : 0;

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
    fd?: number,
    flags?: number,
  ): BoundHandle | number;
}
