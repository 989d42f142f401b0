/** kill -9 of the store's process at random moments: nothing acknowledged is ever missing, and the store opens at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import { afterAll, expect, it } from 'vitest';
import { startVictim } from '../help/kill9.js';
import { openAt, temporaryFolder } from '../help/store-things.js';

const LONG = process.env['LEANVIBE_LONG'] === '1';
const CYCLES = LONG ? 10_000 : 180;
const OPEN_MS_MAX = 2_000;
/** A long run starts over now and then, so that the store does not outgrow the disk. */
const CYCLES_PER_STORE = 500;

const folder = temporaryFolder('kill9');
afterAll(() => folder.remove());

it(`P3 A4 ${CYCLES} times kill -9: 0 acknowledged writes lost, integrity ok, reopened in under 2 s`, {
  timeout: LONG ? 7_200_000 : 120_000,
}, async () => {
  const seed = process.env['LEANVIBE_SEED'] ?? String(process.pid);
  let state = Number(seed) >>> 0;
  const chance = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const figures = { cycles: 0, killedWhileOpening: 0, kept: 0, openMsMax: 0, openMsSum: 0 };
  let path = '';
  let kept = 0;
  let id: string | null = null;
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    if (cycle % CYCLES_PER_STORE === 0) {
      path = `${folder.path}/${cycle}/store.db`;
      kept = 0;
      id = null;
    }
    const victim = startVictim(path, kept - 200);
    if (chance(10) === 0) {
      await sleep(chance(200));
      figures.killedWhileOpening += 1;
    } else {
      const ready = await victim.ready;
      if (ready === null) throw new Error(`cycle ${cycle} (seed ${seed}): the store did not open`);
      expect(ready, `cycle ${cycle} (seed ${seed})`).toMatchObject({ salvaged: null, wrong: [] });
      expect(ready.head, `cycle ${cycle} (seed ${seed}): acknowledged up to ${kept}`).toBeGreaterThanOrEqual(kept);
      expect(ready.records, `cycle ${cycle} (seed ${seed})`).toBe(ready.head);
      expect(ready.id).toBe((id ??= ready.id));
      expect(ready.openMs).toBeLessThan(OPEN_MS_MAX);
      figures.openMsMax = Math.max(figures.openMsMax, ready.openMs);
      figures.openMsSum += ready.openMs;
      await sleep(chance(40));
    }
    await victim.kill();
    kept = Math.max(kept, victim.kept());
    figures.cycles += 1;
    if (cycle % CYCLES_PER_STORE === CYCLES_PER_STORE - 1 || cycle === CYCLES - 1) {
      await checkWhole(path, kept);
      figures.kept += kept;
    }
  }
  expect(figures.kept).toBeGreaterThan(CYCLES);
  process.stdout.write(`kill -9: ${JSON.stringify(figures)}, seed ${seed}\n`);
});

/** First by a stranger's eyes, then by the store's own. */
async function checkWhole(path: string, kept: number): Promise<void> {
  const stranger = new Sqlite(path, { readonly: true });
  expect(stranger.pragma('integrity_check', { simple: true })).toBe('ok');
  stranger.close();
  const store = await openAt(path);
  const report = await store.verify();
  expect(report).toMatchObject({ damaged: [], brokenRows: 0, structure: [], complete: true });
  expect(report.entries).toBeGreaterThanOrEqual(kept);
  expect(store.salvaged).toBeNull();
  await store.close();
}
