/** Stories of recovery words: every device is lost, and the words with whoever survives bring back what they open. */
import { describe, expect, test } from 'vitest';
import { addTask, ask, enter, makeWords, titles } from '../help/recovery.js';
import { createWorld, type Device } from '../help/world.js';

const alarms = (device: Device): readonly string[] => device.events.flatMap((event) => (event.type === 'alarm' ? [event.alarm] : []));

describe('recovery by words', () => {
  test('C43 C1 P2 everything is lost but the phone: the words bring the home back, and both go on', async () => {
    const world = createWorld('words-phone');
    const mac = await world.device('Mac');
    const phone = await world.device('Phone');
    await world.pair(mac, phone);
    const pair = world.link(mac, phone);
    const project = mac.engine.newDocument();
    await mac.edit(project, addTask('Before'));
    const { text, paper } = await makeWords(mac);
    await mac.edit(project, addTask('After the words'));
    await world.run();
    world.cut(pair);
    await mac.engine.stop();
    const fresh = await world.device('New Mac');
    const coming = await ask(world, fresh, text, [phone]);
    expect(coming.answers).toEqual([1]);
    expect(await enter(world, coming)).toEqual({ home: true, spaces: [phone.engine.home()], failed: [] });
    expect(fresh.engine.home()).toBe(phone.engine.home());
    expect(await titles(fresh, project)).toEqual(['After the words', 'Before']);
    await fresh.edit(project, addTask('On the new one'));
    await phone.edit(project, addTask('By the phone'));
    await world.run(5_000);
    expect(await titles(phone, project)).toEqual(['After the words', 'Before', 'By the phone', 'On the new one']);
    expect(await fresh.engine.canonical(fresh.engine.home(), project)).toEqual(await phone.engine.canonical(phone.engine.home(), project));
    expect(alarms(phone)).toContain('words-used');
    expect(alarms(fresh)).toEqual([]);
    const [set] = await phone.engine.recovery.sets();
    expect(set).toMatchObject({ device: paper, live: true, usedBy: [fresh.engine.device], spaces: [{ covered: true }] });
    // What was under way when keys were renewed is turned away once, whichever side it came to, and sent again.
    for (const { engine } of [fresh, phone])
      expect(Object.keys(engine.refusals()).filter((reason) => reason !== 'not-accepted-from')).toEqual([]);
    // The lost one is revoked from the new one, and the words are made anew.
    expect((await fresh.engine.revoke(mac.engine.device)).ok).toBe(true);
    const { paper: anew } = await makeWords(fresh);
    expect((await fresh.engine.revoke(paper)).ok).toBe(true);
    await world.run(5_000);
    expect(phone.engine.spaces()[0]?.devices.filter(({ revoked, kind }) => revoked && kind !== 'paper')).toMatchObject([
      { device: mac.engine.device },
    ]);
    expect(await phone.engine.recovery.sets()).toMatchObject([
      { device: anew, live: true },
      { device: paper, live: false },
    ]);
    const again = await world.restart(fresh);
    expect(again.engine.spaces()).toMatchObject([{ home: true, standing: 'live' }]);
    expect(await titles(again, project)).toHaveLength(4);
  });

  test('C43 C13 P8 keys were renewed since the words were made, and somebody was removed: the words still open everything', async () => {
    const world = createWorld('words-rotated');
    const mac = await world.device('Mac');
    const phone = await world.device('Phone');
    const tablet = await world.device('Tablet');
    await world.pair(mac, phone);
    await world.pair(mac, tablet);
    const pairs = [world.link(mac, phone), world.link(mac, tablet)];
    const project = mac.engine.newDocument();
    const { text } = await makeWords(mac);
    await mac.edit(project, addTask('Before'));
    await world.run();
    expect((await mac.engine.revoke(tablet.engine.device)).ok).toBe(true);
    await mac.edit(project, addTask('After the removal'));
    await world.run();
    for (const pair of pairs) world.cut(pair);
    await mac.engine.stop();
    expect((await phone.engine.revoke(mac.engine.device)).ok).toBe(true);
    await phone.edit(project, addTask('After both'));
    const fresh = await world.device('New Mac');
    await enter(world, await ask(world, fresh, text, [phone]));
    expect(await titles(fresh, project)).toEqual(['After both', 'After the removal', 'Before']);
    await fresh.edit(project, addTask('On the new one'));
    await world.run(5_000);
    expect(await titles(phone, project)).toHaveLength(4);
    expect(alarms(fresh)).toEqual([]);
  });

  test('C43 P8 a device that renewed keys while the helper was away takes the new one in when they meet', async () => {
    const world = createWorld('words-apart');
    const mac = await world.device('Mac');
    const phone = await world.device('Phone');
    const tablet = await world.device('Tablet');
    await world.pair(mac, phone);
    await world.pair(mac, tablet);
    const pairs = [world.link(mac, phone), world.link(mac, tablet), world.link(phone, tablet)];
    const project = mac.engine.newDocument();
    const { text } = await makeWords(mac);
    await mac.edit(project, addTask('Before'));
    await world.run();
    for (const pair of pairs) world.cut(pair);
    await mac.engine.stop();
    expect((await tablet.engine.revoke(mac.engine.device)).ok).toBe(true);
    await tablet.edit(project, addTask('By the tablet'));
    const fresh = await world.device('New Mac');
    const coming = await ask(world, fresh, text, [phone]);
    await enter(world, coming);
    for (const pair of coming.links) world.cut(pair);
    world.link(fresh, tablet);
    await world.run(10_000);
    expect(await titles(fresh, project)).toEqual(['Before', 'By the tablet']);
    await fresh.edit(project, addTask('On the new one'));
    await world.run(5_000);
    expect(await titles(tablet, project)).toEqual(['Before', 'By the tablet', 'On the new one']);
    expect(fresh.engine.spaces()).toMatchObject([{ home: true, standing: 'live' }]);
  });

  test('C43 revoked words open nothing: the same answer as for words nobody knows, and the device asked is as it was', async () => {
    const world = createWorld('words-revoked');
    const mac = await world.device('Mac');
    const { text, paper } = await makeWords(mac);
    expect(await mac.engine.recovery.check(text)).toMatchObject({ ok: true, value: { state: 'live', set: { device: paper } } });
    expect((await mac.engine.revoke(paper)).ok).toBe(true);
    expect(await mac.engine.recovery.check(text)).toMatchObject({ ok: true, value: { state: 'revoked' } });
    expect(await mac.engine.recovery.extend(text)).toEqual({
      ok: false,
      error: { code: 'refused', message: 'these recovery words were revoked' },
    });
    const other = await world.device('Stranger');
    const { text: theirs } = await makeWords(other);
    expect(await mac.engine.recovery.check(theirs)).toMatchObject({ ok: true, value: { state: 'unknown' } });
    const fresh = await world.device('New Mac');
    const said: unknown[] = [];
    for (const words of [text, theirs]) {
      const coming = await ask(world, fresh, words, [mac]);
      said.push(coming.answers[0]);
      coming.restoring.end();
    }
    expect(said).toEqual(['this device cannot help with these words', 'this device cannot help with these words']);
    expect(mac.engine.refusals()).toEqual({ recovery: 2 });
    expect(alarms(mac)).toEqual([]);
    expect(fresh.engine.spaces()).toHaveLength(1);
    expect(fresh.engine.home()).not.toBe(mac.engine.home());
  });

  test('C43 a device with data of its own, and wrong words, restore nothing', async () => {
    const world = createWorld('words-refused');
    const mac = await world.device('Mac');
    const { text } = await makeWords(mac);
    const busy = await world.device('Busy');
    await busy.edit(busy.engine.newDocument(), addTask('Mine'));
    expect(await busy.engine.recovery.restore(text)).toEqual({
      ok: false,
      error: { code: 'refused', message: 'this home has data of its own already' },
    });
    expect(await busy.engine.recovery.restore('one two')).toEqual({
      ok: false,
      error: { code: 'words', problem: { code: 'count', count: 2 } },
    });
    const fresh = await world.device('Fresh');
    const first = await fresh.engine.recovery.restore(text);
    expect(await fresh.engine.recovery.restore(text)).toMatchObject({ ok: false, error: { message: 'this device is restoring already' } });
    if (first.ok) first.value.end();
    const second = await fresh.engine.recovery.restore(text);
    expect(second.ok).toBe(true);
  });

  test('C43 C36 the helper has pruned what a checkpoint covers: the new device reads the same document', async () => {
    const world = createWorld('words-checkpoint');
    const mac = await world.device('Mac');
    const phone = await world.device('Phone');
    await world.pair(mac, phone);
    world.link(mac, phone);
    const note = mac.engine.newDocument();
    const { text } = await makeWords(mac);
    await world.run();
    for (let round = 0; round < 90; round++) {
      for (const device of [mac, phone])
        await device.edit(note, { type: 'note.append', text: `${device.name} ${round} ${'x'.repeat(400)}\n` });
      await world.run(300);
    }
    await world.run(10 * 60_000);
    const rows = await phone.store.rows(phone.engine.home(), 2, 0, { rows: 1e6, bytes: 1e9 });
    expect(rows.filter(({ sealed }) => sealed === null).length).toBeGreaterThan(100);
    await mac.engine.stop();
    const fresh = await world.device('New Mac');
    expect(await enter(world, await ask(world, fresh, text, [phone]))).toMatchObject({ home: true });
    await world.run(60_000);
    expect(await fresh.engine.canonical(fresh.engine.home(), note)).toEqual(await phone.engine.canonical(phone.engine.home(), note));
    await fresh.edit(note, { type: 'note.append', text: 'on the new one' });
    await world.run(5_000);
    expect(await phone.engine.canonical(phone.engine.home(), note)).toEqual(await fresh.engine.canonical(fresh.engine.home(), note));
  });
});
