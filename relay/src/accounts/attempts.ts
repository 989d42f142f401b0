/** Five failures lock an address or an e-mail for a quarter of an hour. Each attempt is counted before it is judged, so that many at once are not many more. */
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import type { DatabaseDep } from '../db/database.js';
import type { Tables } from '../db/tables.js';
import { addressKey } from '../http/address.js';
import { Refusal } from '../http/problem.js';
import type { SecretsDep } from './secrets.js';

export const FAILURES_MAX = 5;
export const LOCK_MS = 15 * 60_000;

export interface Attempt {
  /** It was proven whole: what was counted against the account is forgotten, and against the address only this one. */
  succeeded(): Promise<void>;
  /** It was no failure and no proof either: this one is taken back, and all before it stay. */
  takeBack(): Promise<void>;
}

export interface Attempts {
  /** Throws `too-many` while the address or the e-mail is locked. */
  begin(email: string, address: string): Promise<Attempt>;
  forget(email: string): Promise<void>;
  /** Drops what no longer locks. */
  sweep(): Promise<void>;
}

export interface AttemptsDep {
  readonly attempts: Attempts;
}

export function createAttempts({ db, clock, secrets }: DatabaseDep & ClockDep & SecretsDep): Attempts {
  const count = async (key: string): Promise<void> => {
    const nowMs = clock.nowMs();
    const counted = await db.sql
      .insertInto('attempt')
      .values({ key, failures: 1, lastMs: nowMs })
      .onConflict((conflict) =>
        conflict
          .column('key')
          .doUpdateSet((eb) => ({
            failures: eb
              .case()
              .when(over(eb, nowMs))
              .then(1)
              .else(eb('attempt.failures', '+', 1))
              .end(),
            lastMs: nowMs,
          }))
          .where((eb) => eb.or([eb('attempt.failures', '<', FAILURES_MAX), over(eb, nowMs)])),
      )
      .returning('failures')
      .executeTakeFirst();
    if (counted !== undefined) return;
    const row = await db.sql.selectFrom('attempt').select('lastMs').where('key', '=', key).executeTakeFirst();
    const seconds = Math.max(1, Math.ceil(((row?.lastMs ?? nowMs) + LOCK_MS - nowMs) / 1_000));
    throw new Refusal('too-many', 'there were too many failed attempts; wait, or reset the password', { 'retry-after': String(seconds) });
  };
  const emailKey = (email: string): string => secrets.blind('attempt', `email ${email}`);
  const addressKeyOf = (address: string): string => secrets.blind('attempt', `address ${addressKey(address)}`);
  const forget = async (email: string): Promise<void> => {
    await db.sql.deleteFrom('attempt').where('key', '=', emailKey(email)).execute();
  };
  const takeBack = async (key: string): Promise<void> => {
    await db.sql
      .updateTable('attempt')
      .set((eb) => ({ failures: eb('failures', '-', 1) }))
      .where('key', '=', key)
      .where('failures', '>', 0)
      .execute();
  };
  return {
    async begin(email, address) {
      await count(addressKeyOf(address));
      await count(emailKey(email));
      return {
        async succeeded() {
          await forget(email);
          await takeBack(addressKeyOf(address));
        },
        async takeBack() {
          await takeBack(addressKeyOf(address));
          await takeBack(emailKey(email));
        },
      };
    },
    forget,
    async sweep() {
      await db.sql
        .deleteFrom('attempt')
        .where((eb) => over(eb, clock.nowMs()))
        .execute();
    },
  };
}

/** No longer locks. Told by a clock that was set back since, a row that is as far ahead is over too: nobody waits until the clock catches up. */
function over(eb: ExpressionBuilder<Tables, 'attempt'>, nowMs: number): Expression<SqlBool> {
  return eb.or([eb('attempt.lastMs', '<=', nowMs - LOCK_MS), eb('attempt.lastMs', '>=', nowMs + LOCK_MS)]);
}
