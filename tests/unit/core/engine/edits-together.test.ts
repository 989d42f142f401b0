/** Edits that wait for the same turn of a document share a commit, and still succeed or fail each by itself. */
import { describe, expect, test } from 'vitest';
import * as Y from 'yjs';
import { createWorld } from '../../../help/world.js';

const texts = Array.from({ length: 40 }, (_, at) => `line ${at}\n`);

describe('C17: edits that come together', () => {
  test('C17 are all kept in their order, and are one change for a peer', async () => {
    const world = createWorld('together');
    const [ana, bob] = [await world.device('ana'), await world.device('bob')];
    await world.pair(ana, bob);
    world.link(ana, bob);
    await world.run();
    const note = ana.engine.newDocument();
    const before = (await ana.engine.storage()).entries;
    await Promise.all(texts.map((text) => ana.edit(note, { type: 'note.append', text })));
    await world.run();
    expect(await bob.view(note, { type: 'note' })).toEqual({ text: texts.join('') });
    const made = (await ana.engine.storage()).entries - before;
    expect(made).toBeGreaterThan(0);
    expect(made).toBeLessThan(texts.length / 4);
  });

  test('C17 are an entry each under a window of 0', async () => {
    const world = createWorld('together-0', { windowMs: 0 });
    const [ana, bob] = [await world.device('ana'), await world.device('bob')];
    await world.pair(ana, bob);
    world.link(ana, bob);
    await world.run();
    const note = ana.engine.newDocument();
    const before = (await ana.engine.storage()).entries;
    await Promise.all(texts.map((text) => ana.edit(note, { type: 'note.append', text })));
    await world.run();
    expect(await bob.view(note, { type: 'note' })).toEqual({ text: texts.join('') });
    expect((await ana.engine.storage()).entries - before).toBe(texts.length);
  });

  test('P5 one that is refused harms none of the others', async () => {
    const world = createWorld('together-refused');
    const ana = await world.device('ana');
    const note = ana.engine.newDocument();
    const done = await Promise.allSettled([
      ana.edit(note, { type: 'note.append', text: 'before ' }),
      ana.edit(note, { type: 'note.replace', from: 5, to: 900, text: 'nowhere' }),
      ana.edit(note, { type: 'note.append', text: 'after' }),
    ]);
    expect(done.map((one) => one.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await ana.view(note, { type: 'note' })).toEqual({ text: 'before after' });
    const again = await world.restart(ana);
    expect(await again.view(note, { type: 'note' })).toEqual({ text: 'before after' });
  });

  test('C21 another app’s updates are claimed with the change that brings them', async () => {
    const world = createWorld('together-foreign', { windowMs: 0 });
    const [ana, bob] = [await world.device('ana'), await world.device('bob')];
    await world.pair(ana, bob);
    world.link(ana, bob);
    await world.run();
    const note = ana.engine.newDocument();
    const doc = new Y.Doc();
    const updates: Uint8Array[] = [];
    doc.on('update', (update: Uint8Array) => updates.push(update));
    for (const text of texts) doc.getText('note').insert(doc.getText('note').length, text);
    await Promise.all(updates.map((update) => ana.edit(note, { type: 'yjs.update', update: Buffer.from(update).toString('base64') })));
    await world.run();
    expect(await bob.view(note, { type: 'note' })).toEqual({ text: texts.join('') });
  });
});
