/** The relay's one secret where nobody set one: drawn once and kept beside the data, readable by its user only. */
import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { hkdfSync } from 'node:crypto';
import { join } from 'node:path';
import type { Random } from '@leanvibe/core/ports/random';

export const SECRET_FILE = 'leanvibe-relay.secret';
const SECRET_BYTES = 48;
const KEY_BYTES = 32;

/** What is in use; never in production, where production.ts has refused a missing one. Throws the system's error when the folder cannot be written. */
export function drawnSecret(data: string, random: Random): string {
  const path = join(data, SECRET_FILE);
  mkdirSync(data, { recursive: true });
  if (!existsSync(path)) {
    // Complete before it has its name: a secret cut short by a crash must never be in use.
    const draft = `${path}.${Buffer.from(random.bytes(8)).toString('hex')}`;
    writeFileSync(draft, `${Buffer.from(random.bytes(SECRET_BYTES)).toString('base64')}\n`, { mode: 0o600, flag: 'wx', flush: true });
    try {
      linkSync(draft, path);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    } finally {
      unlinkSync(draft);
    }
  }
  return readFileSync(path, 'utf8').trim();
}

/** A key for one use only, so that no two parts of the relay ever sign with the same bytes; `label` names the use, like `access-token`. */
export function keyFrom(secret: string, label: string): Uint8Array {
  return new Uint8Array(
    hkdfSync('sha256', Buffer.from(secret, 'utf8'), Buffer.alloc(0), Buffer.from(`leanvibe relay ${label}`), KEY_BYTES),
  );
}
