/** Who may connect: limits on handshakes and connections, per IP, per device and in all, before any cryptography is spent. */
import type { ConnectionGater, MultiaddrConnection, PeerId } from '@libp2p/interface';
import type { ClockDep } from '@leanvibe/core/ports/clock';
import { createBuckets } from '../discover/bucket.js';
import type { Counters } from './counters.js';
import { deviceOf } from './identity.js';
import { HANDSHAKE_MS_MAX, type AcceptLimits } from './limits.js';

/** One inbound connection, from accept to close. */
export interface Ticket {
  /** The IP it comes from, or the origin of the relay that carries it. */
  readonly from: string;
  /** The handshake is done. */
  open(): void;
  /** The connection is gone; safe to call again. */
  done(): void;
}

export interface AcceptGuard {
  /** Null, with the reason counted, when this IP (or relay, by its origin) or everybody together has too many. */
  admit(from: string): Ticket | null;
  /** For transports that admitted the socket themselves. */
  attach(connection: MultiaddrConnection, ticket: Ticket): void;
  readonly gater: ConnectionGater;
}

/** IPv4 as it is, mapped IPv4 unmapped, IPv6 by its /64: one host owns a whole one. A relay's origin as it is. */
export function accountOf(ip: string): string {
  if (ip.includes('://')) return ip;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip);
  if (mapped?.[1] !== undefined) return mapped[1];
  if (!ip.includes(':')) return ip;
  const [head = '', tail = ''] = ip.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const zeros = ip.includes('::') ? Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0') : [];
  return [...left, ...zeros, ...right].slice(0, 4).join(':');
}

function createTally(): { add(key: string, by: 1 | -1): void; of(key: string): number; total(): number } {
  const byKey = new Map<string, number>();
  let total = 0;
  return {
    add: (key, by) => {
      total += by;
      const now = (byKey.get(key) ?? 0) + by;
      if (now === 0) byKey.delete(key);
      else byKey.set(key, now);
    },
    of: (key) => byKey.get(key) ?? 0,
    total: () => total,
  };
}

export function createAcceptGuard({ clock, counters }: ClockDep & { readonly counters: Counters }, limits: AcceptLimits): AcceptGuard {
  const pending = createTally();
  const open = createTally();
  const devices = createTally();
  const rate = createBuckets({ clock }, { perSecond: limits.perIpPerSecond, burst: limits.perIpPerSecond * 2, keysMax: 1024 });
  const tickets = new WeakMap<MultiaddrConnection, Ticket>();

  function refusal(account: string): string | null {
    if (pending.total() >= limits.pendingMax) return 'too-many-handshakes';
    if (pending.of(account) >= limits.pendingPerIpMax) return 'too-many-handshakes-from-host';
    if (open.total() >= limits.openMax) return 'too-many-connections';
    if (open.of(account) >= limits.openPerIpMax) return 'too-many-connections-from-host';
    return rate.take(account) ? null : 'connecting-too-fast';
  }

  function admit(from: string): Ticket | null {
    const account = accountOf(from);
    const reason = refusal(account);
    if (reason !== null) {
      counters.count(reason);
      return null;
    }
    let state: 'pending' | 'open' | 'done' = 'pending';
    const since = clock.nowMs();
    pending.add(account, 1);
    return {
      from,
      open: () => {
        if (state !== 'pending') return;
        state = 'open';
        pending.add(account, -1);
        open.add(account, 1);
      },
      done: () => {
        if (state === 'pending') counters.count(clock.nowMs() - since >= HANDSHAKE_MS_MAX * 0.9 ? 'handshake-timeout' : 'handshake-failed');
        if (state !== 'done') (state === 'pending' ? pending : open).add(account, -1);
        state = 'done';
      },
    };
  }

  function attach(connection: MultiaddrConnection, ticket: Ticket): void {
    tickets.set(connection, ticket);
    connection.addEventListener('close', () => ticket.done());
  }

  function denyInboundConnection(connection: MultiaddrConnection): boolean {
    if (tickets.has(connection)) return false;
    const ip = connection.remoteAddr.getComponents()[0]?.value ?? '';
    const ticket = admit(ip);
    if (ticket === null) return true;
    attach(connection, ticket);
    return false;
  }

  function denyInboundEncryptedConnection(peer: PeerId, connection: MultiaddrConnection): boolean {
    const device = deviceOf(peer);
    if (device === null) return deny('not-a-device-key');
    if (devices.of(device) >= limits.openPerDeviceMax) return deny('too-many-connections-from-device');
    devices.add(device, 1);
    connection.addEventListener('close', () => devices.add(device, -1), { once: true });
    return false;
  }

  function deny(reason: string): true {
    counters.count(reason);
    return true;
  }

  function denyInboundUpgradedConnection(_peer: PeerId, connection: MultiaddrConnection): boolean {
    tickets.get(connection)?.open();
    return false;
  }

  const gater = { denyInboundConnection, denyInboundEncryptedConnection, denyInboundUpgradedConnection, denyDialMultiaddr: () => false };
  return { admit, attach, gater };
}
