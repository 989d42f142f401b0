/** The cache of found agents: bounded under floods, and a forger can add but never take away. */
import { beforeEach, describe, expect, test } from 'vitest';
import { createBuckets } from '@leanvibe/agent/internal/discover/bucket';
import { createFoundCache, type Found, type FoundCache } from '@leanvibe/agent/internal/discover/cache';
import type { Sighting } from '@leanvibe/agent/internal/discover/read';
import { createHandClock, type HandClock } from './handclock.js';

let clock: HandClock;
let told: Found[];
let cache: FoundCache;
beforeEach(() => {
  clock = createHandClock();
  told = [];
  cache = createFoundCache({ clock }, (found) => told.push(found));
});

const sighting = (instance: string, host = '10.0.0.5', ttlSeconds = 120): Sighting => ({
  instance,
  version: 1,
  ttlSeconds,
  addresses: [{ host, port: 4001, kind: 'tcp' }],
});

describe('found agents', () => {
  test('C39: told once per change: new, moved, gone', () => {
    cache.put('10.0.0.5', sighting('a'));
    cache.put('10.0.0.5', sighting('a'));
    cache.put('10.0.0.5', sighting('a', '10.0.0.6'));
    cache.goodbye('10.0.0.5', 'a');
    expect(told.map(({ addresses }) => addresses.map(({ host }) => host))).toEqual([['10.0.0.5'], ['10.0.0.6'], []]);
    expect(cache.all()).toEqual([]);
  });

  test('C39: what is not heard again is forgotten after its lifetime', () => {
    cache.put('10.0.0.5', sighting('a'));
    clock.advance(119_000);
    expect(cache.all().length).toBe(1);
    clock.advance(2_000);
    expect(cache.all()).toEqual([]);
    expect(told.at(-1)?.addresses).toEqual([]);
  });

  test('C39: a forged goodbye or description leaves the honest addresses in place', () => {
    cache.put('10.0.0.5', sighting('a'));
    cache.goodbye('10.0.0.66', 'a');
    expect(cache.all().length).toBe(1);
    cache.put('10.0.0.66', sighting('a', '10.0.0.66'));
    expect(cache.all()[0]?.addresses.map(({ host }) => host)).toEqual(['10.0.0.5', '10.0.0.66']);
    cache.goodbye('10.0.0.66', 'a');
    expect(cache.all()[0]?.addresses.map(({ host }) => host)).toEqual(['10.0.0.5']);
  });

  test('P9: one host’s flood is held at its share and counted', () => {
    cache.put('10.0.0.5', sighting('honest'));
    const answers = Array.from({ length: 10_000 }, (_, index) => cache.put('10.0.0.66', sighting(`f${index}`)));
    expect(answers.filter((reason) => reason === null).length).toBe(64);
    expect(new Set(answers)).toEqual(new Set([null, 'too-many-from-host']));
    expect(cache.all().map(({ instance }) => instance)).toContain('honest');
  });

  test('P9: names that come and go are held at a rate', () => {
    const answers = Array.from({ length: 1_000 }, (_, index) => {
      const answer = cache.put('10.0.0.66', sighting(`f${index}`));
      cache.goodbye('10.0.0.66', `f${index}`);
      return answer;
    });
    expect(answers.filter((reason) => reason === 'too-many-new-names').length).toBe(1_000 - 64);
  });

  test('P9: a flood under many addresses stays bounded, and the honest are back when heard again', () => {
    cache.put('10.0.0.5', sighting('honest'));
    for (let host = 0; host < 200; host++)
      for (let index = 0; index < 10; index++) cache.put(`10.1.${host}.1`, sighting(`f${host}-${index}`));
    expect(cache.size()).toBe(512);
    expect(cache.put('10.0.0.5', sighting('honest'))).toBeNull();
    expect(told.at(-1)).toMatchObject({ instance: 'honest', addresses: [{ host: '10.0.0.5' }] });
    expect(cache.size()).toBe(512);
  });

  test('C39: known answers are those with half their life left', () => {
    cache.put('10.0.0.5', sighting('a'));
    expect(cache.fresh()).toEqual(['a']);
    clock.advance(61_000);
    expect(cache.fresh()).toEqual([]);
  });
});

describe('token buckets', () => {
  test('P9: a burst, then the rate, and a bounded table', () => {
    const buckets = createBuckets({ clock }, { perSecond: 2, burst: 3, keysMax: 2 });
    expect([1, 2, 3, 4].map(() => buckets.take('a'))).toEqual([true, true, true, false]);
    clock.advance(1_000);
    expect([1, 2, 3].map(() => buckets.take('a'))).toEqual([true, true, false]);
    buckets.take('b');
    buckets.take('c');
    expect(buckets.take('a')).toBe(true);
  });
});
