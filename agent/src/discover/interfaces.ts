/** Which networks this machine is on right now, and a watch that tells when that changes. */
import { isIPv4, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Cancel, ClockDep } from '@leanvibe/core/ports/clock';

export interface NetAddress {
  readonly interfaceName: string;
  readonly host: string;
  readonly family: 4 | 6;
  /** Length of the network part, bits. */
  readonly prefixBits: number;
  /** Loopback. */
  readonly internal: boolean;
}

export interface InterfaceWatch {
  current(): readonly NetAddress[];
  /** Called with the new list after each change. */
  subscribe(onChange: (now: readonly NetAddress[]) => void): () => void;
  /** Looks now instead of at the next poll. */
  poll(): void;
  stop(): void;
}

/** Node reports no events for networks. A look costs ~50 µs; the interval is what a healed link waits at most. */
const POLL_MS = 1_000;
/** A machine with hundreds of container bridges is served on the first of them. */
const ADDRESSES_MAX = 64;

/** Every address that is up, link-local IPv6 left out (it means nothing without a zone). */
export function readInterfaces(): readonly NetAddress[] {
  const all: NetAddress[] = [];
  for (const [interfaceName, addresses] of Object.entries(networkInterfaces())) {
    for (const one of addresses ?? []) {
      if (one.family === 'IPv6' && one.address.startsWith('fe80')) continue;
      const prefixBits = Number(one.cidr?.split('/')[1] ?? (one.family === 'IPv4' ? 32 : 128));
      all.push({ interfaceName, host: one.address, family: one.family === 'IPv4' ? 4 : 6, prefixBits, internal: one.internal });
    }
  }
  return all.slice(0, ADDRESSES_MAX);
}

export function createInterfaceWatch(
  { clock }: ClockDep,
  read: () => readonly NetAddress[] = readInterfaces,
  pollMs = POLL_MS,
): InterfaceWatch {
  const listeners = new Set<(now: readonly NetAddress[]) => void>();
  let addresses = read();
  let mark = JSON.stringify(addresses);
  let cancel: Cancel = clock.after(pollMs, tick);

  function poll(): void {
    const now = read();
    const nowMark = JSON.stringify(now);
    if (nowMark === mark) return;
    addresses = now;
    mark = nowMark;
    for (const listener of [...listeners]) listener(now);
  }

  function tick(): void {
    cancel = clock.after(pollMs, tick);
    poll();
  }

  return {
    current: () => addresses,
    subscribe: (onChange) => {
      listeners.add(onChange);
      return () => {
        listeners.delete(onChange);
      };
    },
    poll,
    stop: () => {
      cancel();
      listeners.clear();
    },
  };
}

/** Whether `host` lies in the network of `at`. False for anything that is no address of the same family. */
export function onLink(at: NetAddress, host: string): boolean {
  const mine = addressBits(at.host);
  const theirs = addressBits(host);
  if (mine === null || theirs === null || mine.width !== theirs.width) return false;
  const shift = BigInt(mine.width - at.prefixBits);
  return mine.value >> shift === theirs.value >> shift;
}

function addressBits(host: string): { readonly value: bigint; readonly width: 32 | 128 } | null {
  if (isIPv4(host)) return { value: host.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n), width: 32 };
  if (!isIPv6(host) || host.includes('%')) return null;
  const mapped = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(host);
  const text = mapped === null ? host : `${mapped[1]}${pair(mapped[2], mapped[3])}:${pair(mapped[4], mapped[5])}`;
  const [head = '', tail] = text.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const middle = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  return { value: [...left, ...middle, ...right].reduce((sum, part) => (sum << 16n) | BigInt(`0x${part}`), 0n), width: 128 };
}

function pair(high: string | undefined, low: string | undefined): string {
  return ((Number(high) << 8) | Number(low)).toString(16);
}
