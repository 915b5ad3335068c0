import { type LookupAddress, lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { AddressRefusedError, HostRefusedError } from '../../errors/tools.ts';
import { createPublicCheck } from './addresses.ts';

/**
 * Decides which servers a request may reach. Rules, with `allow: ["*.example.com"]` as example:
 *   1. The host must match an entry: `api.example.com` is allowed, `example.org` fails with
 *      HostRefusedError.
 *   2. A special address (loopback, link-local, private) needs an entry other than `*`, whether it is
 *      written in the URL or is what the name resolves to: `http://127.0.0.1/` fails with AddressRefusedError.
 *   3. The address that was checked is the one that is used: the connection itself resolves names through
 *      this guard.
 */
export interface HostGuard {
  /**
   * Checks a URL before a request. Throws HostRefusedError, or AddressRefusedError for a literal address that
   * is not allowed.
   */
  check(url: URL): void;
  /**
   * Resolves names for the connection itself, so that a name that resolves differently between check and use
   * gains nothing.
   */
  lookup: LookupFunction;
}

export function createHostGuard(allow: readonly string[]): HostGuard {
  const entries = allow.map((entry) => plainHost(entry));
  const isPublic = createPublicCheck();
  const mayReach = (host: string, address: string) => isPublic(address) || isListed(entries, host);
  return {
    check(url) {
      const host = plainHost(url.hostname);
      const open = entries.length === 0 || entries.includes('*');
      if (!open && !isListed(entries, host)) throw new HostRefusedError(host, allow);
      if (isIP(host) && !mayReach(host, host)) throw new AddressRefusedError(host, [host]);
    },
    lookup: guardedLookup(mayReach),
  };
}

/** Normalises a host: lower case, without the brackets of an IPv6 address and the trailing dot of a complete name. */
function plainHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
}

/**
 * Checks whether an entry other than `*` names the host; `*` does not express that the operator meant a special
 * address.
 */
function isListed(entries: readonly string[], host: string): boolean {
  return entries.some(
    (entry) => entry === host || (/^\*\../.test(entry) && !isIP(host) && host.endsWith(entry.slice(1))),
  );
}

function guardedLookup(mayReach: (host: string, address: string) => boolean): LookupFunction {
  return (name, options, callback) => {
    const host = plainHost(name);
    lookup(name, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, []);
      const allowed = found.filter(({ address }) => mayReach(host, address));
      const [first] = allowed;
      if (!first) return callback(new AddressRefusedError(host, addressesOf(found)), []);
      if (options.all) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

function addressesOf(found: readonly LookupAddress[]): string[] {
  return found.map(({ address }) => address);
}
