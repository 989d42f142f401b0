/** Which address a request came from: the socket's own, unless proxies of ours stand in front. */
import { isIP } from 'node:net';

/** An IPv4 address in IPv6 clothes is that IPv4 address; a zone is no part of an address. */
export function plainAddress(address: string): string {
  const bare = address
    .trim()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/%.*$/, '')
    .toLowerCase();
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/.test(bare) ? bare.slice(7) : bare;
}

/**
 * `proxies`: how many of ours stand in front. Each adds on the right of X-Forwarded-For whom it heard from, so the client is that many places from the
 * right; what stands further left was written by the client itself. A shorter list, or a word that is no address, came past our proxies: the peer counts.
 */
export function clientAddress(peer: string, forwarded: string | null, proxies: number): string {
  const bare = plainAddress(peer);
  if (proxies === 0 || forwarded === null) return bare;
  const hop = forwarded.split(',').at(-proxies)?.trim() ?? '';
  const address = plainAddress(hop.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1'));
  return isIP(address) === 0 ? bare : address;
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
