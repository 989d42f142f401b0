/** Stories of an editor who was removed and still reaches the relay: it can be a nuisance, and harms nothing (C31). */
import { decodeAtRest } from '@leanvibe/core/internal/base/rest';
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { epochRecord, TABLES } from '@leanvibe/core/internal/engine/tables';
import { createVault } from '@leanvibe/core/internal/keys/local';
import { mailboxSigners, proveMailbox } from '@leanvibe/core/internal/keys/mailbox';
import { type DocumentId, type MailboxId, type SpaceId, toHex } from '@leanvibe/protocol/ids';
import { describe, expect, test } from 'vitest';
import { isLogFrame } from '@leanvibe/protocol/peer';
import { RELAY_REFUSALS, type RelayUp, relayDown, relayUp } from '@leanvibe/protocol/relay';
import { decode, encode } from '@leanvibe/protocol/shape';
import { createRelay, type LyingWire, ORIGIN, type RelayCopy } from '../help/relay-world.js';
import { createWorld, type Device } from '../help/world.js';

const text = async (device: Device, document: DocumentId, space = device.engine.home()): Promise<string> =>
  ((await device.view(document, { type: 'note' }, 'yjs', space)) as { readonly text?: string }).text ?? '';

/** Speaks for a device that goes on after it was put out: with all its keys, and deaf to what would tell it. */
function createVillain({ engine, secrets, store }: Device) {
  const slots = new Map<string, number>();
  const refused: string[] = [];
  let nonce: Uint8Array = new Uint8Array(32);
  let asks: readonly RelayUp[] = [];
  const crypto = nativeCrypto();
  const wire: LyingWire = {
    up(frame) {
      const read = isLogFrame(frame) ? null : decode(relayUp, frame);
      if (read?.ok === true && (read.value.type === 'attach' || read.value.type === 'make')) slots.set(read.value.mailbox, read.value.slot);
      const now = asks;
      asks = [];
      return [frame, ...now.map((one) => encode(relayUp, one))];
    },
    down(frame) {
      const log = isLogFrame(frame) ? null : decode(relayDown, frame);
      if (log?.ok === true && log.value.type === 'welcome') nonce = log.value.nonce;
      if (log?.ok === true && log.value.type === 'refused') refused.push(RELAY_REFUSALS[log.value.code] ?? '');
      return [frame];
    },
  };
  return {
    wire,
    refusals: (): readonly string[] => refused,
    /** Prunes every lane, deletes, lists itself, and renews the keys to some that nobody has. */
    async attack(relay: RelayCopy, space: SpaceId, mailbox: MailboxId): Promise<void> {
      const vault = createVault(crypto, store, secrets.localKey);
      const records = await vault.scan(TABLES.epoch, `${space}/`, null, 100);
      const held = records.map(({ value }) => decodeAtRest(epochRecord, value, 'epoch'));
      const place = { origin: ORIGIN, mailbox, nonce };
      const evil = mailboxSigners(crypto, { read: new Uint8Array(32).fill(66), append: new Uint8Array(32).fill(67) }, mailbox);
      const present = (await relay.store.state(mailbox))?.appendKey;
      const mine = held.map((one) => mailboxSigners(crypto, one, mailbox).append).filter((keys) => keys !== null);
      const append = mine.find((keys) => toHex(keys.publicKey) === present) ?? mine[0];
      const slot = slots.get(mailbox);
      if (append === undefined || evil.append === null || slot === undefined) throw new Error(`${engine.device} has no keys or no slot`);
      const next = [evil.read.publicKey, evil.append.publicKey];
      const prunes: RelayUp[] = [];
      for (const lane of [0, 1, 2] as const) {
        const ids = await relay.store.ids(mailbox as never, lane);
        if (ids.length > 0) prunes.push({ type: 'prune', slot, lane, ids });
      }
      asks = [
        ...prunes,
        { type: 'remove', slot, append: proveMailbox(crypto, append, place, 'remove') },
        { type: 'list', slot, account: 'bob', listed: 1 },
        {
          type: 'rekey',
          slot,
          read: proveMailbox(crypto, evil.read, place, 'rekey-read'),
          append: proveMailbox(crypto, evil.append, place, 'rekey-append'),
          present: proveMailbox(crypto, append, place, 'rekey', next),
          past: [],
        },
      ];
    },
  };
}

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

  test('P8 listed, and put out while nobody else is at the relay: it appends, prunes, deletes and takes the keys, which the owner takes back, and who was away finds all', async () => {
    const world = createWorld('removed listed');
    const [ana, bob, cyd] = [await world.device('ana'), await world.device('bob'), await world.device('cyd')];
    const villain = createVillain(bob);
    const relay = createRelay(world, { wire: (device) => (device === bob ? villain.wire : {}) });
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
    await world.run(10_000);
    const mailbox = ana.engine.relays.views()[0]?.mailboxes.find((one) => one.space === space)?.mailbox;
    if (mailbox === undefined) throw new Error('no mailbox');
    await relay.store.setListed(mailbox, 'bob', true);
    const honest = await relay.store.state(mailbox);

    // Only the villain is there when he is put out.
    for (const one of [ana, cyd]) {
      const ear = ears.get(one);
      if (ear !== undefined) world.cut(ear);
    }
    await world.run();
    expect((await ana.engine.teams.kick(space, bob.engine.person())).ok).toBe(true);
    await ana.edit(document, { type: 'note.append', text: 'two ' }, 'yjs', space);
    await bob.edit(document, { type: 'note.append', text: 'VILLAIN ' }, 'yjs', space);
    await world.run(5_000);
    await villain.attack(relay, space, mailbox);
    await world.run(20_000);
    // Both lanes that hold something, to delete, and to list; the keys are its to renew.
    expect(villain.refusals()).toEqual(['not-yours', 'not-yours', 'not-yours', 'not-yours']);
    expect(await relay.store.state(mailbox)).toMatchObject({ deletedMs: null, listed: ['bob'] });
    expect((await relay.store.state(mailbox))?.readKey).not.toBe(honest?.readKey);
    for (const lane of [0, 1, 2] as const)
      for (const row of await relay.store.rows(mailbox as never, lane, 0, { rows: 1_000, bytes: 1e9 })) expect(row.sealed).not.toBeNull();

    relay.link(ana);
    await world.run(20_000);
    const renewed = await relay.store.state(mailbox);
    relay.link(cyd);
    await world.run(20_000);
    expect(await text(cyd, document, space)).toBe('one two ');
    expect(await text(ana, document, space)).toBe('one two ');
    await cyd.edit(document, { type: 'note.append', text: 'three' }, 'yjs', space);
    await world.run(10_000);
    expect(await text(ana, document, space)).toBe('one two three');

    // With the keys it had it is left with announcements, whatever it asks for.
    await villain.attack(relay, space, mailbox);
    await world.run(20_000);
    expect(villain.refusals()).toHaveLength(10);
    expect(new Set(villain.refusals())).toEqual(new Set(['not-yours']));
    expect(await relay.store.state(mailbox)).toMatchObject({ deletedMs: null, readKey: renewed?.readKey, appendKey: renewed?.appendKey });
    expect(bob.engine.relays.views()[0]?.mailboxes.find((one) => one.space === space)?.state).toBe('announcements');
    expect(await text(cyd, document, space)).toBe('one two three');
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

  test('P8 owns the mailbox and deletes it: another one was made beside it when it was put out, which whoever was away finds too', async () => {
    const world = createWorld('removed owner');
    const [ana, bob, cyd] = [await world.device('ana'), await world.device('bob'), await world.device('cyd')];
    const relay = createRelay(world);
    const space = await world.space(ana);
    await world.invite(ana, bob, space, 'admin');
    await world.invite(ana, cyd, space, 'editor');
    const cables = [world.link(ana, bob), world.link(ana, cyd)];
    await world.run();
    const mailboxesOf = (one: Device): readonly MailboxId[] =>
      (one.engine.relays.views()[0]?.mailboxes ?? []).filter((box) => box.space === space).map(({ mailbox }) => mailbox);
    // Bob's device alone is signed in at first, so that the mailbox is his.
    relay.link(bob);
    await world.run(5_000);
    const [his] = mailboxesOf(bob);
    if (his === undefined) throw new Error('no mailbox');
    expect((await relay.store.state(his))?.account).toBe('bob');
    for (const cable of cables) world.cut(cable);
    relay.link(ana);
    const ear = relay.link(cyd);
    const document = ana.engine.newDocument();
    await ana.edit(document, { type: 'note.append', text: 'one ' }, 'yjs', space);
    await world.run(10_000);
    expect(await text(cyd, document, space)).toBe('one ');
    expect(mailboxesOf(ana)).toEqual([his]);

    world.cut(ear);
    await world.run();
    expect((await ana.engine.teams.kick(space, bob.engine.person())).ok).toBe(true);
    await ana.edit(document, { type: 'note.append', text: 'two ' }, 'yjs', space);
    await world.run(10_000);
    const [ours] = mailboxesOf(ana).filter((one) => one !== his);
    if (ours === undefined) throw new Error('no mailbox beside the one that is his');
    expect((await relay.store.state(ours))?.account).toBe('ana');

    relay.link(cyd);
    await world.run(20_000);
    expect(await text(cyd, document, space)).toBe('one two ');
    expect(mailboxesOf(cyd)).toContain(ours);
    await relay.store.remove(his);
    await cyd.edit(document, { type: 'note.append', text: 'three' }, 'yjs', space);
    await world.run(20_000);
    expect(await text(ana, document, space)).toBe('one two three');
    expect(await text(bob, document, space)).toBe('one ');
    relay.stop();
  });
});
