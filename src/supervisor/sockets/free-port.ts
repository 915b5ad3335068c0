import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { ListenError } from '../../errors/supervisor.ts';
import { type BoundTcpSocket, bindTcp } from './sockets.ts';
import { covers, localAddresses, type TcpAddress } from './tcp-address.ts';

/**
 * Sockets that may overlap with each other (see `bindTcp`) may do so with those of any other daemon of this user as
 * well: the kernel would let two of them share a port and deal the clients out between them. Hence the address is
 * first tried without that liberty, and only one daemon at a time does so for a port.
 *
 * `held` are our own sockets: they are in nobody's way. An address in use is tried again for `patience` ms. `use` is
 * called while the port is still ours to decide on. Rejects with ListenError.
 */
export async function bindFreeTcp<T>(
  { listen, at, held, patience }: Wanted,
  use: (socket: BoundTcpSocket) => T,
): Promise<T> {
  const deadline = performance.now() + patience;
  const release = at.port === 0 ? () => {} : await decideAlone(listen, at.port);
  try {
    for (;;) {
      const bound = strangerAt(at, held) ? 'EADDRINUSE' : bindTcp(listen, at, true);
      if (typeof bound !== 'string') return closedOnFailure(bound, use);
      if (bound !== 'EADDRINUSE' || performance.now() >= deadline) throw new ListenError(listen, bound);
      await delay(RETRY);
    }
  } finally {
    release();
  }
}

export interface Wanted {
  listen: string;
  at: TcpAddress;
  held: readonly BoundTcpSocket[];
  patience: number;
}

export function closedOnFailure<S extends { close(): void }, T>(socket: S, use: (socket: S) => T): T {
  try {
    return use(socket);
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** Where our own sockets are the probe would only find those. */
function strangerAt(at: TcpAddress, held: readonly BoundTcpSocket[]): boolean {
  const overlaps = held.some((own) => covers(own.at, at) || covers(at, own.at));
  const places = overlaps ? localAddresses(at) : [at];
  return places.some((place) => !held.some((own) => covers(own.at, place)) && isTaken(place));
}

function isTaken(at: TcpAddress): boolean {
  if (at.port === 0) return false;
  const probe = bindTcp('', at, false);
  if (typeof probe === 'string') return probe === 'EADDRINUSE';
  probe.close();
  return false;
}

/**
 * A lock on deciding about a port. It is a name in Linux's abstract namespace, which goes with its process and is,
 * like the port, one per network namespace. Elsewhere the kernel refuses a second socket anyway.
 */
async function decideAlone(listen: string, port: number): Promise<() => void> {
  if (process.platform !== 'linux') return () => {};
  const deadline = performance.now() + TURN;
  for (;;) {
    const lock = createServer();
    try {
      lock.listen(`\0midturn-decides-on-port-${port}`);
      await once(lock, 'listening');
      return () => lock.close();
    } catch (error) {
      if (performance.now() >= deadline) throw new ListenError(listen, 'EADDRINUSE', { cause: error });
      await delay(RETRY);
    }
  }
}

/** How long another daemon may take to decide, in ms. */
const TURN = 10_000;

const RETRY = 50;
