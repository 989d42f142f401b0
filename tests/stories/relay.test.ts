/** Stories of a relay: devices that are never connected at once meet in a mailbox, and it learns nothing but what it must. */
import { describe, expect, test } from 'vitest';
import type { DocumentId } from '@leanvibe/protocol/ids';
import { createRelay } from '../help/relay-world.js';
import { createWorld, type Device } from '../help/world.js';

const text = async (device: Device, document: DocumentId, space = device.engine.home()): Promise<string> =>
  ((await device.view(document, { type: 'note' }, 'yjs', space)) as { readonly text: string }).text;

describe('a relay', () => {
  test('C31 two devices that never meet sync through a mailbox, one asleep while the other writes', async () => {
    const world = createWorld('relay asleep');
    const [ana, phone] = [await world.device('ana'), await world.device('phone')];
    await world.pair(ana, phone);
    const relay = createRelay(world);
    const document = ana.engine.newDocument();
    const first = relay.link(ana, 'ana');
    await world.run();
    await ana.edit(document, { type: 'note.append', text: 'from the mac ' });
    await world.run();
    world.cut(first);
    await world.run();
    expect(relay.count()).toEqual({ mailboxes: 0, members: 0 });

    const second = relay.link(phone, 'ana');
    await world.run(10_000);
    expect(await text(phone, document)).toBe('from the mac ');
    await phone.edit(document, { type: 'note.append', text: 'from the phone' });
    await world.run();
    world.cut(second);

    relay.link(ana, 'ana');
    await world.run();
    expect(await text(ana, document)).toBe('from the mac from the phone');
    const [view] = ana.engine.relays.views();
    expect(view?.state).toBe('in-step');
    expect(view?.mailboxes.map((one) => one.state)).toEqual(['write']);
    relay.stop();
  });
});
