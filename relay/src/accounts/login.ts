/** Signing in, and proving oneself again before what is grave. Wrong e-mail and wrong password look alike, and take alike. */
import type { z } from 'zod';
import type { loginRequest, Tokens } from '@leanvibe/protocol/http/auth';
import { Refusal } from '../http/problem.js';
import type { AccountDeps } from './deps.js';
import type { Hashing } from './hasher.js';
import { normalPassword } from './password.js';
import type { Proven } from './sessions.js';

export interface Proof {
  readonly email: string;
  readonly password: string;
  readonly code: string | undefined;
  readonly address: string;
}

const WRONG = 'the e-mail or the password is wrong';
const UNREADABLE =
  'this relay can no longer check codes of your authenticator, as its own secret was lost; use a recovery code, then disable it and set it up again';

export async function login(deps: AccountDeps, asked: z.output<typeof loginRequest>, address: string): Promise<Tokens> {
  const proven = await prove(deps, { email: asked.email, password: asked.password, code: asked.code, address }, 'login');
  const { account } = proven;
  const tokens = await deps.sessions.begin(proven);
  if (tokens === null) {
    deps.audit.note({ account, device: null, act: 'login', subject: null, outcome: 'refused', address });
    throw new Refusal('unauthorised', 'the password was changed, or the account locked, just now; sign in with the new one');
  }
  deps.audit.note({ account, device: null, act: 'login', subject: null, outcome: 'done', address });
  return tokens;
}

/** Answers the account, and which password was right; throws when the attempt fails, or none is allowed now. `act`: noted when it is refused. */
export async function prove(deps: AccountDeps, proof: Proof, act: string): Promise<Proven> {
  // Whoever finds too many waiting has made no attempt yet: nothing is counted against anybody, and nothing written.
  return await deps.hasher.turn((hashing) => proveInTurn(deps, hashing, proof, act));
}

async function proveInTurn(
  { attempts, audit, db, hasher, mfa }: AccountDeps,
  hashing: Hashing,
  { email, password, code, address }: Proof,
  act: string,
): Promise<Proven> {
  const refused = (account: string | null): void => audit.note({ account, device: null, act, subject: null, outcome: 'refused', address });
  const attempt = await attempts.begin(email, address).catch((error: unknown) => {
    refused(null);
    throw error;
  });
  const row = await db.sql
    .selectFrom('account')
    .select(['account', 'passwordHash', 'passwordMs', 'totp', 'lockedMs'])
    .where('email', '=', email)
    .executeTakeFirst();
  const right = await hashing.verify(row?.passwordHash ?? null, normalPassword(password));
  if (row === undefined || !right) {
    refused(row?.account ?? null);
    throw new Refusal('unauthorised', WRONG);
  }
  if (row.totp !== null) {
    if (code === undefined) {
      // No more than taken back: who forgot the wrong codes before it here could be asked to forget them again and again.
      await attempt.takeBack();
      throw new Refusal('code-needed', 'send the code of your authenticator, or a recovery code, too');
    }
    const checked = await mfa.check(row.account, code);
    if (checked === 'unreadable') {
      await attempt.takeBack();
      throw new Refusal('unauthorised', UNREADABLE);
    }
    if (checked === 'wrong') {
      refused(row.account);
      throw new Refusal('unauthorised', 'the code is wrong, or was used already; wait for the next one');
    }
  }
  await attempt.succeeded();
  // Said only to who proved to be its person.
  if (row.lockedMs !== null) {
    refused(row.account);
    throw new Refusal('unauthorised', 'this account is locked: ask who runs this relay');
  }
  if (hasher.outdated(row.passwordHash)) {
    const passwordHash = await hashing.hash(normalPassword(password));
    await db.sql
      .updateTable('account')
      .set({ passwordHash })
      .where('account', '=', row.account)
      .where('passwordHash', '=', row.passwordHash)
      .execute();
  }
  return { account: row.account, passwordMs: row.passwordMs };
}

/** As `prove`, for an account that is signed in. */
export async function proveAgain(deps: AccountDeps, account: string, proof: Omit<Proof, 'email'>, act: string): Promise<void> {
  await prove(deps, { email: await emailOf(deps, account), ...proof }, act);
}

export async function emailOf({ db }: Pick<AccountDeps, 'db'>, account: string): Promise<string> {
  const { email } = await db.sql.selectFrom('account').select('email').where('account', '=', account).executeTakeFirstOrThrow();
  return email;
}
