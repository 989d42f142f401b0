/** New passwords: changed by whoever knows the old one, or reset by whoever reads the mail of the account. */
import { Refusal } from '../http/problem.js';
import type { Session } from '../db/database.js';
import { transact } from '../db/transact.js';
import type { AccountDeps } from './deps.js';
import { emailOf, proveAgain } from './login.js';
import { normalPassword, passwordFault } from './password.js';
import { newToken, tokenHash } from './secrets.js';

const RESET_MS = 3_600_000;

export interface PasswordChange {
  readonly account: string;
  readonly session: string;
  readonly current: string;
  readonly next: string;
  readonly code: string | undefined;
  readonly address: string;
}

/** Ends every other sign-in. */
export async function changePassword(deps: AccountDeps, { account, session, current, next, code, address }: PasswordChange): Promise<void> {
  const { db, hasher, sessions, audit } = deps;
  const email = await emailOf(deps, account);
  const password = judged(next, email);
  await proveAgain(deps, account, { password: current, code, address }, 'password.change');
  const passwordHash = await hasher.turn((hashing) => hashing.hash(password));
  await transact(db, deps, async (sql) => {
    await setPassword(deps, sql, account, passwordHash);
    await sessions.endAll(sql, account, session);
  });
  audit.note({ account, device: null, act: 'password.change', subject: null, outcome: 'done', address });
  tellOwner(deps, email);
}

/** Whether there is such an account is looked up after the answer. */
export function requestReset({ db, clock, random, later, mailer, audit }: AccountDeps, email: string, address: string): void {
  later.run('reset-letter', async () => {
    const row = await db.sql.selectFrom('account').select('account').where('email', '=', email).executeTakeFirst();
    audit.note({
      account: row?.account ?? null,
      device: null,
      act: 'password.reset-request',
      subject: null,
      outcome: row === undefined ? 'refused' : 'done',
      address,
    });
    if (row === undefined) return;
    const token = newToken(random, 'lvp');
    const expiresMs = clock.nowMs() + RESET_MS;
    // Only the latest letter is good.
    await db.sql.deleteFrom('reset').where('account', '=', row.account).execute();
    await db.sql
      .insertInto('reset')
      .values({ hash: tokenHash(token), account: row.account, expiresMs })
      .execute();
    await mailer.send({ kind: 'reset', to: email, token, expiresMs });
  });
}

/**
 * Ends every sign-in. A second factor stays, and with it the lock of the account: who reads its mail could else guess five codes a letter. Without one the
 * lock ends too.
 */
export async function resetPassword(deps: AccountDeps, token: string, next: string, address: string): Promise<void> {
  const { db, clock, hasher, sessions, attempts, audit } = deps;
  const hash = tokenHash(token);
  const found = await db.sql
    .selectFrom('reset')
    .innerJoin('account', 'account.account', 'reset.account')
    .select(['account.account', 'account.email', 'account.totp'])
    .where('reset.hash', '=', hash)
    .where('reset.expiresMs', '>', clock.nowMs())
    .executeTakeFirst();
  const password = judged(next, found?.email ?? '');
  const passwordHash = await hasher.turn((hashing) => hashing.hash(password));
  const done =
    found !== undefined &&
    (await transact(db, deps, async (sql) => {
      const used = await sql.deleteFrom('reset').where('hash', '=', hash).executeTakeFirst();
      // Where this is done over after its answer was lost, the password is that of this very call: no two hashes are alike.
      if (Number(used.numDeletedRows) !== 1) return await hasPassword(sql, found.account, passwordHash);
      await setPassword(deps, sql, found.account, passwordHash);
      await sessions.endAll(sql, found.account);
      return true;
    }));
  audit.note({
    account: found?.account ?? null,
    device: null,
    act: 'password.reset',
    subject: null,
    outcome: done ? 'done' : 'refused',
    address,
  });
  if (!done) throw new Refusal('forbidden', 'this link was used, or is too old; ask for another');
  if (found.totp === null) await attempts.forget(found.email);
  tellOwner(deps, found.email);
}

function judged(next: string, email: string): string {
  const password = normalPassword(next);
  const fault = passwordFault(password, email);
  if (fault !== null) throw new Refusal('invalid', fault);
  return password;
}

async function hasPassword(sql: Session, account: string, passwordHash: string): Promise<boolean> {
  const row = await sql.selectFrom('account').select('passwordHash').where('account', '=', account).executeTakeFirst();
  return row?.passwordHash === passwordHash;
}

async function setPassword({ clock }: AccountDeps, sql: Session, account: string, passwordHash: string): Promise<void> {
  const nowMs = clock.nowMs();
  await sql
    .updateTable('account')
    // Another time than before, whatever the clock says: sign-ins under way know by it that theirs is the old one.
    .set((eb) => ({
      passwordHash,
      passwordMs: eb
        .case()
        .when('passwordMs', '<', nowMs)
        .then(nowMs)
        .else(eb('passwordMs', '+', 1))
        .end(),
    }))
    .where('account', '=', account)
    .execute();
  await sql.deleteFrom('reset').where('account', '=', account).execute();
}

function tellOwner({ later, mailer }: AccountDeps, email: string): void {
  later.run('password-letter', () => mailer.send({ kind: 'password-changed', to: email, token: null, expiresMs: null }));
}
