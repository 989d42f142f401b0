/** Which address a request came from: the socket's own, unless a proxy we were told to trust says otherwise. */
import { BlockList, isIP } from 'node:net';

/** An IPv4 address in IPv6 clothes is that IPv4 address; a zone is no part of an address. */
export function plainAddress(address: string): string {
  const bare = address
    .trim()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/%.*$/, '')
    .toLowerCase();
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/.test(bare) ? bare.slice(7) : bare;
}

/** Throws when a network is none, so that a wrong setting stops the start rather than trusting nobody, or everybody, in silence. */
export function trustedNetworks(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits, ...more] = network.trim().split('/');
    const family = isIP(address);
    const width = bits === undefined ? (family === 4 ? 32 : 128) : Number(bits);
    if (family === 0 || more.length > 0 || !Number.isInteger(width) || width < 0 || width > (family === 4 ? 32 : 128) || bits === '')
      throw new Error(`"${network}" is no network; write it like 10.0.0.0/8 or fd00::/8`);
    list.addSubnet(address, width, family === 4 ? 'ipv4' : 'ipv6');
  }
  return (address) => {
    const family = isIP(address);
    return family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6');
  };
}

/**
 * Walks X-Forwarded-For from the right, where our own proxies wrote, and stops at the first address that is none of theirs: what stands further left
 * was written by the client itself.
 */
export function clientAddress(peer: string, forwarded: string | null, trusted: (address: string) => boolean): string {
  let address = plainAddress(peer);
  if (forwarded === null || forwarded.length > 2_000) return address;
  for (const hop of forwarded.split(',').toReversed()) {
    if (!trusted(address)) return address;
    const next = plainAddress(hop.replace(/^(\s*\d+\.\d+\.\d+\.\d+):\d+\s*$/, '$1'));
    if (isIP(next) === 0) return address;
    address = next;
  }
  return address;
}

/** What rates are counted by: one IPv4 address, or the /64 a single subscriber is given in IPv6. */
export function addressKey(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros: string[] = Array.from({ length: tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length) }, () => '0');
  return `${[...left, ...zeros, ...right]
    .slice(0, 4)
    .map((part) => part.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
