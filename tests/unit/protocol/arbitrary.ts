/** From a shape's own words to values of it: whatever a shape may hold, fast-check can draw. */
import fc from 'fast-check';
import { toHex } from '@leanvibe/protocol/ids';

interface Source {
  readonly text: string;
  at: number;
}

/** Sizes drawn at most; the limits themselves are for other tests. */
const ITEMS_MAX = 4;
const BYTES_MAX = 40;

export function arbitraryOf(text: string): fc.Arbitrary<unknown> {
  const source: Source = { text, at: 0 };
  const arbitrary = parse(source);
  if (source.at !== text.length) throw new Error(`a shape nobody can read: ${text.slice(source.at, source.at + 40)}`);
  return arbitrary;
}

function parse(source: Source): fc.Arbitrary<unknown> {
  if (take(source, '{')) return parseRecord(source);
  if (take(source, '<')) return parseUnion(source);
  if (take(source, 'flag')) return fc.boolean();
  if (take(source, 'uint(')) return uint(number(source, ')'));
  if (take(source, 'bytes(')) return bytes(number(source, ','), number(source, ')'));
  if (take(source, 'id(')) return id(number(source, ')'));
  if (take(source, 'text(')) return words(number(source, ')'));
  if (take(source, 'list(')) return parseList(source);
  if (take(source, 'set(')) return parseSet(source);
  throw new Error(`a shape nobody can read: ${source.text.slice(source.at, source.at + 40)}`);
}

function take(source: Source, word: string): boolean {
  if (!source.text.startsWith(word, source.at)) return false;
  source.at += word.length;
  return true;
}

function until(source: Source, end: string): string {
  const from = source.at;
  source.at = source.text.indexOf(end, from) + end.length;
  return source.text.slice(from, source.at - end.length);
}

function number(source: Source, end: string): number {
  return Number(until(source, end));
}

function uint(max: number): fc.Arbitrary<number> {
  const edges = [0, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, max].filter((edge) => edge <= max);
  return fc.oneof(
    fc.constantFrom(...edges),
    fc.maxSafeNat().map((value) => (max === Number.MAX_SAFE_INTEGER ? value : value % (max + 1))),
  );
}

function bytes(min: number, max: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: min, maxLength: Math.max(min, Math.min(max, BYTES_MAX)) });
}

function id(size: number): fc.Arbitrary<string> {
  return fc.uint8Array({ minLength: size, maxLength: size }).map(toHex);
}

function words(max: number): fc.Arbitrary<string> {
  return fc.string({ unit: 'binary', maxLength: Math.min(max >> 2, 12) });
}

function parseList(source: Source): fc.Arbitrary<unknown> {
  const item = parse(source);
  take(source, ',');
  const min = number(source, ',');
  const max = number(source, ')');
  return fc.array(item, { minLength: min, maxLength: Math.max(min, Math.min(max, ITEMS_MAX)) });
}

function parseSet(source: Source): fc.Arbitrary<unknown> {
  const list = parse(source);
  take(source, ')');
  return list.map((ids) => [...new Set(ids as readonly string[])].sort());
}

function parseRecord(source: Source): fc.Arbitrary<unknown> {
  const fields: Record<string, fc.Arbitrary<unknown>> = {};
  while (!take(source, '}')) {
    const optional = until(source, ':').endsWith('?');
    const name = until(source, ':');
    const value = parse(source);
    fields[name] = optional ? fc.option(value) : value;
    take(source, ',');
  }
  return fc.record(fields);
}

function parseUnion(source: Source): fc.Arbitrary<unknown> {
  const cases: fc.Arbitrary<unknown>[] = [];
  while (!take(source, '>')) {
    until(source, ':');
    const type = until(source, ':');
    cases.push(parse(source).map((value) => ({ type, ...(value as object) })));
    take(source, '|');
  }
  return fc.oneof(...cases);
}
