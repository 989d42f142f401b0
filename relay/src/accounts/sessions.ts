/** Sign-ins: an access token for half an hour, and a refresh token of one use that keeps them going for thirty days. */
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { RandomDep } from '@leanvibe/core/ports/random';
import type { Tokens } from '@leanvibe/protocol/http/auth';
import { SignJWT } from 'jose';
import type { DatabaseDep, Session } from '../db/database.js';
import { transact } from '../db/transact.js';
import { newToken, newUuid, tokenHash } from './secrets.js';
import { ACCESS_MS, ALGORITHM, type SigningKey, type SigningKeys } from './signing.js';

export const REFRESH_MS = 30 * 86_400_000;
export const AUDIENCE = 'leanvibe-relay';

export interface SessionDeps extends DatabaseDep, ClockDep, RandomDep {
  readonly signing: SigningKeys;
  /** Who says so in access tokens: the relay's origin. */
  readonly issuer: string;
}

export interface Proven {
  readonly account: string;
  /** Of the password that was right: whoever changes it meanwhile ends this sign-in too. */
  readonly passwordMs: number;
}

export interface Sessions {
  /** Null when the account is gone or locked, or its password is no longer the one that was proven. */
  begin(proven: Proven): Promise<Tokens | null>;
  /** `reused`: the token was used before; its whole sign-in has ended by this. */
  refresh(
    refreshToken: string,
  ): Promise<{ readonly tokens: Tokens } | { readonly refused: 'unknown' | 'reused'; readonly account: string | null }>;
  end(session: string): Promise<void>;
  endAll(sql: Session, account: string, except?: string): Promise<number>;
  sweep(): Promise<void>;
}

export interface SessionsDep {
  readonly sessions: Sessions;
}

interface Drawn {
  readonly key: SigningKey;
  readonly refreshToken: string;
  readonly nowMs: number;
}

type Refreshed =
  | { readonly session: string; readonly account: string }
  | { readonly refused: 'unknown' | 'reused'; readonly account: string | null };

export function createSessions(deps: SessionDeps): Sessions {
  const { db, clock, random } = deps;
  // Drawn once a call: a transaction whose answer was lost is done over, and finds what it wrote.
  const draw = async (): Promise<Drawn> => ({
    // Before the transaction: on SQLite it has the one line to the database to itself.
    key: await deps.signing.current(),
    refreshToken: newToken(random, 'lvr'),
    nowMs: clock.nowMs(),
  });
  const handOut = async (sql: Session, { key, refreshToken, nowMs }: Drawn, account: string, session: string): Promise<Tokens> => {
    const refreshExpiresMs = nowMs + REFRESH_MS;
    await sql
      .insertInto('refresh')
      .values({ hash: tokenHash(refreshToken), session, expiresMs: refreshExpiresMs, usedMs: null })
      .onConflict((conflict) => conflict.column('hash').doNothing())
      .execute();
    await sql.updateTable('session').set({ expiresMs: refreshExpiresMs }).where('session', '=', session).execute();
    return { account, ...(await accessToken(deps.issuer, key, account, session, nowMs)), refreshToken, refreshExpiresMs };
  };
  return {
    async begin(proven) {
      const session = newUuid(random);
      const drawn = await draw();
      const { nowMs } = drawn;
      return transact(db, deps, async (sql) => {
        if (!(await holdProven(sql, proven))) return null;
        await sql
          .insertInto('session')
          .values({ session, account: proven.account, madeMs: nowMs, expiresMs: nowMs, endedMs: null })
          .onConflict((conflict) => conflict.column('session').doNothing())
          .execute();
        return handOut(sql, drawn, proven.account, session);
      });
    },
    async refresh(refreshToken) {
      const drawn = await draw();
      return transact(db, deps, async (sql) => {
        const used = await use(sql, tokenHash(refreshToken), drawn);
        return 'refused' in used ? used : { tokens: await handOut(sql, drawn, used.account, used.session) };
      });
    },
    async end(session) {
      await db.sql
        .updateTable('session')
        .set({ endedMs: clock.nowMs() })
        .where('session', '=', session)
        .where('endedMs', 'is', null)
        .execute();
    },
    async endAll(sql, account, except = '') {
      const ended = await sql
        .updateTable('session')
        .set({ endedMs: clock.nowMs() })
        .where('account', '=', account)
        .where('session', '!=', except)
        .where('endedMs', 'is', null)
        .executeTakeFirst();
      return Number(ended.numUpdatedRows);
    },
    async sweep() {
      const old = db.sql
        .selectFrom('session')
        .select('session')
        .where((eb) => eb.or([eb('expiresMs', '<', clock.nowMs()), eb('endedMs', '<', clock.nowMs() - REFRESH_MS)]));
      await db.sql.deleteFrom('refresh').where('session', 'in', old).execute();
      // Used ones of sign-ins that go on: until then they tell of a thief, afterwards they are too old for anything.
      await db.sql.deleteFrom('refresh').where('expiresMs', '<', clock.nowMs()).execute();
      await db.sql
        .deleteFrom('session')
        .where((eb) => eb.or([eb('expiresMs', '<', clock.nowMs()), eb('endedMs', '<', clock.nowMs() - REFRESH_MS)]))
        .execute();
    },
  };
}

