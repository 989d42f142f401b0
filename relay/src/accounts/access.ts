/** Judges access tokens: our algorithm, our key, our claims, and a sign-in that has not ended; what it may do is read from the account's record. */
import type { ClockDep } from '@leanvibe/core/ports/clock';
import { errors, jwtVerify } from 'jose';
import type { DatabaseDep } from '../db/database.js';
import { ACCOUNT_SCOPES, type AccessDoor, DELETED_SCOPES } from '../http/who.js';
import type { Quota } from '../ports/caller.js';
import { AUDIENCE } from './sessions.js';
import { ACCESS_MS, ALGORITHM, type SigningKeys } from './signing.js';

const COPIES_APART_S = 5;

export interface AccessDoorDeps extends DatabaseDep, ClockDep {
  readonly signing: SigningKeys;
  readonly issuer: string;
  readonly quotaOf: (tier: string) => Quota;
}

export function createAccessDoor(deps: AccessDoorDeps): AccessDoor {
  const { db, quotaOf } = deps;
  return {
    async admit(accessToken) {
      const claims = await verified(deps, accessToken);
      if (claims === null) return null;
      const row = await db.sql
        .selectFrom('session')
        .innerJoin('account', 'account.account', 'session.account')
        .select(['account.account', 'account.tier', 'account.deletedMs', 'session.session'])
        .where('session.session', '=', claims.session)
        .where('session.account', '=', claims.account)
        .where('session.endedMs', 'is', null)
        .where('account.lockedMs', 'is', null)
        .executeTakeFirst();
      if (row === undefined) return null;
      const scopes = row.deletedMs === null ? ACCOUNT_SCOPES : DELETED_SCOPES;
      return { type: 'access', account: row.account, session: row.session, scopes, quota: quotaOf(row.tier) };
    },
  };
}

async function verified(
  { signing, issuer, clock }: AccessDoorDeps,
  token: string,
): Promise<{ readonly account: string; readonly session: string } | null> {
  try {
    const { payload } = await jwtVerify(
      token,
      async ({ kid }) => {
        // A kid is looked up among our own keys and nowhere else; what a header says of keys or addresses of keys is not read.
        const key = kid !== undefined && /^[0-9a-f]{16}$/.test(kid) ? await signing.find(kid) : null;
        if (key === null) throw new errors.JWKSNoMatchingKey();
        return key;
      },
      {
        algorithms: [ALGORITHM],
        issuer,
        audience: AUDIENCE,
        typ: 'at+jwt',
        currentDate: new Date(clock.nowMs()),
        // Another copy signed it, whose clock may be ahead.
        clockTolerance: COPIES_APART_S,
        maxTokenAge: ACCESS_MS / 1_000,
        requiredClaims: ['sub', 'sid', 'exp', 'iat'],
      },
    );
    const { sub, sid } = payload;
    return typeof sub === 'string' && typeof sid === 'string' ? { account: sub, session: sid } : null;
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}
