/** The signed history: who did what, in causal order, what did not count and why, read back from disk and verified (C3, C4, G1, G17). */
import type { History } from '@leanvibe/core/internal/engine/history-report';
import { describe, expect, test } from 'vitest';
import { createWorld, type Device } from '../help/world.js';

const historyOf = async (device: Device): Promise<History> => {
  const history = await device.engine.history(device.engine.home());
  if (history === null) throw new Error('no history');
  return history;
};
const deeds = ({ links }: History): readonly string[] =>
  links.map(({ deed, verdict }) => `${deed.type}${verdict === 'valid' ? '' : ` (${verdict})`}`);

describe('history', () => {
  test('C3 G1 every link of a space is listed parents first, alike at every device, and verified from stored bytes', async () => {
    const world = createWorld('history');
    const [mac, phone] = [await world.device('Mac'), await world.device('Phone')];
    await world.pair(mac, phone);
    world.link(mac, phone);
    await world.run(5_000);
    expect((await mac.engine.revoke(phone.engine.device)).ok).toBe(true);
    await world.run(5_000);
    const history = await historyOf(mac);
    expect(deeds(history)).toEqual(['genesis', 'epoch', 'add-device', 'grant', 'remove-device', 'epoch']);
    expect(history).toMatchObject({ verified: 6, faults: [], forks: [], sealed: 0 });
    const at = new Map(history.links.map(({ link }, place) => [link, place]));
    for (const [place, { parents }] of history.links.entries()) for (const parent of parents) expect(at.get(parent)).toBeLessThan(place);
    const [genesis, , added, , removed] = history.links;
    expect(genesis).toMatchObject({ author: mac.engine.device, person: mac.engine.person(), index: 0, cause: [], deed: { home: true } });
    expect(added).toMatchObject({ author: mac.engine.device, deed: { device: phone.engine.device, kind: 'computer' } });
    expect(removed).toMatchObject({ author: mac.engine.device, deed: { device: phone.engine.device, person: mac.engine.person() } });
    expect(await (await world.restart(mac)).engine.history(mac.engine.home())).toEqual(history);
    expect(await mac.engine.history('0'.repeat(64) as never)).toBeNull();
  });

  test('C3 G1 bytes that were changed on disk, or are gone, are named: what is in use is not taken for verified', async () => {
    const world = createWorld('tampered');
    const mac = await world.device('Mac');
    const phone = await world.device('Phone');
    await world.pair(mac, phone);
    const rows = mac.store.rows.bind(mac.store);
    const tampered = (change: (sealed: Uint8Array) => Uint8Array | null): void =>
      void Object.assign(mac.store, {
        rows: async (...given: Parameters<typeof rows>) =>
          (await rows(...given)).map((row, at) => (at === 2 && row.sealed !== null ? { ...row, sealed: change(row.sealed) } : row)),
      });
    tampered((sealed) => sealed.map((byte, at) => (at === sealed.length - 1 ? byte ^ 1 : byte)));
    const flipped = await historyOf(mac);
    expect(flipped.faults.map(({ what }) => what)).toEqual(['seal', 'missing', 'missing']);
    expect(flipped.verified).toBe(flipped.links.length - 2);
    tampered(() => null);
    expect((await historyOf(mac)).faults[0]).toMatchObject({ link: null, what: 'damaged' });
    tampered((sealed) => sealed);
    expect((await historyOf(mac)).faults).toEqual([]);
  });

  test('C4 G12 G17 a link that did not count names why and what struck it', async () => {
    const world = createWorld('struck');
    const [mac, desk, third, lost] = [
      await world.device('Mac'),
      await world.device('Desk'),
      await world.device('Third'),
      await world.device('Lost'),
    ];
    for (const device of [desk, third, lost]) await world.pair(mac, device);
    const cables = [desk, third, lost].map((device) => world.link(mac, device));
    await world.run(5_000);
    for (const cable of cables) world.cut(cable);
    await world.run();
    expect((await mac.engine.revoke(desk.engine.device)).ok).toBe(true);
    expect((await desk.engine.revoke(lost.engine.device)).ok).toBe(true);
    const told = world.link(desk, third);
    await world.run(5_000);
    world.cut(told);
    world.link(mac, third);
    await world.run(10_000);
    for (const device of [mac, third]) {
      const history = await historyOf(device);
      const removal = history.links.find(({ author, deed }) => author === mac.engine.device && deed.type === 'remove-device');
      const struck = history.links.find(({ author, deed }) => author === desk.engine.device && deed.type === 'remove-device');
      expect(removal?.verdict, device.name).toBe('valid');
      expect(struck, device.name).toMatchObject({ verdict: 'struck', cause: [removal?.link] });
      expect(history.faults, device.name).toEqual([]);
      expect(history.verified, device.name).toBe(history.links.length);
    }
    expect((await historyOf(mac)).links).toEqual((await historyOf(third)).links);
  });

  test('G23 C9 accepts and drops name whose changes they are and where', async () => {
    const world = createWorld('accept history');
    const [mac, desk, lost] = [await world.device('Mac'), await world.device('Desk'), await world.device('Lost')];
    for (const device of [desk, lost]) await world.pair(mac, device);
    const note = mac.engine.newDocument();
    await mac.edit(note, { type: 'note.append', text: 'first ' });
    const cables = [world.link(mac, desk), world.link(mac, lost), world.link(desk, lost)];
    await world.run();
    for (const cable of cables) world.cut(cable);
    expect((await mac.engine.revoke(lost.engine.device)).ok).toBe(true);
    const cable = world.link(desk, lost);
    await world.run();
    await lost.edit(note, { type: 'note.append', text: 'late ' });
    await world.run();
    world.cut(cable);
    world.link(mac, desk);
    await world.run(5_000);
    const [set] = await mac.engine.quarantine.list(mac.engine.home());
    expect((await mac.engine.quarantine.drop(mac.engine.home(), [set?.id ?? ''])).ok).toBe(true);
    expect((await mac.engine.quarantine.accept(mac.engine.home(), [set?.id ?? ''])).ok).toBe(true);
    await world.run();
    const history = await historyOf(desk);
    const of = [{ device: lost.engine.device, document: note, count: 1 }];
    expect(history.links.slice(-2).map(({ author, deed }) => ({ author, deed }))).toMatchObject([
      { author: mac.engine.device, deed: { type: 'drop', changes: set?.changes, of } },
      { author: mac.engine.device, deed: { type: 'accept', changes: set?.changes, of } },
    ]);
  });
});
