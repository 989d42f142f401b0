/** The bytes of facts: a canonical payload per change, and the saved state of a document. */
import { CHANGE_BYTES_MAX, FACT_KEY_BYTES_MAX, FACT_VALUE_BYTES_MAX, FACTS_MAX } from '@leanvibe/protocol/limits';
import type { DeviceId } from '@leanvibe/protocol/ids';
import { decode, encode, id, list, record, text, uint } from '@leanvibe/protocol/shape';
import { err, ok, type Result } from '../base/result.js';
import type { InspectFailure } from './crdt.js';
import { canonicalJson, isForbiddenKey, parseJson } from './json.js';

export interface Fact {
  readonly key: string;
  /** From 1. */
  readonly counter: number;
  /** Canonical JSON. */
  readonly value: string;
}
export interface FactRow extends Fact {
  readonly device: DeviceId;
}

const fact = record({ key: [0, text(FACT_KEY_BYTES_MAX)], counter: [1, uint()], value: [2, text(FACT_VALUE_BYTES_MAX)] });
const payload = list(fact, FACTS_MAX);
/** A saved document; devices times facts, far above what a space of devices writes. */
const state = list(
  record({ device: [0, id<DeviceId>()], key: [1, text(FACT_KEY_BYTES_MAX)], counter: [2, uint()], value: [3, text(FACT_VALUE_BYTES_MAX)] }),
  16_777_216,
);

/** Sorted by key: one set of facts, one payload. */
export function encodeFacts(facts: readonly Fact[]): Uint8Array {
  return encode(
    payload,
    facts.toSorted((a, b) => compare(a.key, b.key)),
  );
}

/** Refuses unsorted or repeated keys, counters of 0 and values that are not canonical JSON: each fact set has one encoding. */
export function decodeFacts(bytes: Uint8Array): Result<readonly Fact[], InspectFailure> {
  if (bytes.length > CHANGE_BYTES_MAX) return err('over-limit');
  const decoded = decode(payload, bytes, 'facts');
  if (!decoded.ok) return err(decoded.error === 'too-large' ? 'over-limit' : 'malformed');
  let before = '';
  for (const { key, counter, value } of decoded.value) {
    const json = parseJson(value);
    if (json === undefined || key <= before || isForbiddenKey(key) || counter === 0 || canonicalJson(json) !== value)
      return err('malformed');
    before = key;
  }
  return ok(decoded.value);
}

function sorted(rows: readonly FactRow[]): readonly FactRow[] {
  return rows.toSorted((a, b) => compare(a.device, b.device) || compare(a.key, b.key));
}

export function canonicalBytes(rows: readonly FactRow[]): Uint8Array {
  return saveRows(rows);
}

export function saveRows(rows: readonly FactRow[]): Uint8Array {
  return encode(state, sorted(rows));
}

/** Throws on bytes that no `saveRows` of ours made: a saved state is the store's word, checked by its own hash. */
export function loadRows(bytes: Uint8Array): readonly FactRow[] {
  const decoded = decode(state, bytes, 'facts state');
  if (!decoded.ok) throw new Error(`a saved facts document cannot be read: ${decoded.error}`);
  return decoded.value;
}

/** Another device's saved state: bounded, each fact as its own change would have to say it, in its one order. */
export function decodeState(bytes: Uint8Array): Result<readonly FactRow[], InspectFailure> {
  if (bytes.length > CHANGE_BYTES_MAX) return err('over-limit');
  const decoded = decode(state, bytes, 'facts state');
  if (!decoded.ok) return err(decoded.error === 'too-large' ? 'over-limit' : 'malformed');
  let before: FactRow | null = null;
  for (const row of decoded.value) {
    const json = parseJson(row.value);
    const follows = before === null || compare(before.device, row.device) < 0 || (before.device === row.device && before.key < row.key);
    if (json === undefined || !follows || row.key === '' || isForbiddenKey(row.key) || row.counter === 0) return err('malformed');
    if (canonicalJson(json) !== row.value) return err('malformed');
    before = row;
  }
  return ok(decoded.value);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
