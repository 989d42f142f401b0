/** Previews over documents whose history is a checkpoint: what is unsent or set aside is shown on top of what the checkpoint stands for (C9, C35, P2). */
import { describe, expect, test } from 'vitest';
import { createWorld } from '../help/world.js';

describe('previews and checkpoints', () => {
  test('C9 C35 P2 unsent and late words are told by themselves where the rest of the document was pruned', async () => {
    const world = createWorld('previews');
    const [ana, bob, cyd] = [await world.device('ana'), await world.device('bob'), await world.device('cyd')];
    for (const one of [bob, cyd]) await world.pair(ana, one);
    const note = ana.engine.newDocument();
    const home = ana.engine.home();
    const together = [world.link(ana, bob), world.link(ana, cyd), world.link(bob, cyd)];
    await world.run();
    for (let round = 0; round < 60; round++)
      for (const one of [ana, bob, cyd]) {
        await one.edit(note, { type: 'note.append', text: `${one.name} ${round} ${'x'.repeat(400)}\n` });
        await world.run(300);
      }
    await world.run(10 * 60_000);
    const pruned = (await ana.store.rows(home, 2, 0, { rows: 1e6, bytes: 1e9 })).filter((row) => row.sealed === null).length;
    expect(pruned).toBeGreaterThan(50);
    for (const one of together) world.cut(one);
    await world.run();

    await ana.edit(note, { type: 'note.append', text: 'unsent line\n' });
    const unsent = await ana.engine.unsent.show(home, note);
    if (!unsent.ok) throw new Error(unsent.error);
    expect(unsent.value.difference.note?.lines.filter(({ mark }) => mark !== ' ')).toEqual([{ mark: '+', text: 'unsent line' }]);

    expect((await ana.engine.revoke(bob.engine.device)).ok).toBe(true);
    const late = world.link(bob, cyd);
    await world.run();
    await bob.edit(note, { type: 'note.append', text: 'late line\n' });
    await world.run();
    world.cut(late);
    world.link(ana, cyd);
    await world.run(10_000);
    const [set] = await cyd.engine.quarantine.list(home);
    const shown = await cyd.engine.quarantine.show(home, set?.id ?? '');
    if (!shown.ok) throw new Error(shown.error);
    expect(shown.value.difference.note?.lines.filter(({ mark }) => mark !== ' ')).toEqual([{ mark: '+', text: 'late line' }]);
    expect((await cyd.engine.quarantine.accept(home, [set?.id ?? ''])).ok).toBe(true);
    await world.run(5_000);
    for (const one of [ana, cyd]) {
      const { text } = (await one.view(note, { type: 'note' })) as { readonly text: string };
      for (const words of ['late line', 'unsent line']) expect(text, one.name).toContain(words);
    }
  });
});
