/** Stories of an editor who was removed and still reaches the relay: it can be a nuisance, and harms nothing (C31). */
import type { DocumentId } from '@leanvibe/protocol/ids';
import { describe, expect, test } from 'vitest';
import { isLogFrame } from '@leanvibe/protocol/peer';
import { type RelayUp, relayDown, relayUp } from '@leanvibe/protocol/relay';
import { decode, encode } from '@leanvibe/protocol/shape';
import { createRelay, type LyingWire } from '../help/relay-world.js';
import { createWorld, type Device } from '../help/world.js';

const text = async (device: Device, document: DocumentId, space = device.engine.home()): Promise<string> =>
  ((await device.view(document, { type: 'note' }, 'yjs', space)) as { readonly text?: string }).text ?? '';

describe('C31 a removed editor at a mailbox', () => {
  test('asks to prune, to delete, to list itself and to renew the keys: refused, and all is there for whoever was away', async () => {
    const world = createWorld('removed asks');
    const [ana, bob, cyd] = [await world.device('ana'), await world.device('bob'), await world.device('cyd')];
    const refused: number[] = [];
    let asks: readonly RelayUp[] = [];
    const slots: number[] = [];
    const wire: LyingWire = {
      up(frame) {
        const read = isLogFrame(frame) ? null : decode(relayUp, frame);
        if (read?.ok === true && read.value.type === 'attach') slots.push(read.value.slot);
        const now = asks;
        asks = [];
        return [frame, ...now.map((one) => encode(relayUp, one))];
      },
      down(frame) {
        const read = isLogFrame(frame) ? null : decode(relayDown, frame);
        if (read?.ok === true && read.value.type === 'refused') refused.push(read.value.code);
        return [frame];
      },
    };
    const relay = createRelay(world, { wire: (device) => (device === bob ? wire : {}) });
    const ears = new Map([ana, bob, cyd].map((one) => [one, relay.link(one)]));
    await world.run();
    const space = await world.space(ana);
    for (const guest of [bob, cyd]) await world.invite(ana, guest, space, 'editor');
    for (const cable of [world.link(ana, bob), world.link(ana, cyd)]) {
      await world.run();
      world.cut(cable);
    }
    const document = ana.engine.newDocument();
    await ana.edit(document, { type: 'note.append', text: 'one ' }, 'yjs', space);
    await world.run();
    const asleep = ears.get(cyd);
    if (asleep !== undefined) world.cut(asleep);
    expect((await ana.engine.teams.kick(space, bob.engine.person())).ok).toBe(true);
    await ana.edit(document, { type: 'note.append', text: 'two ' }, 'yjs', space);
    await world.run(10_000);

    const proof = { key: new Uint8Array(32).fill(3), signature: new Uint8Array(64) };
    const box = ana.engine.relays.views()[0]?.mailboxes.find((one) => one.space === space);
    const rows = box === undefined ? [] : await ana.store.rows(space, 2, 0, { rows: 100, bytes: 1e6 });
    expect(rows.length).toBeGreaterThan(0);
    asks = [...new Set(slots)].flatMap((slot): RelayUp[] => [
      { type: 'prune', slot, lane: 2, ids: rows.map(({ entryId }) => entryId) },
      { type: 'remove', slot, append: proof },
      { type: 'list', slot, account: 'bob', listed: 1 },
      { type: 'rekey', slot, read: proof, append: proof, present: null, past: [] },
    ]);
    await world.run(20_000);
    expect(refused.length).toBeGreaterThanOrEqual(4);
    const state = box === undefined ? null : await relay.store.state(box.mailbox);
    expect(state).toMatchObject({ deletedMs: null, listed: [] });
    relay.link(cyd);
    await world.run(10_000);
    expect(await text(cyd, document, space)).toBe('one two ');
    expect(await text(bob, document, space)).toBe('one ');
    relay.stop();
  });

  test('renewed the keys while it was listed, to some nobody has: the owner renews them back, and all is there', async () => {
    const world = createWorld('removed renews');
    const [ana, phone] = [await world.device('ana'), await world.device('phone')];
    await world.pair(ana, phone);
    const relay = createRelay(world);
    const pair = relay.link(ana, 'ana');
    const document = ana.engine.newDocument();
    await ana.edit(document, { type: 'note.append', text: 'before ' });
    await world.run(5_000);
    const mailbox = ana.engine.relays.views()[0]?.mailboxes[0]?.mailbox;
    if (mailbox === undefined) throw new Error('no mailbox');
    world.cut(pair);
    await world.run();
    const before = await relay.store.state(mailbox);
    const evil = { readKey: 'ab'.repeat(32), appendKey: 'cd'.repeat(32) };
    expect(await relay.store.rekey(mailbox, before?.readKey ?? '', evil)).toBe(true);
    relay.link(ana, 'ana');
    await ana.edit(document, { type: 'note.append', text: 'after' });
    await world.run(10_000);
    expect((await relay.store.state(mailbox))?.readKey).toBe(before?.readKey);
    relay.link(phone, 'ana');
    await world.run(10_000);
    expect(await text(phone, document)).toBe('before after');
    relay.stop();
  });
});
