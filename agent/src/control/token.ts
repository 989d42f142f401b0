/** The control API's bearer token: made once per home, in a file only this user can read, compared in constant time. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, open, readFile } from 'node:fs/promises';

const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** The token for a client of this home; null when there is none, because no agent ever ran here. */
export async function readToken(path: string): Promise<string | null> {
  try {
    const text = (await readFile(path, 'utf8')).trim();
    return TOKEN.test(text) ? text : null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** The token in the file, or a new one: 32 random bytes, base64url, mode 0600. Called by the agent that holds the home's lock. */
export async function ensureToken(path: string): Promise<string> {
  const known = await readToken(path);
  if (known !== null) {
    await chmod(path, 0o600);
    return known;
  }
  const token = randomBytes(32).toString('base64url');
  const file = await open(path, 'w', 0o600);
  try {
    await file.chmod(0o600);
    await file.writeFile(`${token}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  return token;
}

/** Both are hashed first, so that neither length nor common start shows in the time. */
export function sameSecret(given: string, held: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(held));
}

export function bearer(header: string | undefined): string | null {
  const found = /^Bearer ([A-Za-z0-9_-]{1,200})$/.exec(header ?? '');
  return found?.[1] ?? null;
}
