import { spawnSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import net from 'node:net';
import { getSystemErrorName } from 'node:util';
import { ListenError } from '../../errors/supervisor.ts';
import type { ListeningSocket } from '../ipc/messages.ts';
import { formatTcp, type TcpAddress } from './tcp-address.ts';

/** A socket that this process binds and holds, but on which only generations accept connections. */
export interface BoundSocket {
  /** The configured address, as the operator wrote it, such as port 0. */
  readonly listen: string;
  /**
   * The socket as it is handed to generations. `fd` is this process's number; a child sees the number that its
   * `stdio` assigns.
   */
  readonly listener: ListeningSocket;
  /** Closes this process's descriptor. The socket lives on as long as a generation holds it. */
  close(): void;
}

export interface BoundTcpSocket extends BoundSocket {
  /** The bound address, with the real port. */
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
 * Binds a TCP socket without listening. `shared` allows overlap with other shared sockets of this user, e.g.
 * 0.0.0.0 beside 127.0.0.1. Returns the name of an errno when it fails. libuv reports "address in use" only when
 * the socket is asked for its name, so this asks.
 */
export function bindTcp(listen: string, at: TcpAddress, shared: boolean): BoundTcpSocket | string {
  const handle = net._createServerHandle(at.ip, at.port, at.family, undefined, shared ? REUSE_PORT_FLAG : 0);
  if (typeof handle === 'number') return getSystemErrorName(handle);
  const name: { port?: number } = {};
  const failed = handle.getsockname?.(name) ?? 0;
  if (failed === 0) {
    const real = { ...at, port: name.port ?? at.port };
    const listener: ListeningSocket = { kind: 'tcp', fd: handle.fd, address: formatTcp(real) };
    return { listen, at: real, listener, close: () => handle.close() };
  }
  handle.close();
  return getSystemErrorName(failed);
}

/**
 * Puts the sockets into the listening state, so that clients queue up instead of being refused while the first
 * generation boots. libuv cannot listen without accepting, so a child does it, one for all sockets because each
 * costs the start of a Node process: `listen` in Node is synchronous for a descriptor, and the child exits before
 * its event loop could accept a connection. The state belongs to the socket, which both processes share. Throws
 * ListenError.
 */
export function listenWithoutAccepting(sockets: readonly ListeningSocket[]): void {
  const script = `
    const listen = (_, index) => {
      const server = require('node:net').createServer();
      server.on('error', (error) => { process.stderr.write(error.code); process.exit(${FIRST_FAILURE_CODE} + index); });
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
  const { address } = sockets[(status ?? 0) - FIRST_FAILURE_CODE] ?? {
    address: sockets.map((each) => each.address).join(),
  };
  throw new ListenError(address, error?.message ?? stderr, { cause: error });
}

/**
 * Exit code of the child when its first socket cannot listen, above the codes that Node itself uses; the second
 * socket adds 1.
 */
const FIRST_FAILURE_CODE = 64;

/**
 * libuv's UV_TCP_REUSEPORT flag. Linux needs it for addresses that overlap; other systems need no flag for that.
 */
const REUSE_PORT_FLAG = process.platform === 'linux' ? 2 : 0;

/** A bound socket that no event loop watches, as node:cluster uses it internally. */
interface BoundHandle {
  readonly fd: number;
  close(): void;
  /** Fills `out`; only TCP handles have this method. Returns 0 or a negative errno. */
  getsockname?(out: { port?: number }): number;
}

/*
 * Not in Node's public types, but node:cluster uses it to hold a socket for its workers. The public
 * `server.listen()` would accept connections in this process, which cannot serve them.
 */
declare module 'node:net' {
  /**
   * Creates a bound handle. `addressType` -1 means that `address` is a path. Returns a negative errno when it
   * fails.
   */
  export function _createServerHandle(
    address: string,
    port: number,
    addressType: 4 | 6 | -1,
    fd?: number,
    flags?: number,
  ): BoundHandle | number;
}
