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
  /** The id it gets; drawn once, so that a transaction done over knows its own. */
  readonly account: string;
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
  const uninvited = (): never => {
    audit.note({ account: null, device: null, act: 'register', subject: null, outcome: 'refused', address });
    throw new Refusal('forbidden', 'a new account here needs an invite code that was not used yet; ask the operator');
  };
  const invite = settings.registration === 'invite' ? tokenHash(asked.invite ?? '') : null;
  if (invite !== null && !(await isOpen(deps, invite))) uninvited();
  const passwordHash = await hasher.turn((hashing) => hashing.hash(password));
  const registration = { account: newUuid(random), email: asked.email, passwordHash };
  const known = await db.sql.selectFrom('account').select('account').where('email', '=', asked.email).executeTakeFirst();
  const token = newToken(random, 'lvc');
  const expiresMs = clock.nowMs() + CONFIRM_MS;
  const pending = { hash: tokenHash(token), email: asked.email, passwordHash, expiresMs };
  const account = await transact(db, deps, async (sql) => {
    // Done over after its answer was lost: all of it is there.
    if (await isWritten(sql, registration.account, pending.hash)) return registration.account;
    // With what it opens, or not at all: no failure burns a code.
    if (invite !== null && !(await takeInvite(sql, invite))) uninvited();
    if (settings.confirm === 'none') return known === undefined ? make(deps, sql, registration) : null;
    // For an account that is there, a row that nobody has the token of: the same writing to the disk.
    await sql.insertInto('pending').values(pending).execute();
    return null;
  });
  if (settings.confirm === 'none')
    audit.note({ account, device: null, act: 'register', subject: account, outcome: account === null ? 'refused' : 'done', address });
  later.run('register-letter', async () => {
    if (known !== undefined) await mailer.send({ kind: 'registered-already', to: asked.email, token: null, expiresMs: null });
    else if (settings.confirm === 'mail') await mailer.send({ kind: 'confirm', to: asked.email, token, expiresMs });
  });
}

/** The first to confirm an address has it; false for a token that is unknown, used or too old. */
export async function confirm(deps: AccountDeps, token: string, address: string): Promise<boolean> {
  const { db, clock, random, audit } = deps;
  const id = newUuid(random);
  const account = await transact(db, deps, async (sql) => {
    const pending = await sql
      .deleteFrom('pending')
      .where('hash', '=', tokenHash(token))
      .where('expiresMs', '>', clock.nowMs())
      .returningAll()
      .executeTakeFirst();
    if (pending === undefined) return (await isWritten(sql, id, '')) ? id : null;
    return make(deps, sql, { ...pending, account: id });
  });
  audit.note({ account, device: null, act: 'register', subject: account, outcome: account === null ? 'refused' : 'done', address });
  return account !== null;
}

/** Null when another was quicker. */
async function make({ clock }: AccountDeps, sql: Session, { account, email, passwordHash }: Registration): Promise<string | null> {
  const nowMs = clock.nowMs();
  const made = await sql
    .insertInto('account')
    .values({
      account,
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

async function isWritten(sql: Session, account: string, pendingHash: string): Promise<boolean> {
  const made = await sql.selectFrom('account').select('account').where('account', '=', account).executeTakeFirst();
  return (
    made !== undefined || (await sql.selectFrom('pending').select('hash').where('hash', '=', pendingHash).executeTakeFirst()) !== undefined
  );
}

/** Looked at before the password's hash is made, which is dear. */
async function isOpen({ db, clock }: AccountDeps, invite: string): Promise<boolean> {
  const row = await db.sql
    .selectFrom('invite')
    .select('hash')
    .where('hash', '=', invite)
    .where('expiresMs', '>', clock.nowMs())
    .executeTakeFirst();
  return row !== undefined;
}

async function takeInvite(sql: Session, invite: string): Promise<boolean> {
  const taken = await sql.deleteFrom('invite').where('hash', '=', invite).executeTakeFirst();
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
