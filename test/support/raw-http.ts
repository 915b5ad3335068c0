import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Bytes to the server, and what came back until it closed the connection. */
export async function rawExchange(url: string, bytes: string | Uint8Array): Promise<string> {
  const socket = openSocket(url);
  let received = '';
  socket.setEncoding('latin1');
  socket.on('data', (piece: string) => {
    received += piece;
  });
  // A server that has answered may reset a client that still talks.
  socket.on('error', () => {});
  socket.write(bytes);
  socket.end();
  await once(socket, 'close');
  return received;
}

export function openSocket(url: string): Socket {
  const { hostname, port } = new URL(url);
  return connect({ host: hostname, port: Number(port), allowHalfOpen: true });
}

/** Status codes of the answers in what came back. */
export function statusCodes(received: string): number[] {
  return [...received.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, code]) => Number(code));
}
