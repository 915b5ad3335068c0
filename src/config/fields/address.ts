import { isIP } from 'node:net';

/**
 * A TCP address to listen on. `host` has no brackets around an IPv6 address; port 0 lets the system choose a free
 * port.
 */
export interface Address {
  host: string;
  port: number;
}

/**
 * Parses `host:port`, with IPv6 as `[::1]:7717`; returns a sentence that says what is wrong when it is not an
 * address.
 */
export function parseAddress(text: string): Address | string {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  if (!match)
    return `"${text}" is not an address; write "host:port", such as "127.0.0.1:7717" or "[::1]:7717"`;
  const [, ipv6, other] = match;
  const port = Number(match[3]);
  const host = ipv6 ?? other ?? '';
  if (port > 65_535) return `port ${port} is out of range; ports end at 65535`;
  if (host === '') return `"${text}" has no host; write "0.0.0.0:${port}" to listen on every address`;
  if (ipv6 !== undefined ? isIP(host) !== 6 : !isHostName(host)) return `"${host}" is not a host`;
  return { host, port };
}

export function formatAddress({ host, port }: Address): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * Checks whether a host certainly cannot be reached from another machine; false when in doubt, as for other host
 * names.
 */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}

function isHostName(host: string): boolean {
  if (isIP(host) === 4) return true;
  return host.length <= 253 && /^(?!-)[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*$/.test(host);
}
