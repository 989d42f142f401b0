/** A member that shows two faces, or a document of a kind nobody knows: honest devices still come to one state (A7). */
import { createMemoryPair } from '@leanvibe/core/internal/memory/channel';
import { concat } from '@leanvibe/protocol/bytes';
import { CRDT_KINDS } from '@leanvibe/protocol/change';
import { describe, expect, test } from 'vitest';
import * as Y from 'yjs';
import { createWorld, type Device } from '../help/world.js';
import { takeOver } from './member.js';
import { createRawPeer, logOf } from './rawpeer.js';
import { createStage, HONEST, secretsOf } from './stage.js';

function note(clientId: number, text: string): Uint8Array {
  const doc = new Y.Doc();
  doc.clientID = clientId;
  doc.getText('note').insert(0, text);
  return Y.encodeStateAsUpdate(doc);
}

/** Two honest devices that do not see each other, and a member that speaks to each of them by itself. */
async function twoFaces(seed: string) {
  const world = createWorld(seed);
  const mac = await world.device('Mac');
  const desk = await world.device('Desk');
  const accomplice = await world.device('Thief');
  await world.pair(mac, desk);
  await world.pair(mac, accomplice);
  const cables = [world.link(mac, desk), world.link(mac, accomplice)];
  await world.run();
  for (const cable of cables) world.cut(cable);
  await accomplice.engine.stop();
  await world.run();
  const space = mac.engine.home();
  const thief = await takeOver(secretsOf(seed, 'Thief', 2), accomplice.store, space);
  const log = await logOf(accomplice.store, space);
  const show = async (device: Device, entries: readonly Uint8Array[]): Promise<void> => {
    const ends = createMemoryPair({ clock: world.clock }, { left: thief.device, right: device.engine.device });
    const peer = createRawPeer(thief, ends.left, thief.device, { log });
    device.engine.connect(ends.right);
    await world.run();
    peer.push(2, entries);
    await world.run();
    world.cut(ends);
    await world.run();
  };
  return { world, mac, desk, thief, show };
}

describe('A7 C21 a member that forks its own chain', () => {
  test('C21 P1: two changes under one client id, shown to two devices in either order, leave both with one text', async () => {
    const { world, mac, desk, thief, show } = await twoFaces('faces');
    const document = mac.engine.newDocument();
    const { clientId, run } = thief.run(document, 1);
    const faces = ['AAAA', 'BBBB'].map((text) => thief.change({ document, claims: [{ clientId, run }], payload: note(clientId, text) }));
    const [left, right] = faces.map((change) => change.entries);
    if (left === undefined || right === undefined) throw new Error('two faces were made');
    await show(mac, left);
    await show(desk, right);
    expect(await mac.view(document, { type: 'note' })).toEqual({ text: 'AAAA' });
    expect(await desk.view(document, { type: 'note' })).toEqual({ text: 'BBBB' });
    world.link(mac, desk);
    await world.run(5_000);
    const [first, second] = faces;
    const stays = first !== undefined && second !== undefined && first.id < second.id ? 'AAAA' : 'BBBB';
    for (const device of [mac, desk]) expect(await device.view(document, { type: 'note' }), device.name).toEqual({ text: stays });
    expect(await mac.engine.canonical(mac.engine.home(), document)).toEqual(await desk.engine.canonical(mac.engine.home(), document));
    const loses = stays === 'AAAA' ? 'BBBB' : 'AAAA';
    for (const device of [mac, desk]) {
      const home = device.engine.home();
      const [set] = await device.engine.quarantine.list(home);
      expect(set, device.name).toMatchObject({ document, device: thief.device, reasons: { fork: 1 } });
      const shownLoser = await device.engine.quarantine.show(home, set?.id ?? '');
      expect(shownLoser.ok && shownLoser.value.difference.note, device.name).toMatchObject({ before: '', after: loses });
      expect(await device.engine.quarantine.accept(home, [set?.id ?? '']), device.name).toMatchObject({
        ok: false,
        error: expect.stringContaining('by hand') as string,
      });
    }
    for (const device of [mac, desk]) {
      const again = await world.restart(device);
      expect(await again.view(document, { type: 'note' }), `${device.name}, started again`).toEqual({ text: stays });
    }
  });
});

describe('A7 C8 a member that writes a kind of document nobody applies', () => {
  test.each([0, CRDT_KINDS.facts, CRDT_KINDS.automerge, 9])(
    'C8 P9: a hostile change of kind %i stops neither the space nor its other documents',
    async (crdt) => {
      const stage = await createStage(`kind ${crdt}`);
      const peer = stage.attack();
      await stage.world.run();
      const forged = stage.thief.change({
        document: stage.victim.engine.newDocument(),
        crdt,
        payload: concat(Uint8Array.of(crdt), new Uint8Array(9)),
      });
      peer.push(2, forged.entries);
      await stage.world.run(5_000);
      const [document] = stage.documents;
      if (document === undefined) throw new Error('the stage has a document');
      await stage.witness.edit(document, { type: 'note.append', text: '; and more' });
      const fresh = stage.witness.engine.newDocument();
      await stage.witness.edit(fresh, { type: 'note.append', text: 'hello' });
      await stage.world.run(5_000);
      expect(await stage.note(stage.victim, document)).toBe(`${HONEST}; and more`);
      expect(await stage.note(stage.victim, fresh)).toBe('hello');
      expect(peer.closed()).toBeNull();
    },
  );
});
