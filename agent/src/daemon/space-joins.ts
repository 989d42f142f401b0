/** Invites this device was given (C42): it asks the inviting device, keeps asking while that is away or undecided, also over a new start, and tells how it ended. */
import type { Engine } from '@leanvibe/core/engine/api';
import type { AcceptEvent } from '@leanvibe/core/pairing/guest';
import type { Json } from '@leanvibe/core/doc/crdt';
import type { Cancel } from '@leanvibe/core/ports/clock';
import { inviteMeeting } from '@leanvibe/core/pairing/rendezvous';
import type { Hashing } from '@leanvibe/core/ports/crypto';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { RandomDep } from '@leanvibe/core/ports/random';
import { type DeviceId, fromHex } from '@leanvibe/protocol/ids';
import { ControlFailure } from '../control/error.js';
import type { SpaceJoinRow } from '../control/team-views.js';
import type { Found } from '../discover/cache.js';
import type { LocalRecords } from '../product/local.js';
import { cleanName, type Names } from '../product/names.js';
import { byIdStart } from '../product/resolve.js';
import { toMultiaddr } from '../transport/address.js';
import { decodeInviteLink, type InviteLink } from './invite-link.js';
import { goOn, reach, type ReachDeps, type Sought } from './reach.js';

export interface SpaceJoinsDeps extends ReachDeps, LoggerDep, RandomDep {
  readonly crypto: Hashing;
  readonly engine: Pick<Engine, 'device' | 'invites' | 'connect' | 'peers'>;
  readonly local: LocalRecords;
  readonly names: Names;
  readonly found: () => readonly Found[];
  readonly joined: (device: DeviceId, addresses: readonly string[]) => void;
  readonly told: (row: SpaceJoinRow) => void;
}

export interface SpaceJoins {
  accept(link: string): Promise<SpaceJoinRow>;
  /** The newest first; those that ended for a day more. */
  list(): readonly SpaceJoinRow[];
  withdraw(id: string): Promise<SpaceJoinRow>;
  stop(): void;
}

interface Asking extends SpaceJoinRow {
  /** One kept by an earlier version names no relays. */
  readonly link: Omit<InviteLink, 'origins'> & Partial<Pick<InviteLink, 'origins'>>;
  readonly endedAt: string | null;
}

interface Life {
  failures: number;
  cancel: Cancel;
  hangUp: () => void;
  /** The way to the inviting device is sought until then. */
  seeking: AbortController;
}

/** How the inviting device was reached. */
interface Met {
  readonly addresses: readonly string[];
  goOn(): void;
}

const PREFIX = 'invited/';
const ASKED_AT_ONCE_MAX = 32;
const KEPT_MS = 86_400_000;
/** The inviting device may be away for as long as its invite lasts, and a request that it keeps for longer still. */
const AFTER_EXPIRY_MS = 30 * 86_400_000;
const AGAIN_MS_FIRST = 1_000;
const AGAIN_MS_MAX = 30_000;
/** What time mends: everything else the inviting device says is final. */
const PASSES: ReadonlySet<string | null> = new Set([null, 'invite-busy', 'cancelled']);

const isOver = ({ state }: SpaceJoinRow): boolean => state === 'joined' || state === 'denied' || state === 'failed';
const rowOf = ({ link: _link, endedAt: _endedAt, ...row }: Asking): SpaceJoinRow => row;

