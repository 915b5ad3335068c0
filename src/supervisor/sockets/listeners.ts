import type { Listener } from '../ipc/messages.ts';
import { bindFreeTcp, closedOnFailure } from './free-port.ts';
import { type BoundSocket, type BoundTcpSocket, bindUnix, listenWithoutAccepting } from './sockets.ts';
import { covers, resolveTcp, type TcpAddress } from './tcp-address.ts';

/**
 * The daemon's sockets: generations inherit their file descriptors and accept. While no generation does, connections
 * wait in the kernel's queue.
 *
 * The TCP socket can be exchanged for one with another address. Clients of an address that both cover must not notice:
 *
 * - from 127.0.0.1:7717 to 0.0.0.0:7717 they are still queued at the narrow socket, as the kernel prefers it, and its
 *   queue would die with it. So it is kept beside the wide one and generations accept on both;
 * - from 0.0.0.0:7717 to 127.0.0.1:7717 they are queued at the narrow socket as soon as that listens. So it does not
 *   before the generation that accepts on it.
 */
export class Listeners {
  readonly #unix: BoundSocket;
  #tcp: BoundTcpSocket;
  /** Former TCP sockets whose address the present one covers. */
  #kept: readonly BoundTcpSocket[] = [];

  /**
   * Call it while holding the home's lock: a socket file that is there is then known to be stale.
   * `patience` is how long, in ms, an address in use is tried again (a killed supervisor's generation needs a moment
   * to let go of it). Rejects with ListenError or ListenAddressError.
   */
  static async open(listen: string, socketPath: string, patience = 0): Promise<Listeners> {
    const at = await resolveTcp(listen);
    return bindFreeTcp({ listen, at, held: [], patience }, (tcp) =>
      closedOnFailure(bindUnix(socketPath), (unix) => {
        listenWithoutAccepting([tcp.listener, unix.listener]);
        return new Listeners(tcp, unix);
      }),
    );
  }

  private constructor(tcp: BoundTcpSocket, unix: BoundSocket) {
    this.#tcp = tcp;
    this.#unix = unix;
  }

  /** The TCP socket's `host:port`, with the real port. */
  get address(): string {
    return this.#tcp.listener.address;
  }

  /** The present TCP socket. */
  get tcp(): BoundTcpSocket {
    return this.#tcp;
  }

  /** One that we have when it is for this address, else a new one. Rejects as `open` does. */
  async tcpFor(listen: string): Promise<BoundTcpSocket> {
    const held = this.#held;
    const named = held.find((own) => own.listen === listen);
    if (named) return named;
    const at = await resolveTcp(listen);
    const same = held.find((own) => isSame(own.at, at));
    if (same) return same;
    return bindFreeTcp({ listen, at, held, patience: 0 }, (tcp) => {
      if (!held.some((own) => covers(own.at, at))) listenWithoutAccepting([tcp.listener]);
      return tcp;
    });
  }

  /** For a generation that gets this TCP socket. */
  with(tcp: BoundTcpSocket): readonly Listener[] {
    return [tcp, ...this.#covered(tcp), this.#unix].map(({ listener }) => listener);
  }

  /** A generation listens there; it is the daemon's from now on. Former generations may keep theirs as long as they like. */
  use(tcp: BoundTcpSocket): void {
    const kept = this.#covered(tcp);
    for (const own of this.#held) if (own !== tcp && !kept.includes(own)) own.close();
    this.#kept = kept;
    this.#tcp = tcp;
  }

  /** As `use`, while no generation serves: who connects shall wait. Throws ListenError. */
  prefer(tcp: BoundTcpSocket): void {
    if (tcp === this.#tcp) return;
    closedOnFailure({ close: () => this.discard(tcp) }, () => listenWithoutAccepting([tcp.listener]));
    this.use(tcp);
  }

  /** It was not taken into use after all. */
  discard(tcp: BoundTcpSocket): void {
    if (!this.#held.includes(tcp)) tcp.close();
  }

  /** Closes all and removes the socket file. */
  close(): void {
    for (const own of this.#held) own.close();
    this.#unix.close();
  }

  get #held(): readonly BoundTcpSocket[] {
    return [this.#tcp, ...this.#kept];
  }

  #covered(tcp: BoundTcpSocket): BoundTcpSocket[] {
    return this.#held.filter((own) => own !== tcp && covers(tcp.at, own.at));
  }
}

function isSame(one: TcpAddress, other: TcpAddress): boolean {
  return one.ip === other.ip && one.port === other.port;
}
