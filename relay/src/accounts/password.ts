/**
 * What a new password must be, after NIST SP 800-63B: length, and not widely known; no rules of composition. Any Unicode is taken. It is brought to NFKC
 * first, as the same text comes in different code points from different keyboards, and its length is counted in code points.
 */
import { dictionary } from '@zxcvbn-ts/language-common';
import { PASSWORD_MAX, PASSWORD_MIN } from '@leanvibe/protocol/http/auth';

/** About fifty thousand, those of breaches that were used most; lowercase. */
const KNOWN: ReadonlySet<string> = new Set(dictionary['passwords-common'].map((word) => word.toLowerCase()));
const RUNS = ['01234567890123456789', 'abcdefghijklmnopqrstuvwxyz', 'qwertyuiopasdfghjklzxcvbnm', '98765432109876543210'];

export function normalPassword(password: string): string {
  return password.normalize('NFKC');
}

/** Null when it may be used; else what is wrong with it, for a person. `password` is normal already. */
export function passwordFault(password: string, email: string): string | null {
  const length = [...password].length;
  if (length < PASSWORD_MIN) return `the password needs at least ${PASSWORD_MIN} characters; a few words of your own will do`;
  if (length > PASSWORD_MAX) return `the password may have at most ${PASSWORD_MAX} characters`;
  return guessable(password.toLowerCase(), email) ? 'this password is widely known or easily guessed; choose another' : null;
}

function guessable(password: string, email: string): boolean {
  const [local = ''] = email.split('@');
  const core = password.replace(/^[\d\W_]+|[\d\W_]+$/gu, '');
  const spoken = [password, password.replaceAll(' ', ''), core];
  if (spoken.some((word) => word === email || word === local || word.replaceAll(/[^a-z]/g, '') === 'leanvibe')) return true;
  // A known word stays known with figures around it, or said several times.
  if (spoken.some((word) => KNOWN.has(word) || KNOWN.has(unit(word)))) return true;
  return unit(password).length <= 3 || RUNS.some((run) => run.includes(password) || run.includes(unit(password)));
}

/** The shortest piece that makes the whole by being repeated. */
function unit(word: string): string {
  const at = word === '' ? 0 : (word + word).indexOf(word, 1);
  return word.slice(0, at);
}