/** Holds the account's row until the transaction ends, so that a change of the password comes before this sign-in, or ends it. */
async function holdProven(sql: Session, { account, passwordMs }: Proven): Promise<boolean> {
  const held = await sql
    .updateTable('account')
    .set((eb) => ({ tier: eb.ref('tier') }))
    .where('account', '=', account)
    .where('passwordMs', '=', passwordMs)
    .where('lockedMs', 'is', null)
    .executeTakeFirst();
  return Number(held.numUpdatedRows) === 1;
}

/** Marks the token used; whoever comes second with it, however close behind, ends the sign-in. */
async function use(sql: Session, hash: string, { nowMs, refreshToken }: Drawn): Promise<Refreshed> {
  const row = await sql
    .selectFrom('refresh')
    .innerJoin('session', 'session.session', 'refresh.session')
    .select(['refresh.session', 'refresh.expiresMs', 'session.account', 'session.endedMs'])
    .where('refresh.hash', '=', hash)
    .executeTakeFirst();
  if (row === undefined || row.endedMs !== null || row.expiresMs <= nowMs) return { refused: 'unknown', account: row?.account ?? null };
  const { session, account } = row;
  const marked = await sql
    .updateTable('refresh')
    .set({ usedMs: nowMs })
    .where('hash', '=', hash)
    .where('usedMs', 'is', null)
    .executeTakeFirst();
  if (Number(marked.numUpdatedRows) === 1) return { session, account };
  // This very call, done over: what it hands out is there already.
  const own = await sql.selectFrom('refresh').select('hash').where('hash', '=', tokenHash(refreshToken)).executeTakeFirst();
  if (own !== undefined) return { session, account };
  await sql.updateTable('session').set({ endedMs: nowMs }).where('session', '=', session).execute();
  return { refused: 'reused', account };
}

async function accessToken(
  issuer: string,
  { kid, key }: SigningKey,
  account: string,
  session: string,
  nowMs: number,
): Promise<{ readonly accessToken: string; readonly accessExpiresMs: number }> {
  const issued = Math.floor(nowMs / 1_000);
  const token = await new SignJWT({ sid: session })
    .setProtectedHeader({ alg: ALGORITHM, kid, typ: 'at+jwt' })
    .setIssuer(issuer)
    .setAudience(AUDIENCE)
    .setSubject(account)
    .setIssuedAt(issued)
    .setExpirationTime(issued + ACCESS_MS / 1_000)
    .sign(key);
  return { accessToken: token, accessExpiresMs: (issued + ACCESS_MS / 1_000) * 1_000 };
}
