import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import { ListenAddressError, ListenError } from '../../errors/supervisor.ts';

/** A resolved address to bind a TCP socket to; port 0 lets the system choose. */
export interface TcpAddress {
  ip: string;
  port: number;
  family: 4 | 6;
}

/**
 * Resolves a `listen` setting to the address that it stands for now. Rejects with ListenError when the name is
 * unknown, or with ListenAddressError when the text is malformed.
 */
export async function resolveTcp(listen: string): Promise<TcpAddress> {
  const { host, port } = parseListen(listen);
  const { address, family } = await lookup(host).catch((error: NodeJS.ErrnoException) => {
    throw new ListenError(listen, error.code ?? 'ENOTFOUND', { cause: error });
  });
  return { ip: address, port, family: family === 6 ? 6 : 4 };
}

export function formatTcp({ ip, port, family }: TcpAddress): string {
  return `${family === 6 ? `[${ip}]` : ip}:${port}`;
}

/** Checks whether a socket at `outer` would receive connections to `inner` if there were no socket at `inner`. */
export function coversAddress(outer: TcpAddress, inner: TcpAddress): boolean {
  if (outer.port !== inner.port) return false;
  if (outer.ip === inner.ip || outer.ip === '::') return true;
  return outer.ip === '0.0.0.0' && inner.family === 4;
}

/** Lists the addresses of this machine that `outer` covers, each with the port of `outer`. */
export function listLocalAddresses(outer: TcpAddress): TcpAddress[] {
  return Object.values(networkInterfaces())
    .flatMap((found) => found ?? [])
    .map(({ address, family }) => ({
      ip: address,
      port: outer.port,
      family: family === 'IPv6' ? (6 as const) : (4 as const),
    }))
    .filter((inner) => coversAddress(outer, inner));
}

function parseListen(listen: string): { host: string; port: number } {
  const found = /^(?:\[([\da-fA-F:.]+)\]|([^:[\]/\s]+)):(\d{1,5})$/.exec(listen);
  const host = found?.[1] ?? found?.[2];
  const port = Number(found?.[3]);
  if (host === undefined || port > 65_535) throw new ListenAddressError(listen);
  return { host, port };
}
