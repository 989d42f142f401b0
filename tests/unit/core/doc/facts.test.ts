/** Facts: newest per device, only what changed travels, one encoding per set. */
import { createFactsCrdt } from '@leanvibe/core/internal/doc/facts';
import { encodeFacts } from '@leanvibe/core/internal/doc/facts-bytes';
import type { DeviceId } from '@leanvibe/protocol/ids';
import { describe, expect, it } from 'vitest';

const facts = createFactsCrdt();
const MAC = '01'.repeat(32) as DeviceId;
const LINUX = '02'.repeat(32) as DeviceId;

describe('C22 facts', () => {
  it('C22 sends only values that changed, and nothing when none did', () => {
    const replica = facts.create();
    expect(facts.edit(replica, 0, MAC, { type: 'facts.set', values: { files: 3, git: { dirty: true, branch: 'main' } } }).answer).toEqual({
      changed: 2,
    });
    expect(facts.edit(replica, 0, MAC, { type: 'facts.set', values: { files: 3, git: { branch: 'main', dirty: true } } })).toEqual({
      update: new Uint8Array(0),
      answer: { changed: 0 },
    });
    expect(facts.edit(replica, 0, MAC, { type: 'facts.set', values: { files: 4 } }).update.length).toBeLessThan(16);
  });

  it('C22 keeps each device’s own value and shows the latest over all', () => {
    const [one, two] = [facts.create(), facts.create()];
    const a = facts.edit(one, 0, MAC, { type: 'facts.set', values: { branch: 'main', files: 1 } }).update;
    const b = facts.edit(one, 0, MAC, { type: 'facts.set', values: { branch: 'dev' } }).update;
    const c = facts.edit(two, 0, LINUX, { type: 'facts.set', values: { branch: 'fix' } }).update;
    for (const [update, author] of [
      [c, LINUX],
      [b, MAC],
      [a, MAC],
    ] as const)
      facts.apply(one, update, author);
    for (const [update, author] of [
      [b, MAC],
      [a, MAC],
      [b, MAC],
    ] as const)
      facts.apply(two, update, author);
    expect(facts.view(two, { type: 'facts' })).toEqual({ [MAC]: { branch: 'dev', files: 1 }, [LINUX]: { branch: 'fix' } });
    expect(facts.view(two, { type: 'latest' })).toEqual({
      branch: { value: 'dev', device: MAC, counter: 2 },
      files: { value: 1, device: MAC, counter: 1 },
    });
    expect(facts.canonical(one)).toEqual(facts.canonical(two));
  });

  it('C22 settles one counter used twice alike in any order', () => {
    const [a, b] = [encodeFacts([{ key: 'k', counter: 1, value: '1' }]), encodeFacts([{ key: 'k', counter: 1, value: '2' }])];
    const states = [
      [a, b],
      [b, a],
    ].map((updates) => {
      const replica = facts.create();
      for (const update of updates) facts.apply(replica, update, MAC);
      return facts.view(replica, { type: 'facts' });
    });
    expect(states).toEqual([{ [MAC]: { k: 2 } }, { [MAC]: { k: 2 } }]);
  });

  it.each([
    [
      'keys out of order',
      [
        { key: 'b', counter: 1, value: '1' },
        { key: 'a', counter: 1, value: '1' },
      ],
    ],
    [
      'a key twice',
      [
        { key: 'a', counter: 1, value: '1' },
        { key: 'a', counter: 2, value: '1' },
      ],
    ],
    ['an empty key', [{ key: '', counter: 1, value: '1' }]],
    ['a prototype as key', [{ key: '__proto__', counter: 1, value: '{}' }]],
    ['counter 0', [{ key: 'a', counter: 0, value: '1' }]],
    ['JSON with spaces', [{ key: 'a', counter: 1, value: '[1, 2]' }]],
    ['JSON with unsorted keys', [{ key: 'a', counter: 1, value: '{"b":1,"a":1}' }]],
    ['broken JSON', [{ key: 'a', counter: 1, value: '{' }]],
    ['infinite numbers', [{ key: 'a', counter: 1, value: '1e999' }]],
    ['JSON too deep', [{ key: 'a', counter: 1, value: '['.repeat(100) + ']'.repeat(100) }]],
    ['a prototype in a value', [{ key: 'a', counter: 1, value: '{"__proto__":1}' }]],
  ])('C22 refuses %s', (name, list) => {
    // encodeFacts sorts; what is out of order is made by hand from two lists of one.
    const bytes =
      name === 'keys out of order' || name === 'a key twice'
        ? Uint8Array.from([0x82, ...list.flatMap((fact) => [...encodeFacts([fact]).subarray(1)])])
        : encodeFacts(list);
    expect(facts.inspect(bytes)).toEqual({ ok: false, error: 'malformed' });
  });

  it('C22 refuses values that are too deep or too large, in plain words', () => {
    const replica = facts.create();
    expect(() => facts.edit(replica, 0, MAC, { type: 'facts.set', values: { k: 'x'.repeat(1024 * 1024) } })).toThrow(
      'larger than 1024 KiB',
    );
    expect(() => facts.edit(replica, 0, MAC, { type: 'facts.set', values: { ['k'.repeat(300)]: 1 } })).toThrow('256 bytes');
    expect(() => facts.edit(replica, 0, MAC, { type: 'facts.set', values: [] })).toThrow('must be an object');
    expect(() => facts.edit(replica, 0, MAC, { type: 'facts.set', values: { k: Number.NaN } })).toThrow('plain JSON');
  });
});
