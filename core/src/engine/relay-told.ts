/** Heads that relays showed to other devices, held against what they show this one (P7): two that were shown two logs find out when they meet. */
import type { DeviceId, SpaceId } from '@leanvibe/protocol/ids';
import type { ShownMailbox, WireCursor } from '@leanvibe/protocol/peer';
import { cursorKey, readCursor } from '../log/cursor.js';
import type { SpaceSync } from '../log/sync.js';
import type { Cancel, Clock } from '../ports/clock.js';
import type { Crypto } from '../ports/crypto.js';
import { type Lane, LANES, type Store } from '../ports/store.js';
import type { RelaySession } from '../session/relay.js';
import { relayName } from './relay-names.js';
import type { SpaceRuntime } from './space.js';

export interface RelayToldDeps {
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly store: Store;
  readonly spaces: ReadonlyMap<SpaceId, SpaceRuntime>;
  readonly sessions: ReadonlyMap<string, RelaySession>;
  /** `relay-forked`: two logs under one name. `relay-withheld`: the other device was shown more than this one. */
  alarm(alarm: 'relay-forked' | 'relay-withheld', origin: string, space: SpaceId, device: DeviceId): void;
  readonly trouble: (error: unknown) => void;
}

export interface RelayTold {
  /** How far this device has read the mailboxes its space's links tell of. */
  shown(space: SpaceId): Promise<readonly ShownMailbox[]>;
  /** What a member of the space was shown. */
  heard(device: DeviceId, space: SpaceId, mailboxes: readonly ShownMailbox[]): void;
  /** Something of the conversations with this relay changed. */
  look(origin: string): void;
  /** A conversation compared a head with what it reads. */
  compared(origin: string, space: SpaceId, lane: Lane, position: number, ok: boolean): void;
  stop(): void;
}

/** What others told, at most; the oldest is forgotten first. */
const CLAIMS_MAX = 256;
/** A relay in step is given so long to show what it showed another device, in milliseconds. */
const LATE_MS = 60_000;

interface Claim {
  readonly device: DeviceId;
  readonly space: SpaceId;
  readonly told: ShownMailbox;
  /** Lanes not compared yet. */
  left: readonly WireCursor[];
  /** Since when the relay, in step, has not shown that much here. */
  beyondMs: number | null;
}

