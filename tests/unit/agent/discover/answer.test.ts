/** Answering: late enough, rare enough, and only when asked about us. */
import { beforeEach, describe, expect, test } from 'vitest';
import { createAnswering, type Answering } from '@leanvibe/agent/internal/discover/answer';
import type { LinkPacket } from '@leanvibe/agent/internal/discover/link';
import { createInterfaceWatch, onLink, type NetAddress } from '@leanvibe/agent/internal/discover/interfaces';
import { randomNames, SERVICE } from '@leanvibe/agent/internal/discover/records';
import { createHandClock, type HandClock } from './handclock.js';

const eth: NetAddress = { interfaceName: 'eth0', host: '10.0.0.5', family: 4, prefixBits: 24, internal: false };
const names = randomNames();
let clock: HandClock;
let sent: { readonly packet: LinkPacket; readonly to: unknown }[];
let answering: Answering;
beforeEach(() => {
  clock = createHandClock();
  sent = [];
  const link = { at: eth, close: () => Promise.resolve(), send: (packet: LinkPacket, to?: unknown) => void sent.push({ packet, to }) };
  answering = createAnswering({ clock }, { link, names, service: { version: 1, tcpPort: 4001, wsPort: null }, published: () => [eth] });
});

type Query = Parameters<Answering['onQuery']>[0];
type From = Parameters<Answering['onQuery']>[1];
const query = (more: object = {}): Query =>
  ({ type: 'query', id: 7, questions: [{ type: 'PTR', name: SERVICE }], answers: [], ...more }) as unknown as Query;
const from = (port = 5353): From => ({ address: '10.0.0.9', port, family: 'IPv4', size: 40 });

describe('answering', () => {
  test('C39: one answer within 120 ms, however often it is asked', () => {
    for (let index = 0; index < 50; index++) answering.onQuery(query(), from());
    expect(sent.length).toBe(0);
    clock.advance(120);
    expect(sent.length).toBe(1);
    expect(JSON.stringify(sent[0]?.packet)).toContain('10.0.0.5');
  });

  test('P9: under a flood of questions at most one answer a second', () => {
    for (let ms = 0; ms < 10_000; ms += 10) {
      answering.onQuery(query(), from());
      clock.advance(10);
    }
    expect(sent.length).toBeLessThanOrEqual(11);
    expect(sent.length).toBeGreaterThanOrEqual(9);
  });

  test('C39: whoever knows us already is not answered', () => {
    answering.onQuery(query({ answers: [{ type: 'PTR', name: SERVICE, ttl: 90, data: names.full }] }), from());
    clock.advance(2_000);
    expect(sent.length).toBe(0);
    answering.onQuery(query({ answers: [{ type: 'PTR', name: SERVICE, ttl: 10, data: names.full }] }), from());
    clock.advance(2_000);
    expect(sent.length).toBe(1);
  });

  test('C39: a plain resolver is answered at its own port with its own id', () => {
    answering.onQuery(query(), from(40_000));
    expect(sent).toMatchObject([{ to: { port: 40_000, address: '10.0.0.9' }, packet: { id: 7 } }]);
  });

  test('C39: other services’ questions are not ours', () => {
    answering.onQuery(query({ questions: [{ type: 'PTR', name: '_http._tcp.local' }] }), from());
    answering.onQuery(query({ questions: [], answers: undefined }), from());
    clock.advance(2_000);
    expect(sent.length).toBe(0);
  });

  test('C39: it announces three times, then is quiet, and says goodbye', () => {
    answering.announce();
    clock.advance(60_000);
    expect(sent.length).toBe(3);
    answering.stop(true);
    expect(sent.length).toBe(4);
    expect((sent[3]?.packet as { answers: { ttl: number }[] }).answers.every(({ ttl }) => ttl === 0)).toBe(true);
    expect(clock.waiting()).toBe(0);
  });
});

describe('networks', () => {
  test.each([
    ['10.0.0.5', 24, '10.0.0.200', true],
    ['10.0.0.5', 24, '10.0.1.1', false],
    ['10.0.0.5', 32, '10.0.0.5', true],
    ['10.0.0.5', 0, '1.2.3.4', true],
    ['fd00::1', 64, 'fd00::ffff:1', true],
    ['fd00::1', 64, 'fd00:0:0:1::1', false],
    ['fd00::1', 64, '10.0.0.1', false],
    ['10.0.0.5', 24, 'evil', false],
    ['::ffff:10.0.0.1', 120, '::ffff:10.0.0.9', true],
    ['fe80::1', 64, 'fe80::1%eth0', false],
  ])('C39: %s/%i and %s share a link: %s', (host, prefixBits, other, expected) => {
    const at: NetAddress = { interfaceName: 'x', host, family: host.includes(':') ? 6 : 4, prefixBits, internal: false };
    expect(onLink(at, other)).toBe(expected);
  });

  test('A3: a change is told once, at the next look', () => {
    let now: readonly NetAddress[] = [eth];
    const told: (readonly NetAddress[])[] = [];
    const watch = createInterfaceWatch({ clock }, () => now);
    watch.subscribe((list) => told.push(list));
    clock.advance(5_000);
    now = [];
    clock.advance(5_000);
    now = [eth];
    watch.poll();
    expect(told).toEqual([[], [eth]]);
    watch.stop();
    expect(clock.waiting()).toBe(0);
  });
});
