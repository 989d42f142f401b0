/** Shapes: one definition per message gives its TypeScript type, its writer, its strict reader and its fingerprint. */
import { type AnyId, fromHex, toHex } from './ids.js';
import { createReader, createWriter, DecodeError, type DecodeReason, MAJOR, type Reader, SIMPLE, type Writer } from './bytes.js';
import { readUtf8, writeUtf8 } from './utf8.js';

export interface Shape<T> {
  write(writer: Writer, value: T): void;
  read(reader: Reader, where: string): T;
  /** Canonical words of the shape; the wire fingerprint hashes them. */
  readonly text: string;
}

export type TypeOf<S> = S extends Shape<infer T> ? T : never;

function expect(reader: Reader, major: number, max: number, where: string): number {
  const head = reader.head(where);
  if (head.major !== major) throw new DecodeError('type', where);
  if (head.argument > max) throw new DecodeError('too-large', where);
  return head.argument;
}

function bound(ok: boolean, where: string): void {
  if (!ok) throw new RangeError(`${where}: outside its limit, which is this program's mistake`);
}

/** A whole number from 0 to `max`, 2^53 - 1 at most. */
export function uint(max: number = Number.MAX_SAFE_INTEGER): Shape<number> {
  return {
    text: `uint(${max})`,
    write(writer, value) {
      bound(Number.isSafeInteger(value) && value >= 0 && value <= max, `uint(${max})`);
      writer.head(MAJOR.uint, value);
    },
    read: (reader, where) => expect(reader, MAJOR.uint, max, where),
  };
}

/** Bytes of a length from `min` to `max`. Read as a view of the frame. */
export function bytes(min: number, max: number): Shape<Uint8Array> {
  return {
    text: `bytes(${min},${max})`,
    write(writer, value) {
      bound(value.length >= min && value.length <= max, `bytes(${min},${max})`);
      writer.head(MAJOR.bytes, value.length);
      writer.raw(value);
    },
    read(reader, where) {
      const length = expect(reader, MAJOR.bytes, max, where);
      if (length < min) throw new DecodeError('value', where);
      return reader.take(length, where);
    },
  };
}

/** An id of `size` bytes; hex in memory, raw bytes on the wire. */
export function id<T extends AnyId>(size = 32): Shape<T> {
  const raw = bytes(size, size);
  return {
    text: `id(${size})`,
    write(writer, value) {
      const decoded = fromHex(value);
      bound(decoded !== null, `id(${size})`);
      raw.write(writer, decoded as Uint8Array);
    },
    read: (reader, where) => toHex(raw.read(reader, where)) as T,
  };
}

/** UTF-8 text of at most `max` bytes, well-formed. */
export function text(max: number): Shape<string> {
  return {
    text: `text(${max})`,
    write(writer, value) {
      const encoded = writeUtf8(value);
      bound(encoded.length <= max, `text(${max})`);
      writer.head(MAJOR.text, encoded.length);
      writer.raw(encoded);
    },
    read(reader, where) {
      const decoded = readUtf8(reader.take(expect(reader, MAJOR.text, max, where), where));
      if (decoded === null) throw new DecodeError('value', where);
      return decoded;
    },
  };
}

export const flag: Shape<boolean> = {
  text: 'flag',
  write: (writer, value) => writer.head(MAJOR.simple, value ? SIMPLE.true : SIMPLE.false),
  read(reader, where) {
    const head = reader.head(where);
    if (head.major !== MAJOR.simple || (head.argument !== SIMPLE.true && head.argument !== SIMPLE.false))
      throw new DecodeError('type', where);
    return head.argument === SIMPLE.true;
  },
};

/** At most `max` items, in order. */
export function list<T>(item: Shape<T>, max: number, min = 0): Shape<readonly T[]> {
  return {
    text: `list(${item.text},${min},${max})`,
    write(writer, value) {
      bound(value.length <= max && value.length >= min, `list of ${max}`);
      writer.head(MAJOR.list, value.length);
      for (const one of value) item.write(writer, one);
    },
    read(reader, where) {
      const count = expect(reader, MAJOR.list, max, where);
      if (count < min) throw new DecodeError('value', where);
      if (count > reader.left) throw new DecodeError('truncated', where);
      const items: T[] = [];
      for (let at = 0; at < count; at++) items.push(item.read(reader, where));
      return items;
    },
  };
}

/** Ids in strictly ascending order, so that one set has one encoding. */
export function idSet<T extends AnyId>(max: number): Shape<readonly T[]> {
  const inner = list(id<T>(), max);
  const ascending = (ids: readonly T[]): boolean => ids.every((one, at) => at === 0 || (ids[at - 1] as T) < one);
  return {
    text: `set(${inner.text})`,
    write(writer, value) {
      bound(ascending(value), 'an id set in ascending order');
      inner.write(writer, value);
    },
    read(reader, where) {
      const ids = inner.read(reader, where);
      if (!ascending(ids)) throw new DecodeError('not-canonical', where);
      return ids;
    },
  };
}

