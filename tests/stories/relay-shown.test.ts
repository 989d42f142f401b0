/** Stories of what a relay showed: its log is traced id by id, and devices that meet hold what it showed one against what it showed the other (W31, P7). */
import { type EntryId, makeId, type StoreId } from '@leanvibe/protocol/ids';
import { logMessage } from '@leanvibe/protocol/peer';
import { encode } from '@leanvibe/protocol/shape';
import { describe, expect, test } from 'vitest';
import { liarOf, logOf, meet, noteOf, relayAlarms, stageOf, write } from '../help/relay-lies.js';
import { createRelayMemory } from '../help/relay-memory.js';
import { createRelay, ORIGIN } from '../help/relay-world.js';

const MINUTE_MS = 60_000;

describe('P7 W31 what a relay showed', () => {
  test('an honest relay is never doubted, each id is told once, and a quiet session asks for none', async () => {
    const asked: number[] = [];
    const all = await stageOf('honest', () => ({
      wire: (device) => ({
        up(frame) {
          const message = logOf(frame);
          if (device.name === 'phone' && message?.type === 'trace' && message.lane === 2) asked.push(message.after, message.through);
          return [frame];
        },
      }),
    }));
    const { ana, document, phone, relay, world } = all;
    relay.link(ana, 'ana');
    const pair = relay.link(phone, 'ana');
    await world.run(5_000);
    for (let at = 0; at < 20; at++) {
      await write(at % 2 === 0 ? ana : phone, document, `${at} `);
      await world.run(1_000);
    }
    await world.run(20_000);
    for (let at = 2; at < asked.length; at += 2) expect(asked[at]).toBe(asked[at - 1]);
    const before = asked.length;
    expect(before).toBeGreaterThan(0);
    world.cut(pair);
    await world.run();
    relay.link(phone, 'ana');
    await meet(all, 10 * MINUTE_MS);
    await world.run(60 * MINUTE_MS);
    expect(asked.length).toBe(before);
    expect([...relayAlarms(ana), ...relayAlarms(phone)]).toEqual([]);
    relay.stop();
  });

  test('leaves one entry out of the middle and says it has not got it: named at once, and had from the other device', async () => {
    let left: EntryId | null = null;
    const hiding = liarOf({
      down(frame) {
        const message = logOf(frame);
        if (message?.type === 'entries' && message.lane === 2 && message.items.length > 0 && left === null) {
          left = 'to be seen in what is traced' as EntryId;
          return [encode(logMessage, { ...message, items: [] })];
        }
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
    const all = await stageOf('gap', () => ({ wire: (device) => (device.name === 'phone' ? hiding.wire : {}) }));
    const { ana, document, phone, relay, world } = all;
    relay.link(ana, 'ana');
    relay.link(phone, 'ana');
    await world.run(5_000);
    hiding.lying = true;
    await write(ana, document, 'one ');
    await world.run(2_000);
    await write(ana, document, 'two');
    await world.run(10_000);
    expect(relayAlarms(phone)).toEqual(['relay-withheld']);
    expect(phone.events).toContainEqual(expect.objectContaining({ alarm: 'relay-withheld', device: null, relay: ORIGIN }));
    expect(await noteOf(phone, document)).toBe('');
    await meet(all);
    expect(await noteOf(phone, document)).toBe('one two');
    relay.stop();
  });

  test('leaves one out and hands it over when it is asked for by name: nothing is missing for long', async () => {
    let dropped = false;
    const dropping = liarOf({
      down(frame) {
        const message = logOf(frame);
        if (message?.type !== 'entries' || message.lane !== 2 || message.items.length === 0 || dropped) return [frame];
        dropped = true;
        return [encode(logMessage, { ...message, items: [] })];
      },
    });
    const { ana, document, phone, relay, world } = await stageOf('skipped', () => ({
      wire: (device) => (device.name === 'phone' ? dropping.wire : {}),
    }));
    relay.link(ana, 'ana');
    relay.link(phone, 'ana');
    await world.run(5_000);
    dropping.lying = true;
    await write(ana, document, 'here');
    await world.run(12_000);
    expect(dropped).toBe(true);
    expect(await noteOf(phone, document)).toBe('here');
    relay.stop();
  });

  test('names other ids than its log has: it contradicts itself, is named, and everything is compared anew', async () => {
    const hiding = liarOf({
      down(frame) {
        const message = logOf(frame);
        if (message?.type === 'entries' && message.lane === 2) return [encode(logMessage, { ...message, items: [] })];
        if (message?.type !== 'traced' || message.lane !== 2) return [frame];
        const own = phoneIds.at(0);
        return own === undefined ? [frame] : [encode(logMessage, { ...message, ids: message.ids.map(() => own) })];
      },
    });
    let phoneIds: readonly EntryId[] = [];
    const { ana, document, phone, relay, world } = await stageOf('names', () => ({
      wire: (device) => (device.name === 'phone' ? hiding.wire : {}),
    }));
    relay.link(ana, 'ana');
    relay.link(phone, 'ana');
    await write(ana, document, 'one ');
    await world.run(20_000);
    phoneIds = await phone.store.ids(phone.engine.home(), 2);
    expect(phoneIds.length).toBeGreaterThan(0);
    hiding.lying = true;
    await write(ana, document, 'two');
    await world.run(12_000);
    hiding.lying = false;
    await world.run(12_000);
    expect(relayAlarms(phone)).toEqual(['relay-forked']);
    expect(await noteOf(phone, document)).toBe('one two');
    relay.stop();
  });

  test('does not say which entries it has: named', async () => {
    const silent = liarOf({ down: (frame) => (logOf(frame)?.type === 'traced' ? [] : [frame]) });
    const { ana, document, phone, relay, world } = await stageOf('silent', () => ({
      wire: (device) => (device.name === 'phone' ? silent.wire : {}),
    }));
    silent.lying = true;
    relay.link(ana, 'ana');
    relay.link(phone, 'ana');
    await write(ana, document, 'one');
    await world.run(4 * MINUTE_MS);
    expect(relayAlarms(phone)).toEqual(['relay-withheld']);
    expect(relayAlarms(ana)).toEqual([]);
    relay.stop();
  });

  test('shows one device less than the other: named by the one that was kept in the dark, once they met', async () => {
    const withholding = liarOf({
      down: (frame) => (['entries', 'offer', 'heads'].includes(logOf(frame)?.type ?? '') ? [] : [frame]),
    });
    const all = await stageOf('suffix', () => ({ wire: (device) => (device.name === 'phone' ? withholding.wire : {}) }));
    const { ana, document, phone, relay, world } = all;
    relay.link(ana, 'ana');
    relay.link(phone, 'ana');
    await write(ana, document, 'one ');
    await world.run(10_000);
    withholding.lying = true;
    await write(ana, document, 'two');
    await world.run(30_000);
    expect(await noteOf(phone, document)).toBe('one ');
    expect(relayAlarms(phone)).toEqual([]);
    await meet(all, 10_000);
    expect(await noteOf(phone, document)).toBe('one two');
    await world.run(2 * MINUTE_MS);
    expect(phone.events).toContainEqual(
      expect.objectContaining({ alarm: 'relay-withheld', device: ana.engine.device, relay: ORIGIN, space: phone.engine.home() }),
    );
    expect(relayAlarms(ana)).toEqual([]);
    relay.stop();
  });

  test('two histories of different lengths: whoever was shown more asks it for the way from the other’s, which it does not have', async () => {
    const all = await stageOf('lengths');
    const { ana, document, phone, relay, world } = all;
    const pairs = [relay.link(ana, 'ana'), relay.link(phone, 'ana')];
    await write(ana, document, 'shared ');
    await world.run(20_000);
    const other = createRelay(world, { store: createRelayMemory(world.random, { image: relay.store.image(), as: 'same' }) });
    for (const pair of pairs) world.cut(pair);
    await world.run();
    relay.link(ana, 'ana');
    other.link(phone, 'ana');
    await world.run();
    await write(phone, document, 'by phone ');
    for (const words of ['by ana ', 'twice ', 'thrice ']) {
      await write(ana, document, words);
      await world.run(2_000);
    }
    await world.run(20_000);
    expect([...relayAlarms(ana), ...relayAlarms(phone)]).toEqual([]);
    await meet(all, 4_000);
    await world.run(30_000);
    expect(ana.events).toContainEqual(expect.objectContaining({ alarm: 'relay-forked', device: phone.engine.device, relay: ORIGIN }));
    expect(await noteOf(phone, document)).toBe(await noteOf(ana, document));
    relay.stop();
    other.stop();
  });

  test('two histories, one of them under another name of the relay’s store: named by two that are connected to it at once', async () => {
    const fake = makeId<StoreId>(new Uint8Array(16).fill(3), 16);
    const renaming = liarOf({
      down(frame) {
        const message = logOf(frame);
        return message?.type === 'heads' ? [encode(logMessage, { ...message, store: fake })] : [frame];
      },
    });
    renaming.lying = true;
    const all = await stageOf('renamed', () => ({ wire: (device) => (device.name === 'phone' ? renaming.wire : {}) }));
    const { ana, document, phone, relay, world } = all;
    relay.link(ana, 'ana');
    relay.link(phone, 'ana');
    await write(ana, document, 'one');
    await world.run(10_000);
    await meet(all, 7 * MINUTE_MS);
    for (const device of [ana, phone]) expect(relayAlarms(device)).toContain('relay-forked');
    expect(await noteOf(phone, document)).toBe('one');
    relay.stop();
  });

  test('a head told while the relay is out of reach is held against it at the next connection', async () => {
    const all = await stageOf('later');
    const { ana, document, phone, relay, world } = all;
    const pairs = [relay.link(ana, 'ana'), relay.link(phone, 'ana')];
    await write(ana, document, 'shared ');
    await world.run(20_000);
    const other = createRelay(world, { store: createRelayMemory(world.random, { image: relay.store.image(), as: 'same' }) });
    for (const pair of pairs) world.cut(pair);
    await world.run();
    const first = relay.link(ana, 'ana');
    const second = other.link(phone, 'ana');
    await world.run();
    await write(ana, document, 'by ana ');
    await world.run(10_000);
    for (const words of ['by phone ', 'twice ']) {
      await write(phone, document, words);
      await world.run(2_000);
    }
    for (const pair of [first, second]) world.cut(pair);
    await world.run();
    await meet(all, 10_000);
    expect([...relayAlarms(ana), ...relayAlarms(phone)]).toEqual([]);
    other.link(phone, 'ana');
    await world.run(30_000);
    expect(phone.events).toContainEqual(expect.objectContaining({ alarm: 'relay-forked', device: ana.engine.device, relay: ORIGIN }));
    relay.stop();
    other.stop();
  });

  test('prunes what nobody asked it to: who wrote it finds it lacking, a newcomer is told what is left out, and has it from whoever it meets', async () => {
    const { ana, document, phone, relay, world } = await stageOf('pruned');
    relay.link(ana, 'ana');
    relay.link(phone, 'ana');
    await world.run(5_000);
    for (const words of ['one ', 'two ', 'three ']) {
      await write(ana, document, words);
      await world.run(2_000);
    }
    await world.run(20_000);
    const mailbox = ana.engine.relays.views()[0]?.mailboxes[0]?.mailbox;
    if (mailbox === undefined) throw new Error('no mailbox');
    const ids = await relay.store.ids(mailbox as never, 2);
    await relay.store.commit({ prune: ids.map((entryId) => ({ space: mailbox as never, entryId })) });
    await world.run(2 * MINUTE_MS);
    expect(relayAlarms(ana)).toContain('relay-lost');
    const tablet = await world.device('tablet');
    await world.pair(ana, tablet);
    relay.link(tablet, 'ana');
    await world.run(20_000);
    expect(await noteOf(tablet, document)).toBe('');
    expect(relayAlarms(tablet)).toEqual(['relay-withheld']);
    const cable = world.link(tablet, phone);
    await world.run(5_000);
    world.cut(cable);
    expect(await noteOf(tablet, document)).toBe('one two three ');
    relay.stop();
  });
});
