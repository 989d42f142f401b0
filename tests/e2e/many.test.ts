/** Ten machines of one person on one network: all paired, all writing, all end with the same. */
import { describe, expect, test } from 'vitest';
import { figure, machines, pairByLink, titles } from '../help/lan-stories.js';
import { leftOut } from '../help/needs.js';
import { until } from '../help/wait.js';

const NAMES = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'] as const;
const CONVERGED_MS_MAX = 60_000;

describe.skipIf(leftOut('lan'))('ten machines', () => {
  test('ten agents of one person converge within 60 s, each reached by every other', async () => {
    const all = await machines(...NAMES);
    const [first, ...others] = all;
    const { project } = await first.ask('project.add', { path: first.folder });
    const startedMs = performance.now();
    // Each is shown in by the one that came before it: nobody is in the middle.
    for (const [index, newcomer] of others.entries()) await pairByLink(all[index] ?? first, newcomer);
    figure('nine pairings, one after another', performance.now() - startedMs);
    const meshMs = await until(
      'all to reach all',
      async () =>
        (await Promise.all(all.map((one) => one.ask('status', {})))).every(
          ({ peers }) => peers.filter(({ state }) => state === 'in-step').length === NAMES.length - 1,
        ),
      60_000,
      200,
    );
    figure('then until all are connected to all', meshMs.tookMs);
    const wanted = NAMES.flatMap((name) => [0, 1, 2].map((n) => `${name} ${n}`)).toSorted();
    const writtenMs = performance.now();
    await Promise.all(
      all.map(async (one, index) => {
        for (let n = 0; n < 3; n++) await one.ask('task.add', { project: project.id, title: `${NAMES[index] ?? ''} ${n}` });
        await one.ask('note.append', { project: project.id, text: `note of ${NAMES[index] ?? ''}` });
      }),
    );
    await until(
      'all to hold all',
      async () => (await Promise.all(all.map((one) => titles(one, project.id)))).every((list) => list.toSorted().join() === wanted.join()),
      60_000,
      100,
    );
    const notes = await until(
      'one note',
      async () => {
        const texts = await Promise.all(all.map(async (one) => (await one.ask('note.show', { project: project.id })).text));
        return texts.every((text) => text === texts[0]) ? texts[0] : null;
      },
      60_000,
      100,
    );
    figure('ten wrote at once → all hold all', performance.now() - writtenMs);
    for (const name of NAMES) expect(notes.value).toContain(`note of ${name}`);
    expect(performance.now() - startedMs).toBeLessThan(CONVERGED_MS_MAX);
    for (const one of all) expect((await one.ask('status', {})).alarms).toEqual([]);
  }, 240_000);
});
