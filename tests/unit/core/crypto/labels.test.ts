/** The label table is prefix-free, well-formed and ASCII. */
import { expect, test } from 'vitest';
import { LABELS, label, type LabelName } from '@leanvibe/core/internal/crypto/labels';

const names = Object.keys(LABELS) as LabelName[];

test('C14 no label is a prefix of another', () => {
  const texts = Object.values(LABELS);
  expect(new Set(texts).size).toBe(texts.length);
  for (const one of texts) for (const other of texts) expect(one !== other && other.startsWith(one), `${one} ${other}`).toBe(false);
});

test('C14 every label is its name under leanvibe/v1, ends in the one colon and is ASCII', () => {
  for (const name of names) {
    expect(LABELS[name]).toBe(`leanvibe/v1/${name}:`);
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
  }
});

test('C14 label() gives the ASCII bytes, the same array each time', () => {
  for (const name of names) {
    expect(label(name)).toEqual(new Uint8Array(new TextEncoder().encode(LABELS[name])));
    expect(label(name)).toBe(label(name));
  }
});
