/** A token's secret: 256 random bits that are shown once. Only its hash is kept, which tells nothing of it. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Random } from '@leanvibe/core/ports/random';

/** So that scanners of repositories, and people, know what they found. */
export const SECRET_PREFIX = 'lvt_';
const SECRET = /^lvt_[A-Za-z0-9_-]{43}$/;

export function newSecret(random: Random): string {
  return `${SECRET_PREFIX}${Buffer.from(random.bytes(32)).toString('base64url')}`;
}

export function isSecret(text: string): boolean {
  return SECRET.test(text);
}

/** Lowercase hex. A secret of 256 random bits needs no slow hash. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

export function sameHash(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(a, 'hex'), Buffer.from(b, 'hex'));
}
