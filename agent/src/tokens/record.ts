/** A token at rest, sealed like every local record: who it is, what it may do, until when, and how it ended. */
import type { Json } from '@leanvibe/core/doc/crdt';
import { parseId, type SpaceId, type TokenId } from '@leanvibe/protocol/ids';
import { PARTS, type Part, type Scope, type ScopeEntry } from './scope.js';

export const TOKEN_ROLES = ['viewer', 'editor'] as const;
export type TokenRole = (typeof TOKEN_ROLES)[number];

/** `copied`: this home turned out to be an older or second copy, which cannot know what was revoked since. */
export const ENDS = ['revoked', 'expired', 'copied'] as const;
export interface TokenEnd {
  readonly how: (typeof ENDS)[number];
  readonly atMs: number;
}

export interface TokenRecord {
  readonly id: TokenId;
  readonly name: string;
  /** Of the secret. */
  readonly hash: string;
  readonly role: TokenRole;
  readonly scope: Scope;
  readonly createdMs: number;
  readonly expiresMs: number;
  /** The latest time this token has seen; it never goes back. */
  readonly seenMs: number;
  readonly usedMs: number | null;
  /** Writes begun, which number its acts. */
  readonly acts: number;
  readonly end: TokenEnd | null;
}

export function writeRecord(record: TokenRecord): Json {
  return { ...record, scope: { ...record.scope }, end: record.end === null ? null : { ...record.end } } as unknown as Json;
}

type Rough = Readonly<Record<string, unknown>>;
const isRough = (value: unknown): value is Rough => typeof value === 'object' && value !== null && !Array.isArray(value);
const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0;

/** Null for what this program did not write: a token that cannot be read is no token. */
export function readRecord(value: Json): TokenRecord | null {
  if (!isRough(value)) return null;
  const { name, hash, role, createdMs, expiresMs, seenMs, usedMs, acts } = value;
  const id = typeof value['id'] === 'string' ? parseId<TokenId>(value['id'], 16) : null;
  const scope = readScope(value['scope']);
  const end = readEnd(value['end']);
  const words = typeof name === 'string' && typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash);
  const times = isTime(createdMs) && isTime(expiresMs) && isTime(seenMs) && (usedMs === null || isTime(usedMs)) && isTime(acts);
  const known = TOKEN_ROLES.find((one) => one === role);
  if (id === null || !words || !times || known === undefined || scope === null || end === undefined) return null;
  return { id, name, hash, role: known, scope, createdMs, expiresMs, seenMs, usedMs, acts, end };
}

function readScope(value: unknown): Scope | null {
  if (!isRough(value) || typeof value['space'] !== 'string' || !Array.isArray(value['entries'])) return null;
  const entries: ScopeEntry[] = [];
  for (const one of value['entries'] as readonly unknown[]) {
    if (!isRough(one)) return null;
    const { project, parts } = one;
    if (project !== null && typeof project !== 'string') return null;
    if (parts !== null && !(Array.isArray(parts) && parts.every((part) => PARTS.includes(part as Part)))) return null;
    entries.push({ project, parts: parts as readonly Part[] | null });
  }
  return { space: value['space'] as SpaceId, entries };
}

function readEnd(value: unknown): TokenEnd | null | undefined {
  if (value === null) return null;
  if (!isRough(value)) return undefined;
  const how = ENDS.find((one) => one === value['how']);
  return how === undefined || !isTime(value['atMs']) ? undefined : { how, atMs: value['atMs'] };
}