export function createRelayTold(deps: RelayToldDeps): RelayTold {
  const { clock, crypto, sessions, spaces, store } = deps;
  const claims = new Map<string, Claim>();
  /** Since when a device that is connected too is told another store. */
  const apart = new Map<string, number>();
  /** Whose heads are being compared. */
  const asked = new Map<string, DeviceId>();
  let cancel: Cancel = () => undefined;
  let planned = false;

  const recordOf = async (space: SpaceId, { relay, mailbox }: Pick<ShownMailbox, 'relay' | 'mailbox'>, lane: Lane) => {
    const { key, table } = cursorKey(space, relayName(crypto, relay, mailbox), lane);
    const bytes = await store.get(table, key);
    return bytes === null ? null : readCursor(bytes);
  };
  const syncOf = (space: SpaceId, { relay, mailbox }: Pick<ShownMailbox, 'relay' | 'mailbox'>): SpaceSync | null =>
    sessions
      .get(relay)
      ?.rooms()
      .find((room) => room.space === space && room.mailbox === mailbox)
      ?.sync() ?? null;

  /** What is on disk decides where it can: the relay may be out of reach, or one that would not be asked twice. */
  const weigh = async (claim: Claim): Promise<void> => {
    for (const { lane, position, prefixHash } of claim.told.lanes) {
      const own = await recordOf(claim.space, claim.told, lane);
      if (own === null || own.store !== claim.told.store || own.position !== position || own.prefixHash === prefixHash) continue;
      claim.left = claim.left.filter((one) => one.lane !== lane);
      deps.alarm('relay-forked', claim.told.relay, claim.space, claim.device);
    }
  };
  /** True when there is nothing more to be learnt of it. */
  const compare = (claim: Claim, sync: SpaceSync): boolean => {
    const { device, space, told } = claim;
    const { lanes } = sync.read();
    let beyond = false;
    for (const head of claim.left) {
      const at = lanes[head.lane];
      if (at === null) continue;
      if (head.position > at.position) {
        beyond = true;
        continue;
      }
      claim.left = claim.left.filter((one) => one !== head);
      if (asked.size >= CLAIMS_MAX) asked.clear();
      asked.set(`${told.relay}/${space}/${head.lane}/${head.position}`, device);
      sync.compare(head.lane, head);
    }
    if (!beyond || !sync.status().idle) return claim.left.length === 0;
    claim.beyondMs ??= clock.nowMs();
    if (clock.nowMs() - claim.beyondMs < LATE_MS) return false;
    deps.alarm('relay-withheld', told.relay, space, device);
    return true;
  };
  /** Two devices that are connected at once and are told two stores are told two logs. */
  const strange = (key: string, { device, space, told }: Claim): void => {
    const sinceMs = apart.get(key) ?? clock.nowMs();
    if (!apart.has(key) && apart.size < CLAIMS_MAX) apart.set(key, sinceMs);
    if (told.live === 1 && clock.nowMs() - sinceMs >= LATE_MS) deps.alarm('relay-forked', told.relay, space, device);
  };
  const judge = (key: string, claim: Claim): void => {
    const sync = syncOf(claim.space, claim.told);
    const known = sync?.read().store ?? null;
    if (sync === null || known === null) return;
    if (known !== claim.told.store) {
      strange(key, claim);
      return void claims.delete(key);
    }
    apart.delete(key);
    if (compare(claim, sync)) claims.delete(key);
  };
  const look = (origin: string | null): void => {
    for (const [key, claim] of [...claims]) if (origin === null || claim.told.relay === origin) judge(key, claim);
    if (planned || ![...claims.values()].some(({ beyondMs }) => beyondMs !== null)) return;
    planned = true;
    cancel = clock.after(LATE_MS, () => {
      planned = false;
      look(null);
    });
  };

  return {
    async shown(id) {
      const mailboxes: ShownMailbox[] = [];
      for (const { mailbox, relay } of spaces.get(id)?.group.now().mailboxes ?? []) {
        const lanes: WireCursor[] = [];
        let from: ShownMailbox['store'] | null = null;
        for (const lane of LANES) {
          const record = await recordOf(id, { relay, mailbox }, lane);
          if (record === null || (from !== null && record.store !== from)) continue;
          from = record.store;
          lanes.push({ lane, position: record.position, prefixHash: record.prefixHash });
        }
        const live = syncOf(id, { relay, mailbox })?.read().store === from ? 1 : 0;
        if (from !== null) mailboxes.push({ relay, mailbox, store: from, lanes, live });
      }
      return mailboxes;
    },
    heard(device, space, mailboxes) {
      const known = spaces.get(space)?.group.now().mailboxes ?? [];
      for (const told of mailboxes) {
        if (!known.some(({ mailbox, relay }) => mailbox === told.mailbox && relay === told.relay)) continue;
        const key = `${device}/${told.relay}/${told.mailbox}`;
        const before = claims.get(key)?.beyondMs ?? null;
        const claim: Claim = { device, space, told, left: told.lanes.filter(({ position }) => position > 0), beyondMs: before };
        claims.delete(key);
        claims.set(key, claim);
        const oldest = claims.keys().next();
        if (claims.size > CLAIMS_MAX && oldest.done !== true) claims.delete(oldest.value);
        weigh(claim).then(() => look(told.relay), deps.trouble);
      }
    },
    look,
    compared(origin, space, lane, position, ok) {
      const key = `${origin}/${space}/${lane}/${position}`;
      const device = asked.get(key);
      asked.delete(key);
      if (!ok && device !== undefined) deps.alarm('relay-forked', origin, space, device);
    },
    stop: () => cancel(),
  };
}
