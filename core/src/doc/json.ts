/** JSON that crosses a boundary: parsed within limits, written in one canonical form, read defensively. */
import { DEPTH_MAX } from '@leanvibe/protocol/limits';
import type { Json } from './crdt.js';

/** Keys that change an object's prototype when assigned: refused wherever foreign bytes name a property. */
export function isForbiddenKey(key: string): boolean {
  return key === '__proto__';
}

/** True when brackets nest at most `max` deep; scans the text, so that no parser recurses before the answer is known. */
export function nestsAtMost(text: string, max: number): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (quoted) {
      if (code === 92) at++;
      else if (code === 34) quoted = false;
    } else if (code === 34) quoted = true;
    else if (code === 91 || code === 123) {
      if (++depth > max) return false;
    } else if (code === 93 || code === 125) depth--;
  }
  return true;
}

/** How many values a parsed JSON value holds, itself included; null when a key is forbidden or a number is not finite (1e999). */
export function countValues(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? 1 : null;
  if (typeof value !== 'object' || value === null) return 1;
  let total = 1;
  for (const key of Object.keys(value)) {
    if (isForbiddenKey(key)) return null;
    const inner = countValues((value as Readonly<Record<string, unknown>>)[key]);
    if (inner === null) return null;
    total += inner;
  }
  return total;
}

/** Parsed JSON within DEPTH_MAX, or undefined when the text is not such JSON. */
export function parseJson(text: string): Json | undefined {
  if (!nestsAtMost(text, DEPTH_MAX)) return undefined;
  try {
    const value = JSON.parse(text) as Json;
    return countValues(value) === null ? undefined : value;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** One text per value: keys sorted by code unit, -0 as 0. The value must be finite, acyclic JSON. */
export function canonicalJson(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] as Json)}`).join(',')}}`;
}

/** A copy as plain JSON of what a caller handed in, or undefined when it is not JSON of at most `depth` levels. */
export function asJson(value: unknown, depth: number = DEPTH_MAX): Json | undefined {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'object' || depth === 0) return undefined;
  if (Array.isArray(value)) {
    const items: Json[] = [];
    for (const item of value as readonly unknown[]) {
      const inner = asJson(item, depth - 1);
      if (inner === undefined) return undefined;
      items.push(inner);
    }
    return items;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return undefined;
  const copy: Record<string, Json> = {};
  for (const [key, inner] of Object.entries(value)) {
    const plain = isForbiddenKey(key) ? undefined : asJson(inner, depth - 1);
    if (plain === undefined) return undefined;
    copy[key] = plain;
  }
  return copy;
}

export function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** Text without lone surrogates, which UTF-8 cannot carry: Yjs would show them here and U+FFFD everywhere else. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}
