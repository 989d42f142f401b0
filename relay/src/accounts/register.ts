/** New accounts. Whether an address has one already is told to that address only. */
import type { z } from 'zod';
import type { registerRequest } from '@leanvibe/protocol/http/auth';
import type { Session } from '../db/database.js';
import { transact } from '../db/transact.js';
import { Refusal } from '../http/problem.js';
import type { AccountDeps } from './deps.js';
import { normalPassword, passwordFault } from './password.js';
import { newToken, newUuid, tokenHash } from './secrets.js';

const CONFIRM_MS = 24 * 3_600_000;

/** What a confirmed registration is made of. */
interface Registration {
  readonly email: string;
  readonly passwordHash: string;
}

/** The same work and the same answer whether or not there is such an account; the letters go out after it. */
export async function register(deps: AccountDeps, asked: z.output<typeof registerRequest>, address: string): Promise<void> {
  const { db, clock, random, settings, hasher, later, mailer, audit } = deps;
  if (settings.registration === 'closed') throw new Refusal('forbidden', 'this relay takes no new accounts');
  const password = normalPassword(asked.password);
  const fault = passwordFault(password, asked.email);
  if (fault !== null) throw new Refusal('invalid', fault);
  if (settings.registration === 'invite' && !(await takeInvite(deps, asked.invite))) {
    audit.note({ account: null, device: null, act: 'register', subject: null, outcome: 'refused', address });
    throw new Refusal('forbidden', 'a new account here needs an invite code that was not used yet; ask the operator');
  }
  const passwordHash = await hasher.turn((hashing) => hashing.hash(password));
  const registration = { email: asked.email, passwordHash };
  const known = await db.sql.selectFrom('account').select('account').where('email', '=', asked.email).executeTakeFirst();
  if (settings.confirm === 'none') {
    const account = known === undefined ? await transact(db, deps, (sql) => make(deps, sql, registration)) : null;
    audit.note({ account, device: null, act: 'register', subject: account, outcome: account === null ? 'refused' : 'done', address });
  }
  // For an account that is there, a row that nobody has the token of: the same writing to the disk.
  const token = newToken(random, 'lvc');
  const expiresMs = clock.nowMs() + CONFIRM_MS;
  if (settings.confirm === 'mail')
    await db.sql
      .insertInto('pending')
      .values({ hash: tokenHash(token), ...registration, expiresMs })
      .execute();
  later.run('register-letter', async () => {
    if (known !== undefined) await mailer.send({ kind: 'registered-already', to: asked.email, token: null, expiresMs: null });
    else if (settings.confirm === 'mail') await mailer.send({ kind: 'confirm', to: asked.email, token, expiresMs });
  });
}

/** The first to confirm an address has it; false for a token that is unknown, used or too old. */
export async function confirm(deps: AccountDeps, token: string, address: string): Promise<boolean> {
  const { db, clock, audit } = deps;
  const account = await transact(db, deps, async (sql) => {
    const pending = await sql
      .deleteFrom('pending')
      .where('hash', '=', tokenHash(token))
      .where('expiresMs', '>', clock.nowMs())
      .returningAll()
      .executeTakeFirst();
    return pending === undefined ? null : make(deps, sql, pending);
  });
  audit.note({ account, device: null, act: 'register', subject: account, outcome: account === null ? 'refused' : 'done', address });
  return account !== null;
}

/** Null when another was quicker. */
async function make({ clock, random }: AccountDeps, sql: Session, { email, passwordHash }: Registration): Promise<string | null> {
  const nowMs = clock.nowMs();
  const made = await sql
    .insertInto('account')
    .values({
      account: newUuid(random),
      email,
      passwordHash,
      madeMs: nowMs,
      passwordMs: nowMs,
      tier: 'free',
      consentMs: null,
      lockedMs: null,
      deletedMs: null,
      receipt: null,
      totp: null,
      totpStep: 0,
      totpNext: null,
    })
    .onConflict((conflict) => conflict.column('email').doNothing())
    .returning('account')
    .executeTakeFirst();
  await sql.deleteFrom('pending').where('email', '=', email).execute();
  return made?.account ?? null;
}

async function takeInvite({ db, clock }: AccountDeps, invite: string | undefined): Promise<boolean> {
  if (invite === undefined) return false;
  const taken = await db.sql
    .deleteFrom('invite')
    .where('hash', '=', tokenHash(invite))
    .where('expiresMs', '>', clock.nowMs())
    .executeTakeFirst();
  return Number(taken.numDeletedRows) === 1;
}

/** An invite code of one use, for the operator to hand on. */
export async function makeInvite({ db, clock, random }: Pick<AccountDeps, 'db' | 'clock' | 'random'>, forMs: number): Promise<string> {
  const code = newToken(random, 'lvi');
  const nowMs = clock.nowMs();
  await db.sql
    .insertInto('invite')
    .values({ hash: tokenHash(code), madeMs: nowMs, expiresMs: nowMs + forMs })
    .execute();
  return code;
}
