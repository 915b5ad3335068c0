import { BlockList, isIPv6 } from 'node:net';

/**
 * Distinguishes public addresses from special ones. These IPv4 networks are not public (IANA's special-purpose
 * registry).
 */
const NOT_PUBLIC_4: readonly [string, number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];

/** The public part of IPv6; the list after it has the networks in it that lead to IPv4 or are reserved. */
const PUBLIC_6: [string, number] = ['2000::', 3];
const NOT_PUBLIC_6: readonly [string, number][] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

/**
 * Checks whether an address belongs to the public internet. Example: `1.1.1.1` does; `127.0.0.1` (loopback),
 * `169.254.1.1` (link-local), `10.0.0.1` (private) and other special addresses do not.
 */
export type IsPublic = (address: string) => boolean;

export function createPublicCheck(): IsPublic {
  const not4 = listOf(NOT_PUBLIC_4, 'ipv4');
  const not6 = listOf(NOT_PUBLIC_6, 'ipv6');
  const yes6 = listOf([PUBLIC_6], 'ipv6');
  return (address) => {
    const plain = address.replace(/%.*$/, '');
    return isIPv6(plain)
      ? yes6.check(plain, 'ipv6') && !not6.check(plain, 'ipv6')
      : !not4.check(plain, 'ipv4');
  };
}

function listOf(networks: readonly [string, number][], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of networks) list.addSubnet(network, prefix, family);
  return list;
}
