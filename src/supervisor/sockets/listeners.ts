import type { ListeningSocket } from '../ipc/messages.ts';
import { bindFreeTcp, closeOnFailure } from './free-port.ts';
import { type BoundSocket, type BoundTcpSocket, bindUnix, listenWithoutAccepting } from './sockets.ts';
import { coversAddress, resolveTcp, type TcpAddress } from './tcp-address.ts';

/**
 * The daemon's listening sockets. Generations inherit their file descriptors and accept connections; while no
 * generation does, connections wait in the kernel's queue.
 *
 * The TCP socket can be replaced by one with another address. Clients of an address that both sockets cover must
 * not notice:
 *
 * - From 127.0.0.1:7717 to 0.0.0.0:7717 they still queue at the narrow socket, because the kernel prefers it, and
 *   its queue would be lost with it. So it is kept beside the wide one, and generations accept on both.
 * - From 0.0.0.0:7717 to 127.0.0.1:7717 they queue at the narrow socket as soon as that listens. So it does not
 *   listen before a generation accepts on it.
 */
export class Listeners {
  readonly #unix: BoundSocket;
  #tcp: BoundTcpSocket;
  /**
   * Former TCP sockets whose address the present one covers; they are kept open because clients may still queue
   * there.
   */
  #kept: readonly BoundTcpSocket[] = [];

  /**
   * Opens both sockets. Call it while holding the lock of the home: an existing socket file is then known to be
   * stale. `patience` is how long an address in use is tried again, in ms, because a killed supervisor's
   * generation needs a moment to release it. Rejects with ListenError or ListenAddressError.
   */
  static async open(listen: string, socketPath: string, patience = 0): Promise<Listeners> {
    const at = await resolveTcp(listen);
    return bindFreeTcp({ listen, at, held: [], patience }, (tcp) =>
      closeOnFailure(bindUnix(socketPath), (unix) => {
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

  /** The TCP socket that the daemon uses at present. */
  get tcp(): BoundTcpSocket {
    return this.#tcp;
  }

  /**
   * Returns the TCP socket for this address: one that the daemon already holds, else a new one. The caller puts it
   * to use or discards it. Rejects as `open` does.
   */
  async acquireTcp(listen: string): Promise<BoundTcpSocket> {
    const held = this.#held;
    const named = held.find((own) => own.listen === listen);
    if (named) return named;
    const at = await resolveTcp(listen);
    const same = held.find((own) => isSameAddress(own.at, at));
    if (same) return same;
    return bindFreeTcp({ listen, at, held, patience: 0 }, (tcp) => {
      if (!held.some((own) => coversAddress(own.at, at))) listenWithoutAccepting([tcp.listener]);
      return tcp;
    });
  }

  /**
   * Lists the sockets that a generation with this TCP socket inherits: it, the former ones within its address, and
   * the unix socket.
   */
  listSocketsFor(tcp: BoundTcpSocket): readonly ListeningSocket[] {
    return [tcp, ...this.#heldWithin(tcp), this.#unix].map(({ listener }) => listener);
  }

  /**
   * Makes this TCP socket the daemon's own, because a generation listens on it. Former sockets outside its address
   * are closed here; generations keep their copies as long as they need them.
   */
  adoptTcp(tcp: BoundTcpSocket): void {
    const kept = this.#heldWithin(tcp);
    for (const own of this.#held) if (own !== tcp && !kept.includes(own)) own.close();
    this.#kept = kept;
    this.#tcp = tcp;
  }

  /**
   * Makes this TCP socket the daemon's own while no generation serves, and listens so that clients wait in the
   * queue. Throws ListenError.
   */
  listenAndAdopt(tcp: BoundTcpSocket): void {
    if (tcp === this.#tcp) return;
    closeOnFailure({ close: () => this.discardTcp(tcp) }, () => listenWithoutAccepting([tcp.listener]));
    this.adoptTcp(tcp);
  }

  /** Closes a TCP socket that was not put to use; does nothing for sockets that the daemon uses. */
  discardTcp(tcp: BoundTcpSocket): void {
    if (!this.#held.includes(tcp)) tcp.close();
  }

  /** Closes all sockets and removes the socket file. */
  close(): void {
    for (const own of this.#held) own.close();
    this.#unix.close();
  }

  get #held(): readonly BoundTcpSocket[] {
    return [this.#tcp, ...this.#kept];
  }

  #heldWithin(tcp: BoundTcpSocket): BoundTcpSocket[] {
    return this.#held.filter((own) => own !== tcp && coversAddress(tcp.at, own.at));
  }
}

function isSameAddress(one: TcpAddress, other: TcpAddress): boolean {
  return one.ip === other.ip && one.port === other.port;
}
