/** The tokens of this agent: made, found by their secret, and ended, each end on disk before it is told. */
import type { Cancel, ClockDep } from '@leanvibe/core/ports/clock';
import type { Random } from '@leanvibe/core/ports/random';
import { makeId, type TokenId } from '@leanvibe/protocol/ids';
import type { LocalRecords } from '../product/local.js';
import { type Act, readAct, actsPrefix } from './acts.js';
import { type Bearer, createBearer, type Held } from './bearer.js';
import { readRecord, type TokenEnd, type TokenRecord, type TokenRole, writeRecord } from './record.js';
import type { Scope } from './scope.js';
import { hashOf, isSecret, newSecret, sameHash } from './secret.js';

export interface TokensDeps extends ClockDep {
  readonly random: Random;
  readonly local: LocalRecords;
  /** Milliseconds this process has run. */
  readonly elapsedMs: () => number;
  readonly failed: (error: unknown) => void;
}

export interface TokenOrder {
  readonly name: string;
  readonly role: TokenRole;
  readonly scope: Scope;
  readonly lastsMs: number;
}

export interface Tokens {
  /** Durable when it resolves; the secret is nowhere else. Null when there are too many. */
  create(order: TokenOrder): Promise<{ readonly record: TokenRecord; readonly secret: string } | null>;
  /** Live ones first, the newest first. */
  all(): readonly TokenRecord[];
  /** Whose secret this is, ended ones too; null for nobody's. Takes as long whoever it is. */
  bearerOf(secret: string): Bearer | null;
  /** Nothing is done in its name any more once this resolves, and that is on disk. False when it had ended before. */
  end(id: TokenId, how: TokenEnd['how']): Promise<boolean>;
  /** All that live: this home is an older or second copy of itself. */
  endAll(how: TokenEnd['how']): Promise<void>;
  /** The newest first. */
  acts(id: TokenId): Promise<readonly Act[]>;
  /** Writes what was seen last. */
  stop(): Promise<void>;
}

const LIVE_MAX = 100;
/** Ended ones stay listed, so that what they did can be told; the oldest go. */
const ENDED_MAX = 100;
/** How soon an end by time is noticed by those who only listen. */
const TICK_MS = 15_000;
const SAVE_EVERY_MS = 10 * 60_000;
const PREFIX = 'robot/';
const keyOf = (id: TokenId): string => `${PREFIX}${id}`;

export async function openTokens(deps: TokensDeps): Promise<Tokens> {
  const { clock, local, random, failed } = deps;
  const held = new Map<TokenId, Held>();
  let cancel: Cancel | null = null;
  let stopped = false;

  const keep = (record: TokenRecord): Held => {
    const one = createBearer(deps, record, { key: keyOf(record.id) });
    held.set(record.id, one);
    return one;
  };
  for (const { value } of await local.all(PREFIX)) {
    const record = readRecord(value);
    if (record !== null) keep(record);
  }
  const live = (): readonly Held[] => [...held.values()].filter((one) => one.record().end === null);

  const tick = (): void => {
    for (const one of live()) {
      if (!one.bearer.live()) one.end('expired').catch(failed);
      else if (one.unsavedMs() >= SAVE_EVERY_MS) one.save().catch(failed);
    }
    wait();
  };
  /** At the next end, or soon: the machine's clock may jump. */
  const wait = (): void => {
    cancel?.();
    cancel = null;
    const rest = live().map((one) => one.leftMs());
    if (rest.length > 0 && !stopped) cancel = clock.after(Math.max(1, Math.min(TICK_MS, ...rest)), tick);
  };
  tick();

  const forgetOld = async (): Promise<void> => {
    const ended = [...held.values()].filter((one) => one.record().end !== null);
    const old = ended.sort((a, b) => (b.record().end?.atMs ?? 0) - (a.record().end?.atMs ?? 0)).slice(ENDED_MAX);
    for (const one of old) {
      const { id } = one.record();
      const rows = await local.all(actsPrefix(id));
      await local.write({ put: [], remove: [keyOf(id), ...rows.map(({ key }) => key)] });
      held.delete(id);
    }
  };

  return {
    async create({ name, role, scope, lastsMs }) {
      if (live().length >= LIVE_MAX) return null;
      await forgetOld();
      const secret = newSecret(random);
      const createdMs = clock.nowMs();
      const record: TokenRecord = {
        id: makeId<TokenId>(random.bytes(16), 16),
        name,
        hash: hashOf(secret),
        role,
        scope,
        createdMs,
        expiresMs: createdMs + lastsMs,
        seenMs: createdMs,
        usedMs: null,
        acts: 0,
        end: null,
      };
      await local.put(keyOf(record.id), writeRecord(record));
      keep(record);
      wait();
      return { record, secret };
    },
    all() {
      const rank = ({ end }: TokenRecord): number => (end === null ? 0 : 1);
      return [...held.values()]
        .map((one) => one.record())
        .sort((a, b) => rank(a) - rank(b) || b.createdMs - a.createdMs || (a.id < b.id ? -1 : 1));
    },
    bearerOf(secret) {
      const hash = hashOf(secret);
      let found: Bearer | null = null;
      for (const one of held.values()) if (sameHash(one.record().hash, hash)) found = one.bearer;
      return isSecret(secret) ? found : null;
    },
    async end(id, how) {
      const one = held.get(id);
      return one === undefined ? false : one.end(how);
    },
    async endAll(how) {
      for (const one of live()) await one.end(how);
    },
    async acts(id) {
      const rows = await local.all(actsPrefix(id));
      return rows.flatMap(({ value }) => readAct(value) ?? []).reverse();
    },
    async stop() {
      stopped = true;
      cancel?.();
      for (const one of live()) await one.save();
    },
  };
}