export interface Optional<T> {
  readonly optional: Shape<T>;
}
type Field<T> = Shape<T> | Optional<T>;
type FieldType<F> = F extends Optional<infer T> ? T | null : F extends Shape<infer T> ? T : never;
// The shape's type variable is erased in the table of fields; `record` restores it field by field.
type Fields = Readonly<Record<string, readonly [key: number, field: Field<never>]>>;
export type RecordOf<F> = { readonly [K in keyof F]: F[K] extends readonly [number, infer S] ? FieldType<S> : never };

/** A field that may be absent; null in memory. */
export function optional<T>(shape: Shape<T>): Optional<T> {
  return { optional: shape };
}

/** A map with ascending integer keys, one per field; unknown fields are refused. */
export function record<const F extends Readonly<Record<string, readonly [number, unknown]>>>(fields: F): Shape<RecordOf<F>> {
  const rows = Object.entries(fields as unknown as Fields)
    .map(([name, [key, field]]) => ({
      name,
      key,
      optional: 'optional' in field,
      shape: ('optional' in field ? field.optional : field) as Shape<unknown>,
    }))
    .sort((a, b) => a.key - b.key);
  return {
    text: `{${rows.map((row) => `${row.key}${row.optional ? '?' : ''}:${row.name}:${row.shape.text}`).join(',')}}`,
    write(writer, value) {
      const source = value as Readonly<Record<string, unknown>>;
      const present = rows.filter((row) => !row.optional || source[row.name] !== null);
      writer.head(MAJOR.map, present.length);
      for (const row of present) {
        writer.head(MAJOR.uint, row.key);
        row.shape.write(writer, source[row.name]);
      }
    },
    read(reader, where) {
      let count = expect(reader, MAJOR.map, rows.length, where);
      const value: Record<string, unknown> = {};
      let at = 0;
      while (count-- > 0) {
        const key = expect(reader, MAJOR.uint, Number.MAX_SAFE_INTEGER, where);
        while (at < rows.length && (rows[at] as (typeof rows)[0]).key < key) absent(rows[at++] as (typeof rows)[0], value, where);
        const row = rows[at++];
        if (row === undefined || row.key !== key) throw new DecodeError('unknown-field', where);
        value[row.name] = row.shape.read(reader, `${where}.${row.name}`);
      }
      while (at < rows.length) absent(rows[at++] as (typeof rows)[0], value, where);
      return value as RecordOf<F>;
    },
  };
}

function absent(row: { readonly name: string; readonly optional: boolean }, value: Record<string, unknown>, where: string): void {
  if (!row.optional) throw new DecodeError('missing-field', `${where}.${row.name}`);
  value[row.name] = null;
}

type Cases = Readonly<Record<string, readonly [code: number, shape: unknown]>>;
export type UnionOf<C> = { [K in keyof C]: C[K] extends readonly [number, Shape<infer T>] ? { readonly type: K } & T : never }[keyof C];

/** One of several records: a two-item list of code and record. */
export function union<const C extends Cases>(cases: C): Shape<UnionOf<C>> {
  const rows = Object.entries(cases).map(([type, [code, shape]]) => ({ type, code, shape: shape as Shape<unknown> }));
  const byCode = new Map(rows.map((row) => [row.code, row]));
  const byType = new Map(rows.map((row) => [row.type, row]));
  return {
    text: `<${rows.map((row) => `${row.code}:${row.type}:${row.shape.text}`).join('|')}>`,
    write(writer, value) {
      const row = byType.get((value as { readonly type: string }).type);
      if (row === undefined) throw new RangeError('a case this union does not have');
      writer.head(MAJOR.list, 2);
      writer.head(MAJOR.uint, row.code);
      row.shape.write(writer, value);
    },
    read(reader, where) {
      if (expect(reader, MAJOR.list, 2, where) !== 2) throw new DecodeError('type', where);
      const row = byCode.get(expect(reader, MAJOR.uint, Number.MAX_SAFE_INTEGER, where));
      if (row === undefined) throw new DecodeError('unknown-kind', where);
      return { type: row.type, ...(row.shape.read(reader, `${where}.${row.type}`) as object) } as UnionOf<C>;
    },
  };
}

/** The canonical bytes of a value; throws RangeError when this program broke its own limit. */
export function encode<T>(shape: Shape<T>, value: T): Uint8Array {
  const writer = createWriter();
  shape.write(writer, value);
  return writer.finish();
}

export type Decoded<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: DecodeReason };

/** Reads exactly one value and nothing after it; never throws on any bytes. */
export function decode<T>(shape: Shape<T>, input: Uint8Array, where = 'message'): Decoded<T> {
  try {
    const reader = createReader(input);
    const value = shape.read(reader, where);
    return reader.left === 0 ? { ok: true, value } : { ok: false, error: 'trailing' };
  } catch (error) {
    if (error instanceof DecodeError) return { ok: false, error: error.reason };
    throw error;
  }
}
