/** Stories of relays that lie: each lie is noticed when it can be, nothing wrong is ever shown, and what is true is had from others or given again (P7). */
import { describe, expect, test } from 'vitest';
import { isLogFrame, logMessage } from '@leanvibe/protocol/peer';
import { type RelayDown, relayDown } from '@leanvibe/protocol/relay';
import { decode, encode } from '@leanvibe/protocol/shape';
import { createRelayMemory } from '../help/relay-memory.js';
import { liarOf as liar, logOf, meet, noteOf as text, relayAlarms as alarms, stageOf as stage, write } from '../help/relay-lies.js';
import { createRelay, ORIGIN } from '../help/relay-world.js';

const HOUR_MS = 3_600_000;

describe('P7 a relay that lies', () => {
  test('C33 says it stored what it threw away: found by reading back, told by name, and given again once it takes it', async () => {
    const forging = liar({
      up(frame, answer) {
        const message = logOf(frame);
        if (message?.type !== 'entries') return [frame];
        const credit = message.items.reduce((sum, item) => sum + item.length, 0);
        answer(
          encode(logMessage, { type: 'stored', slot: message.slot, lane: message.lane, through: message.through, credit, placed: null }),
        );
        return [];
      },
    });
    const { world, ana, phone, document, relay } = await stage('forged', () => ({
      wire: (device) => (device.name === 'ana' ? forging.wire : {}),
    }));
    relay.link(ana, 'ana');
    relay.link(phone, 'ana');
    await world.run(5_000);
    forging.lying = true;
    for (let at = 0; at < 12; at++) await write(ana, document, `${at} `);
    await world.run(5_000);
    const [box] = ana.engine.relays.views()[0]?.mailboxes ?? [];
    expect(box?.pendingOut).toBe(0);
    expect(await text(phone, document)).toBe('');

    forging.lying = false;
    await world.run(3 * HOUR_MS);
    expect(alarms(ana)).toEqual(['relay-lost']);
    expect(await text(phone, document)).toBe('0 1 2 3 4 5 6 7 8 9 10 11 ');
    const proving = ana.engine.relays.prove(64);
    await world.run();
    expect((await proving).every((one) => one.right === one.sampled)).toBe(true);
    relay.stop();
  });

  test('C33 and goes on lying when it is given again: it is said that it cannot be relied on', async () => {
    const answering = liar({
      down(frame) {
        const message = logOf(frame);
        if (message?.type !== 'loose' || message.items.length === 0) return [frame];
        return [];
      },
      up(frame, answer) {
        const message = logOf(frame);
        if (message?.type !== 'get') return [frame];
        answer(encode(logMessage, { type: 'loose', slot: message.slot, lane: message.lane, items: [], missing: [...message.ids] }));
        return [];
      },
    });
    const { world, ana, document, relay } = await stage('unreliable', () => ({ wire: () => answering.wire }));
    relay.link(ana, 'ana');
    await world.run(5_000);
    await write(ana, document, 'here');
    await world.run(5_000);
    answering.lying = true;
    await world.run(HOUR_MS);
    expect(new Set(alarms(ana))).toEqual(new Set(['relay-lost', 'relay-unreliable']));
    expect(await text(ana, document)).toBe('here');
    relay.stop();
  });

  test('withholds what came later: nothing wrong is shown, and it is had from the other device', async () => {
    const withholding = liar({
      down: (frame) => (['entries', 'offer', 'heads'].includes(logOf(frame)?.type ?? '') ? [] : [frame]),
    });
    const all = await stage('withheld', () => ({ wire: (device) => (device.name === 'phone' ? withholding.wire : {}) }));
    const { world, ana, phone, document, relay } = all;
    relay.link(ana, 'ana');
    relay.link(phone, 'ana');
    await write(ana, document, 'one ');
    await world.run(5_000);
    expect(await text(phone, document)).toBe('one ');
    withholding.lying = true;
    await write(ana, document, 'two ');
    await world.run(5_000);
    expect(await text(phone, document)).toBe('one ');
    await meet(all);
    expect(await text(phone, document)).toBe('one two ');
    await write(phone, document, 'three');
    withholding.lying = false;
    await world.run(10_000);
    expect(await text(ana, document)).toBe('one two three');
    relay.stop();
  });

  test('shows two devices two histories: both have all once they meet, and whoever is shown the other history says so', async () => {
    const all = await stage('forked');
    const { world, ana, phone, document, relay } = all;
    const pairs = [relay.link(ana, 'ana'), relay.link(phone, 'ana')];
    await write(ana, document, 'shared ');
    await world.run(5_000);
    const image = relay.store.image();
    const other = createRelay(world, { store: createRelayMemory(world.random, { image, as: 'same' }) });
    for (const pair of pairs) world.cut(pair);
    await world.run();
    relay.link(ana, 'ana');
    const apart = other.link(phone, 'ana');
    await world.run();
    await write(ana, document, 'by ana ');
    await write(phone, document, 'by phone ');
    await world.run(5_000);
    expect(await text(ana, document)).toBe('shared by ana ');
    expect(await text(phone, document)).toBe('shared by phone ');
    await meet(all);
    const both = await text(ana, document);
    expect(both).toContain('by ana ');
    expect(both).toContain('by phone ');
    expect(await text(phone, document)).toBe(both);
    for (const [one, other] of [
      [ana, phone],
      [phone, ana],
    ] as const)
      expect(one.events).toContainEqual(expect.objectContaining({ alarm: 'relay-forked', device: other.engine.device, relay: ORIGIN }));
    world.cut(apart);
    await world.run();
    relay.link(phone, 'ana');
    await world.run(10_000);
    expect(alarms(phone)).toContain('relay-rolled-back');
    const tablet = await world.device('tablet');
    await world.pair(ana, tablet);
    relay.link(tablet, 'ana');
    await world.run(10_000);
    expect(await text(tablet, document)).toBe(both);
    relay.stop();
    other.stop();
  });

  test('gives positions out again after it was put back: noticed by name, and all of it is there again', async () => {
    const all = await stage('re-issued');
    const { world, ana, phone, document, relay } = all;
    const pairs = [relay.link(ana, 'ana'), relay.link(phone, 'ana')];
    await write(ana, document, 'kept ');
    await world.run(5_000);
    const image = relay.store.image();
    await write(ana, document, 'lost ');
    await world.run(5_000);
    for (const pair of pairs) world.cut(pair);
    relay.stop();
    await world.run();
    const older = createRelay(world, { store: createRelayMemory(world.random, { image, as: 'same' }) });
    older.link(phone, 'ana');
    await world.run();
    await write(phone, document, 'at the same place ');
    await world.run(5_000);
    older.link(ana, 'ana');
    await world.run(10_000);
    expect([...alarms(ana), ...alarms(phone)]).toContain('relay-rolled-back');
    expect(await text(ana, document)).toBe(await text(phone, document));
    expect(await text(ana, document)).toBe('kept lost at the same place ');
    older.stop();
  });

  test('says everything twice, and old things again: each change is shown once', async () => {
    let held: Uint8Array | null = null;
    const repeating = liar({
      down(frame) {
        if (logOf(frame)?.type !== 'entries') return [frame];
        const before = held ?? frame;
        held = frame;
        return [frame, frame, before];
      },
    });
    const all = await stage('repeated', () => ({ wire: (device) => (device.name === 'phone' ? repeating.wire : {}) }));
    const { world, ana, phone, document, relay } = all;
    relay.link(ana, 'ana');
    const pair = relay.link(phone, 'ana');
    await world.run(5_000);
    repeating.lying = true;
    for (const words of ['one ', 'two ', 'three ', 'four ']) {
      await write(ana, document, words);
      await world.run(2_000);
      expect('one two three four '.startsWith(await text(phone, document))).toBe(true);
    }
    expect(Object.values(phone.engine.refusals()).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
    world.cut(pair);
    repeating.lying = false;
    await world.run();
    relay.link(phone, 'ana');
    await world.run(10_000);
    expect(await text(phone, document)).toBe('one two three four ');
    relay.stop();
  });

  test('serves what belongs into another mailbox: none of it is shown there', async () => {
    let slots: readonly number[] = [];
    const mixing = liar({
      down(frame) {
        const message = logOf(frame);
        if (message?.type !== 'entries') return [frame];
        const other = slots.find((slot) => slot !== message.slot);
        return other === undefined ? [frame] : [encode(logMessage, { ...message, slot: other })];
      },
    });
    const all = await stage('mixed', () => ({ wire: (device) => (device.name === 'phone' ? mixing.wire : {}) }));
    const { world, ana, phone, relay } = all;
    const team = await world.space(ana);
    relay.link(ana, 'ana');
    const pair = relay.link(phone, 'ana');
    await world.run(5_000);
    slots = [0, 1, 2, 3];
    mixing.lying = true;
    const [mine, ours] = [ana.engine.newDocument(), ana.engine.newDocument()];
    await ana.edit(mine, { type: 'note.append', text: 'for me' });
    await ana.edit(ours, { type: 'note.append', text: 'for the team' }, 'yjs', team);
    await world.run(5_000);
    expect(await phone.engine.documents(team)).not.toContain(mine);
    expect(await phone.engine.documents(phone.engine.home())).not.toContain(ours);
    world.cut(pair);
    mixing.lying = false;
    await meet(all);
    relay.link(phone, 'ana');
    await world.run(10_000);
    expect(await text(phone, mine)).toBe('for me');
    expect(await text(phone, ours, team)).toBe('for the team');
    expect(await phone.engine.documents(team)).not.toContain(mine);
    relay.stop();
  });

  test('P8 tells keys that are not the mailbox’s: it is seen to be behind, what is here stays, and honest keys open it again', async () => {
    const stale = (slot: number): Uint8Array => {
      const keys = { read: new Uint8Array(32).fill(1), append: new Uint8Array(32).fill(2) };
      return encode(relayDown, { type: 'stale', slot, ...keys });
    };
    const keys = liar({
      down(frame) {
        if (isLogFrame(frame)) return [];
        const read = decode(relayDown, frame);
        const message: RelayDown | null = read.ok ? read.value : null;
        return message?.type === 'attached' ? [stale(message.slot)] : [frame];
      },
    });
    const all = await stage('stale', () => ({ wire: (device) => (device.name === 'phone' ? keys.wire : {}) }));
    const { world, ana, phone, document, relay } = all;
    relay.link(ana, 'ana');
    const pair = relay.link(phone, 'ana');
    await write(ana, document, 'one ');
    await world.run(5_000);
    world.cut(pair);
    await world.run();
    keys.lying = true;
    const again = relay.link(phone, 'ana');
    await write(ana, document, 'two ');
    await world.run(5_000);
    expect(phone.engine.relays.views()[0]?.mailboxes.map((one) => one.state)).toEqual(['behind']);
    expect(await text(phone, document)).toBe('one ');
    await meet(all);
    expect(await text(phone, document)).toBe('one two ');
    world.cut(again);
    keys.lying = false;
    await world.run();
    relay.link(phone, 'ana');
    await write(phone, document, 'three');
    await world.run(10_000);
    expect(await text(ana, document)).toBe('one two three');
    relay.stop();
  });
});
