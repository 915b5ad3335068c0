import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { ListenError } from '../../errors/supervisor.ts';
import { type BoundTcpSocket, bindTcp } from './sockets.ts';
import { coversAddress, listLocalAddresses, type TcpAddress } from './tcp-address.ts';

/**
 * Binds a TCP address that no other daemon uses.
 *
 * Sockets that may overlap with each other (see `bindTcp`) may also overlap with those of any other daemon of this
 * user: the kernel would let two daemons share a port and would split the clients between them. Hence the address
 * is first tried without sharing, and only one daemon at a time does so for a port.
 *
 * `held` are this daemon's own sockets, which may overlap. An address in use is tried again for `patience` ms.
 * `use` is called while this daemon still holds the lock on the port. Rejects with ListenError.
 */
export async function bindFreeTcp<T>(
  { listen, at, held, patience }: PortRequest,
  use: (socket: BoundTcpSocket) => T,
): Promise<T> {
  const deadline = performance.now() + patience;
  const release = at.port === 0 ? () => {} : await lockPort(listen, at.port);
  try {
    for (;;) {
      const bound = isUsedElsewhere(at, held) ? 'EADDRINUSE' : bindTcp(listen, at, true);
      if (typeof bound !== 'string') return closeOnFailure(bound, use);
      if (bound !== 'EADDRINUSE' || performance.now() >= deadline) throw new ListenError(listen, bound);
      await delay(RETRY_DELAY);
    }
  } finally {
    release();
  }
}

export interface PortRequest {
  listen: string;
  at: TcpAddress;
  held: readonly BoundTcpSocket[];
  patience: number;
}

export function closeOnFailure<S extends { close(): void }, T>(socket: S, use: (socket: S) => T): T {
  try {
    return use(socket);
  } catch (error) {
    socket.close();
    throw error;
  }
}

/**
 * Checks whether another process uses the address. Addresses at which this daemon has a socket itself are skipped,
 * because the trial would only find that socket.
 */
function isUsedElsewhere(at: TcpAddress, held: readonly BoundTcpSocket[]): boolean {
  const overlaps = held.some((own) => coversAddress(own.at, at) || coversAddress(at, own.at));
  const places = overlaps ? listLocalAddresses(at) : [at];
  return places.some((place) => !held.some((own) => coversAddress(own.at, place)) && isPortTaken(place));
}

function isPortTaken(at: TcpAddress): boolean {
  if (at.port === 0) return false;
  const probe = bindTcp('', at, false);
  if (typeof probe === 'string') return probe === 'EADDRINUSE';
  probe.close();
  return false;
}

/**
 * Locks the decision about a port; resolves with the function that releases it. The lock is a name in Linux's
 * abstract socket namespace, which disappears with its process and, like the port, exists once per network
 * namespace. On other systems the kernel refuses a second socket anyway. Rejects with ListenError after
 * `PORT_LOCK_TIMEOUT`.
 */
async function lockPort(listen: string, port: number): Promise<() => void> {
  if (process.platform !== 'linux') return () => {};
  const deadline = performance.now() + PORT_LOCK_TIMEOUT;
  for (;;) {
    const lock = createServer();
    try {
      lock.listen(`\0midturn-decides-on-port-${port}`);
      await once(lock, 'listening');
      return () => lock.close();
    } catch (error) {
      if (performance.now() >= deadline) throw new ListenError(listen, 'EADDRINUSE', { cause: error });
      await delay(RETRY_DELAY);
    }
  }
}

/** How long to wait for another daemon that holds the lock, in ms. */
const PORT_LOCK_TIMEOUT = 10_000;

const RETRY_DELAY = 50;
