/** The second factor: an authenticator's six digits, each step of time once, or one of ten recovery codes. */
import { createHash } from 'node:crypto';
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { RandomDep } from '@leanvibe/core/ports/random';
import { Secret, TOTP } from 'otpauth';
import type { DatabaseDep, Session } from '../db/database.js';
import { transact } from '../db/transact.js';
import type { SecretsDep } from './secrets.js';

export type MfaDeps = DatabaseDep & ClockDep & RandomDep & SecretsDep & LoggerDep;

const PERIOD_S = 30;
/** Clocks of telephones may be this many steps off. */
const WINDOW = 1;
const CODES = 10;
/** 80 bits, and 160 as RFC 4226 advises. */
const CODE_BYTES = 10;
const SECRET_BYTES = 20;

export interface Mfa {
  /** Draws a secret; it is in use only once `confirm` was given a code of it. */
  setup(account: string, email: string): Promise<{ readonly secret: string; readonly uri: string }>;
  /** The recovery codes, shown once; null when the code is wrong or nothing was set up. */
  confirm(account: string, code: string): Promise<readonly string[] | null>;
  /** `right` once for each code; uses it up. `unreadable`: the secret is sealed by a secret of the relay that is lost; a recovery code is still taken. */
  check(account: string, code: string): Promise<'right' | 'wrong' | 'unreadable'>;
  disable(account: string): Promise<void>;
}

export interface MfaDep {
  readonly mfa: Mfa;
}

export function createMfa(deps: MfaDeps): Mfa {
  const { db, random, secrets } = deps;
  return {
    async setup(account, email) {
      const secret = random.bytes(SECRET_BYTES);
      await db.sql
        .updateTable('account')
        .set({ totpNext: secrets.seal(`totp ${account}`, secret) })
        .where('account', '=', account)
        .execute();
      const totp = new TOTP({ issuer: 'LeanVibe', label: email, secret: secretOf(secret), period: PERIOD_S });
      return { secret: totp.secret.base32, uri: totp.toString() };
    },
    async confirm(account, code) {
      const row = await db.sql.selectFrom('account').select('totpNext').where('account', '=', account).executeTakeFirst();
      const step = row?.totpNext == null ? null : stepOf(deps, account, row.totpNext, code);
      if (row?.totpNext == null || typeof step !== 'number') return null;
      const codes = Array.from({ length: CODES }, () => newCode(random.bytes(CODE_BYTES)));
      const totp = row.totpNext;
      await transact(db, deps, async (sql) => {
        await sql.updateTable('account').set({ totp, totpNext: null, totpStep: step }).where('account', '=', account).execute();
        await sql.deleteFrom('recoveryCode').where('account', '=', account).execute();
        await sql
          .insertInto('recoveryCode')
          .values(codes.map((one) => ({ hash: codeHash(account, one), account })))
          .execute();
      });
      return codes;
    },
    async check(account, code) {
      if (/^\d{6}$/.test(code)) return checkStep(deps, account, code);
      return (await spend(db.sql, account, code)) ? 'right' : 'wrong';
    },
    async disable(account) {
      await transact(db, deps, async (sql) => {
        await sql.updateTable('account').set({ totp: null, totpNext: null }).where('account', '=', account).execute();
        await sql.deleteFrom('recoveryCode').where('account', '=', account).execute();
      });
    },
  };
}

async function checkStep(deps: MfaDeps, account: string, code: string): ReturnType<Mfa['check']> {
  const row = await deps.db.sql.selectFrom('account').select('totp').where('account', '=', account).executeTakeFirst();
  const step = row?.totp == null ? null : stepOf(deps, account, row.totp, code);
  if (step === 'unreadable') deps.logger.log('warn', 'authenticator-unreadable', { account });
  if (typeof step !== 'number') return step ?? 'wrong';
  const taken = await deps.db.sql
    .updateTable('account')
    .set({ totpStep: step })
    .where('account', '=', account)
    .where('totpStep', '<', step)
    .executeTakeFirst();
  return Number(taken.numUpdatedRows) === 1 ? 'right' : 'wrong';
}

async function spend(sql: Session, account: string, code: string): Promise<boolean> {
  const spent = await sql.deleteFrom('recoveryCode').where('hash', '=', codeHash(account, code)).executeTakeFirst();
  return Number(spent.numDeletedRows) === 1;
}

/** The step of time the code belongs to; null when it is none near now. */
function stepOf({ clock, secrets }: MfaDeps, account: string, sealed: Uint8Array, token: string): number | null | 'unreadable' {
  const secret = secrets.open(`totp ${account}`, sealed);
  if (secret === null) return 'unreadable';
  const timestamp = clock.nowMs();
  const delta = TOTP.validate({ token, secret: secretOf(secret), period: PERIOD_S, timestamp, window: WINDOW });
  return delta === null ? null : TOTP.counter({ period: PERIOD_S, timestamp }) + delta;
}

function secretOf(bytes: Uint8Array): Secret {
  return new Secret({ buffer: new Uint8Array(bytes).buffer });
}

/** `abcd-efgh-ijkl-mnop`, base32. */
function newCode(bytes: Uint8Array): string {
  return secretOf(bytes)
    .base32.toLowerCase()
    .replace(/(.{4})(?=.)/g, '$1-');
}

function codeHash(account: string, code: string): string {
  return createHash('sha256')
    .update(`${account} ${code.toLowerCase().replaceAll('-', '')}`)
    .digest('hex');
}
