/** The readers of request parameters: every field checked, every unknown one refused. */
import fc from 'fast-check';
import { flag, list, oneOf, optional, pattern, readParams, real, text, whole } from '@leanvibe/agent/internal/control/fields';
import { METHODS, type MethodName } from '@leanvibe/agent/internal/control/methods';
import { describe, expect, test } from 'vitest';

const fields = {
  name: text({ max: 5 }),
  note: optional(text({ min: 0, max: 10, lines: true })),
  count: whole(1, 3),
  share: real(0, 1),
  on: flag,
  kind: oneOf('a', 'b'),
  tag: pattern(/^x+$/, 'x'),
  all: list(whole(0, 1), 2),
};
const good = { name: 'abc', count: 2, share: 0.5, on: true, kind: 'a', tag: 'xx', all: [0, 1] };

describe('SPEC control parameters', () => {
  test('what is right is read, optional fields may be absent', () => {
    expect(readParams(fields, good)).toEqual({ ok: true, value: good });
    expect(readParams(fields, { ...good, note: 'a\nb\t' }).ok).toBe(true);
  });

  test.each([
    ['name', ''],
    ['name', '   '],
    ['name', 'abcdef'],
    ['name', 7],
    ['name', 'a\u0000'],
    ['name', 'a\n'],
    ['note', 'a\u001b['],
    ['count', 0],
    ['count', 1.5],
    ['count', '2'],
    ['share', Number.NaN],
    ['share', 2],
    ['on', 'true'],
    ['kind', 'c'],
    ['tag', 'xy'],
    ['all', [2]],
    ['all', [0, 0, 0]],
    ['all', {}],
  ])('A8 a wrong %s is refused by name', (name, value) => {
    const read = readParams(fields, { ...good, [name]: value });
    expect(read.ok).toBe(false);
    if (!read.ok) expect(read.error).toContain(name);
  });

  test('A8 missing, unknown and inherited names are refused', () => {
    const { name: _name, ...rest } = good;
    expect(readParams(fields, rest)).toEqual({ ok: false, error: 'name is missing' });
    expect(readParams(fields, { ...good, other: 1 }).ok).toBe(false);
    expect(readParams(fields, JSON.parse('{"__proto__": {"name": "abc"}}')).ok).toBe(false);
    expect(readParams({}, JSON.parse('{"constructor": 1}')).ok).toBe(false);
    for (const wrong of [null, [], 'x', 7]) expect(readParams(fields, wrong).ok).toBe(false);
  });

  test('P9 no method throws on any JSON', () => {
    fc.assert(
      fc.property(fc.constantFrom(...(Object.keys(METHODS) as MethodName[])), fc.jsonValue(), (method, value) => {
        expect(typeof readParams(METHODS[method].params, value).ok).toBe('boolean');
      }),
      { numRuns: 2_000 },
    );
  });
});
