/** What every manifest reader hands back, before it is bounded. */

export interface Found {
  readonly name: string | null;
  readonly version: string | null;
  readonly dependencies: readonly string[];
}

export const NOTHING: Found = { name: null, version: null, dependencies: [] };

/** `value` as text where it is text, else null. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** The own keys of a plain object; empty for anything else. */
export function keysOf(value: unknown): readonly string[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
}

/** A member of a plain object; undefined for anything else. */
export function memberOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  const member: unknown = Reflect.get(value, key);
  return member;
}