export async function openSpaceJoins(deps: SpaceJoinsDeps): Promise<SpaceJoins> {
  const { clock, crypto, logger, random, engine, local, names, told } = deps;
  const all = new Map<string, Asking>();
  const lives = new Map<string, Life>();
  let stopped = false;

  const iso = (): string => new Date(clock.nowMs()).toISOString();
  const lifeOf = (id: string): Life => {
    const life = lives.get(id) ?? { failures: 0, cancel: () => undefined, hangUp: () => undefined, seeking: new AbortController() };
    lives.set(id, life);
    return life;
  };
  const trouble = (error: unknown): void =>
    logger.log('error', 'invite-not-kept', { why: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });

  const change = async (id: string, next: Partial<SpaceJoinRow>): Promise<void> => {
    const before = all.get(id);
    if (before === undefined || isOver(before)) return;
    const after: Asking = { ...before, ...next };
    const kept: Asking = isOver(after) ? { ...after, endedAt: iso(), link: { ...after.link, secret: '' } } : after;
    all.set(id, kept);
    if (JSON.stringify(rowOf(before)) === JSON.stringify(rowOf(kept))) return;
    told(rowOf(kept));
    await local.put(`${PREFIX}${id}`, kept as unknown as Json);
  };

  const again = (id: string, message: string): void => {
    const one = all.get(id);
    if (one === undefined || isOver(one) || stopped) return;
    if (clock.nowMs() > one.link.expiresAtMs + AFTER_EXPIRY_MS) {
      change(id, { state: 'failed', message: 'the invite is long out of date, and the inviting device did not answer' }).catch(trouble);
      return;
    }
    const life = lifeOf(id);
    const waitMs = Math.min(AGAIN_MS_FIRST * 2 ** life.failures, AGAIN_MS_MAX) * (0.7 + ((random.bytes(1)[0] ?? 0) / 255) * 0.6);
    life.failures = Math.min(life.failures + 1, 10);
    life.cancel();
    life.cancel = clock.after(waitMs, () => void ask(id).catch(trouble));
    change(id, { message }).catch(trouble);
  };

  const onEvent = (id: string, { addresses, goOn: enter }: Met, event: AcceptEvent): void => {
    const { device } = all.get(id)?.link ?? {};
    switch (event.type) {
      case 'asked':
        lifeOf(id).failures = 0;
        return void change(id, { role: event.role, message: null }).catch(trouble);
      case 'waiting':
        change(id, { state: 'waiting', message: null }).catch(trouble);
        return event.connected ? undefined : again(id, 'the inviting device is not reachable now');
      case 'joined':
        if (device !== undefined) deps.joined(device, addresses);
        enter();
        return void change(id, { state: 'joined', space: event.space, message: null })
          .then(() => names.refresh())
          .catch(trouble);
      case 'denied':
        return void change(id, { state: 'denied', message: event.message }).catch(trouble);
      case 'failed':
        if (PASSES.has(event.code)) return again(id, event.message);
        return void change(id, { state: 'failed', message: event.message }).catch(trouble);
    }
  };

  /** The link's addresses, whatever is on this network (only the device of the link can answer), and the link's relays. */
  const soughtBy = ({ device, addresses, origins = [], secret, invite }: Asking['link']): Sought => {
    const near = deps.found().flatMap((one) => one.addresses.map((at) => toMultiaddr({ ...at, device }).toString()));
    const [key, id] = [fromHex(secret), fromHex(invite)];
    const place = origins.length === 0 || key === null || id === null ? null : { origins, name: inviteMeeting(crypto, key, id) };
    return { addresses: [...new Set([...addresses, ...near])], expect: device, place };
  };

  async function ask(id: string): Promise<void> {
    const one = all.get(id);
    if (one === undefined || isOver(one) || stopped) return;
    const { link } = one;
    const sought = soughtBy(link);
    const reached = await reach(deps, sought, '/leanvibe/invite/1', lifeOf(id).seeking.signal);
    if (!reached.ok) return again(id, reached.error.message);
    const { channel, piped } = reached.value;
    const now = all.get(id);
    if (stopped || now === undefined || isOver(now)) return channel.close('cancelled');
    const met: Met = { addresses: sought.addresses, goOn: () => void (piped === null ? null : goOn(deps, piped).catch(trouble)) };
    const accepting = engine.invites.accept(
      channel,
      { invite: link.invite, secret: link.secret, personName: names.person(), deviceName: names.own() },
      (event) => onEvent(id, met, event),
    );
    lifeOf(id).hangUp = () => accepting.cancel();
  }

  for (const { key, value } of await local.all(PREFIX)) {
    const one = value as unknown as Asking;
    const old = one.endedAt !== null && clock.nowMs() - Date.parse(one.endedAt) > KEPT_MS;
    if (old) await local.remove(key);
    else all.set(one.id, one);
  }
  for (const id of all.keys()) lifeOf(id).cancel = clock.after(0, () => void ask(id).catch(trouble));

  const end = (id: string): void => {
    lives.get(id)?.cancel();
    lives.get(id)?.seeking.abort();
    lives.get(id)?.hangUp();
    lives.delete(id);
  };

  return {
    async accept(text) {
      const link = decodeInviteLink(text);
      if (!link.ok) throw new ControlFailure('refused', link.error, 'ask for a new one: leanvibe invite, on the inviting device');
      if (link.value.device === engine.device)
        throw new ControlFailure('refused', 'this device made that invite itself', 'send the link to whoever is to join');
      const { invite: id, personName, spaceName } = link.value;
      const before = all.get(id);
      if (before !== undefined && !isOver(before)) return rowOf(before);
      if ([...all.values()].filter((one) => !isOver(one)).length >= ASKED_AT_ONCE_MAX)
        throw new ControlFailure('too-many', 'this device waits for too many invites already', 'withdraw some: leanvibe status shows them');
      await names.settlePerson();
      const row: SpaceJoinRow = {
        id,
        state: 'asking',
        hostName: cleanName(personName, 'somebody'),
        spaceName: cleanName(spaceName, 'a space'),
        space: null,
        role: null,
        message: null,
        since: iso(),
      };
      const asking: Asking = { ...row, link: link.value, endedAt: null };
      await local.put(`${PREFIX}${id}`, asking as unknown as Json);
      all.set(id, asking);
      told(row);
      ask(id).catch(trouble);
      return row;
    },
    list() {
      const shown = [...all.values()].filter(({ endedAt }) => endedAt === null || clock.nowMs() - Date.parse(endedAt) <= KEPT_MS);
      return shown.sort((a, b) => (a.since < b.since ? 1 : -1)).map(rowOf);
    },
    async withdraw(text) {
      const one = byIdStart([...all.values()], text, 'invite', 'leanvibe status');
      await change(one.id, { state: 'failed', message: 'withdrawn' });
      end(one.id);
      const last = all.get(one.id) ?? one;
      all.delete(one.id);
      await local.remove(`${PREFIX}${one.id}`);
      return rowOf(last);
    },
    stop() {
      stopped = true;
      for (const id of [...lives.keys()]) end(id);
    },
  };
}
