/** The keys access tokens are signed with: ES256, kept sealed in the database so that all copies share them, replaced without anybody being signed out. */
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { RandomDep } from '@leanvibe/core/ports/random';
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import type { DatabaseDep } from '../db/database.js';
import type { SecretsDep } from './secrets.js';

export const ALGORITHM = 'ES256';
export const ACCESS_MS = 30 * 60_000;
/** Another copy may have rotated the keys. */
const RELOAD_MS = 5_000;
/** Another copy may have made its first key a moment ago: so many unknown ones are looked up at once in that time, whoever made them up. */
const UNKNOWN_MAX = 20;

export interface SigningKey {
  readonly kid: string;
  readonly key: CryptoKey;
}

export interface SigningKeys {
  /** The youngest key in use that the present secret opens. */
  current(): Promise<SigningKey>;
  /** Null for a kid that is not in the relay's own table, or was retired longer ago than a token lives. */
  find(kid: string): Promise<CryptoKey | null>;
  /** Signs with a new key from now on; what the old ones signed is believed until it expires. */
  rotate(): Promise<string>;
  /** Signs no more with keys that lie sealed by another secret than the present one, whoever holds that now; answers how many. */
  retireForeign(): Promise<number>;
}

export type SigningDeps = DatabaseDep & ClockDep & RandomDep & SecretsDep & LoggerDep;

interface Held {
  readonly kid: string;
  readonly publicKey: CryptoKey;
  readonly privateKey: CryptoKey | null;
  readonly retiredMs: number | null;
}

export function createSigningKeys(deps: SigningDeps): SigningKeys {
  const { db, clock, random, secrets, logger } = deps;
  let held: readonly Held[] = [];
  let loadedMs = Number.NEGATIVE_INFINITY;
  let loading: Promise<void> | null = null;
  const load = (): Promise<void> =>
    (loading ??= read(deps)
      .then((keys) => {
        held = keys;
        loadedMs = clock.nowMs();
      })
      .finally(() => (loading = null)));
  const stale = (): boolean => Math.abs(clock.nowMs() - loadedMs) >= RELOAD_MS;
  let asked = { sinceMs: 0, times: 0 };
  const mayAsk = (): boolean => {
    const now = clock.nowMs();
    if (Math.abs(now - asked.sinceMs) >= RELOAD_MS) asked = { sinceMs: now, times: 0 };
    return ++asked.times <= UNKNOWN_MAX;
  };

  const make = async (): Promise<string> => {
    const kid = Buffer.from(random.bytes(8)).toString('hex');
    const { publicKey, privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
    const [open, sealed] = [JSON.stringify(await exportJWK(publicKey)), Buffer.from(JSON.stringify(await exportJWK(privateKey)))];
    const row = { kid, publicKey: open, privateKey: secrets.seal(`signing ${kid}`, sealed), madeMs: clock.nowMs(), retiredMs: null };
    await db.sql.insertInto('signingKey').values(row).execute();
    return kid;
  };
  const forget = async (nowMs: number): Promise<void> => {
    await db.sql
      .deleteFrom('signingKey')
      .where('retiredMs', '<', nowMs - 2 * ACCESS_MS)
      .execute();
  };
  return {
    async current() {
      if (stale()) await load();
      let key = held.find((one) => one.retiredMs === null && one.privateKey !== null);
      if (key === undefined) {
        await make();
        await load();
        key = held.find((one) => one.retiredMs === null && one.privateKey !== null);
      }
      if (key === undefined || key.privateKey === null)
        throw new Error('no signing key can be opened; was the secret of the relay changed?');
      return { kid: key.kid, key: key.privateKey };
    },
    async find(kid) {
      if (!held.some((one) => one.kid === kid) && (stale() || mayAsk())) await load();
      const key = held.find((one) => one.kid === kid);
      if (key === undefined || (key.retiredMs !== null && key.retiredMs + ACCESS_MS <= clock.nowMs())) return null;
      return key.publicKey;
    },
    async rotate() {
      const kid = await make();
      const nowMs = clock.nowMs();
      await db.sql.updateTable('signingKey').set({ retiredMs: nowMs }).where('kid', '!=', kid).where('retiredMs', 'is', null).execute();
      await forget(nowMs);
      await load();
      return kid;
    },
    async retireForeign() {
      await load();
      const foreign = held.filter((one) => one.retiredMs === null && one.privateKey === null).map(({ kid }) => kid);
      if (foreign.length === 0) return 0;
      const nowMs = clock.nowMs();
      await db.sql.updateTable('signingKey').set({ retiredMs: nowMs }).where('kid', 'in', foreign).where('retiredMs', 'is', null).execute();
      await load();
      await forget(nowMs);
      for (const kid of foreign) logger.log('warn', 'signing-key-retired', { kid });
      return foreign.length;
    },
  };
}

async function read({ db, secrets }: SigningDeps): Promise<readonly Held[]> {
  const rows = await db.sql.selectFrom('signingKey').selectAll().orderBy('madeMs', 'desc').orderBy('kid').execute();
  return Promise.all(
    rows.map(async ({ kid, publicKey, privateKey, retiredMs }) => {
      const opened = secrets.openNow(`signing ${kid}`, privateKey);
      return {
        kid,
        retiredMs,
        publicKey: await imported(JSON.parse(publicKey) as JWK),
        privateKey: opened === null ? null : await imported(JSON.parse(Buffer.from(opened).toString()) as JWK),
      };
    }),
  );
}

async function imported(jwk: JWK): Promise<CryptoKey> {
  return (await importJWK(jwk, ALGORITHM)) as CryptoKey;
}
