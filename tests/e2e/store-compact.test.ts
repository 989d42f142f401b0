/** A store whose file is made small again while its process is killed, or its disk fills up: the old file or the new one, and nothing lost. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import { afterAll, expect, it } from 'vitest';
import { startVictim } from '../help/kill9.js';
import { createRandom } from '../help/random.js';
import { bytesOf, entryOf, openAt, spaceOf, temporaryFolder } from '../help/store-things.js';

const LONG = process.env['LEANVIBE_LONG'] === '1';
const CYCLES = LONG ? 1_000 : 12;
const folder = temporaryFolder('compacting');
afterAll(() => folder.remove());

it(`P3 ${CYCLES} times kill -9 while the file is made small: nothing acknowledged is lost`, {
  timeout: LONG ? 7_200_000 : 180_000,
}, async () => {
  const seed = process.env['LEANVIBE_SEED'] ?? String(process.pid);
  const { below } = createRandom(seed);
  const path = `${folder.path}/kill9/store.db`;
  let kept = 0;
  let id: string | null = null;
  const tally = { interrupted: 0, finished: 0 };
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    const victim = startVictim(path, kept, 'kill9-compact.mjs');
    const what = `cycle ${cycle} (seed ${seed})`;
    const ready = await victim.ready;
    if (ready === null) throw new Error(`${what}: the store did not open`);
    expect(ready, what).toMatchObject({ salvaged: null, wrong: [] });
    expect(ready.head, what).toBeGreaterThanOrEqual(kept);
    expect(ready.id).toBe((id ??= ready.id));
    const before = kept;
    while (victim.kept() <= before) await sleep(1);
    await sleep(below(60));
    await victim.kill();
    kept = Math.max(kept, victim.kept());
    tally[statSync(path).size > kept * 400 ? 'interrupted' : 'finished'] += 1;
    const stranger = new Sqlite(path, { readonly: true });
    expect(stranger.pragma('integrity_check', { simple: true }), what).toBe('ok');
    stranger.close();
  }
  process.stdout.write(`killed while compacting: ${JSON.stringify(tally)}, seed ${seed}\n`);
  const store = await openAt(path);
  expect(await store.verify()).toMatchObject({ damaged: [], brokenRows: 0, structure: [], complete: true });
  expect((await store.size()).entries).toBeGreaterThanOrEqual(kept);
  await store.close();
  expect(statSync(path).size).toBeLessThan(kept * 400);
});

const shim = `${folder.path}/failing-disk.so`;
const source = fileURLToPath(new URL('../help/failing-disk.c', import.meta.url));
const built =
  process.platform === 'linux' &&
  spawnSync('gcc', ['-shared', '-fPIC', '-O1', '-o', shim, source, '-ldl']).status === 0 &&
  existsSync(shim);
const program = fileURLToPath(new URL('../help/failing-compact.mjs', import.meta.url));
const ENTRIES = 800;
const WHOLE = 40;

/** As kill -9 leaves it just before its file would be made small. */
async function dueAt(path: string): Promise<void> {
  const store = await openAt(path, { quietMs: 600_000 });
  const entries = Array.from({ length: ENTRIES }, (_, at) => entryOf(bytesOf(at, 3_000)));
  await store.commit({ entries });
  await store.commit({ prune: entries.slice(WHOLE) });
  for (const suffix of ['', '-wal', '-commits']) copyFileSync(path + suffix, `${path}-due${suffix}`);
  await store.close();
}

it(`P3 a disk that fails or is full while the file is made small leaves everything whole ${built ? '' : '(NOT SHOWN: gcc is missing)'}`, {
  timeout: 180_000,
}, async () => {
  if (!built) return process.stdout.write('not shown here: a disk that fails under a compaction; it needs Linux and gcc\n');
  const due = `${folder.path}/due/store.db`;
  await dueAt(due);
  const tally: Record<string, number> = {};
  for (const [how, step] of [
    ['EIO', 53],
    ['ENOSPC', 37],
  ] as const) {
    for (let at = 0; at < 320; at += step) {
      const path = `${folder.path}/${how}-${at}/store.db`;
      mkdirSync(path.slice(0, -'/store.db'.length));
      for (const suffix of ['', '-wal', '-commits']) copyFileSync(`${due}-due${suffix}`, path + suffix);
      const env = { ...process.env, LD_PRELOAD: shim, FAIL_AT: String(at), FAIL_WITH: how };
      const ran = spawnSync(process.execPath, [program, path, spaceOf(0)], { encoding: 'utf8', env, timeout: 30_000 });
      expect(ran.stderr).toBe('');
      const told = JSON.parse(ran.stdout) as { opened: boolean; outcome?: string; committed?: string; rows?: number; whole?: number };
      const what = `${how} at ${at}: ${ran.stdout}`;
      const name = `${how} ${told.opened ? `${told.outcome}, then ${told.committed}` : 'refused'}`;
      tally[name] = (tally[name] ?? 0) + 1;
      const more = told.committed === 'kept' ? 1 : 0;
      if (told.opened) expect(told, what).toMatchObject({ rows: ENTRIES + more, whole: WHOLE + more });
      const store = await openAt(path);
      expect(store.salvaged, what).toBeNull();
      expect(await store.verify(), what).toMatchObject({ entries: ENTRIES + more, damaged: [], brokenRows: 0, structure: [] });
      await store.close();
      expect(statSync(path).size, what).toBeLessThan(1024 * 1024);
    }
  }
  process.stdout.write(`failing compactions: ${JSON.stringify(tally)}\n`);
  expect(tally['EIO broken, then StoreBroken']).toBeGreaterThan(0);
  expect(tally['ENOSPC full, then StoreFull']).toBeGreaterThan(0);
  return undefined;
});
