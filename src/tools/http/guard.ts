import { type LookupAddress, lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { AddressRefusedError, HostRefusedError } from '../../errors/tools.ts';
import { publicAddresses } from './addresses.ts';

/** Decides which servers may be asked. */
export interface Guard {
  /** Throws for a host that is not allowed, and for an address that is written as one and is not. */
  check(url: URL): void;
  /**
   * Resolves names for the connection itself, so that the address that was checked is the one that is used: a name
   * that changes its mind between check and use gains nothing.
   */
  lookup: LookupFunction;
}

export function createGuard(allow: readonly string[]): Guard {
  const entries = allow.map((entry) => plainHost(entry));
  const isPublic = publicAddresses();
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

/** Without the brackets of an IPv6 address and the dot that ends a complete name. */
function plainHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
}

/** Named by an entry other than `*`, which says nothing about what the operator had in mind. */
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
