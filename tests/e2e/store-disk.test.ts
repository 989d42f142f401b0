/** A full disk and a failing one: nothing unsynced is acknowledged, reading goes on, and writing resumes where it can. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { StoreFull } from '@leanvibe/core/internal/ports/store';
import { afterAll, describe, expect, it } from 'vitest';
import { bytesOf, entryIdOf, entryOf, openAt, spaceOf, temporaryFolder, tryOpenAt } from '../help/store-things.js';

const folder = temporaryFolder('disk');
afterAll(() => folder.remove());
let homes = 0;
const newPath = (): string => `${folder.path}/${homes++}/store.db`;
const ALL = { rows: 1e6, bytes: 1e9 };

describe('P3 a full disk', () => {
  it('at any page count refuses the batch whole, keeps its neighbours, and stays readable', async () => {
    for (let pagesMax = 18; pagesMax < 90; pagesMax += 6) {
      const store = await openAt(newPath(), { pagesMax });
      const tries = Array.from({ length: 40 }, (_, at) => entryOf(bytesOf(at, at % 5 === 4 ? 200_000 : 3_000)));
      const settled = await Promise.allSettled(
        tries.map((entry) => store.commit({ entries: [entry], put: [{ table: 't', key: entry.entryId, value: bytesOf(1) }] })),
      );
      const kept = tries.filter((_, at) => settled[at]?.status === 'fulfilled').map((entry) => entry.entryId);
      for (const one of settled) if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(StoreFull);
      expect(kept.length).toBeLessThan(tries.length);
      expect(await store.ids(spaceOf(0), 2)).toEqual(kept);
      expect((await store.scan('t', '', null, 100)).map((row) => row.key)).toEqual([...kept].sort());
      expect(await store.verify()).toMatchObject({ damaged: [], brokenRows: 0, structure: [] });
      await store.close();
    }
  });

  const tmpfs = `${folder.path}/tmpfs`;
  const mounted = process.getuid?.() === 0 && process.platform === 'linux' && mount(tmpfs);
  afterAll(() => {
    if (mounted) execFileSync('umount', [tmpfs]);
  });

  it(`is told, survived and left behind ${mounted ? 'on a tmpfs of 2 MiB' : '(NOT on a tmpfs: this user may not mount)'}`, async () => {
    if (!mounted) return process.stdout.write('not shown here: a really full disk; mounting needs root on Linux\n');
    const path = `${tmpfs}/home/store.db`;
    const store = await openAt(path);
    const kept: string[] = [];
    let refused: unknown = null;
    for (let at = 0; refused === null && at < 2_000; at++) {
      const entry = entryOf(bytesOf(at, 4_000));
      await store.commit({ entries: [entry] }).then(
        () => kept.push(entry.entryId),
        (error: unknown) => (refused = error),
      );
    }
    expect(refused).toBeInstanceOf(StoreFull);
    expect(await store.ids(spaceOf(0), 2)).toEqual(kept);
    expect((await store.rows(spaceOf(0), 2, 0, ALL)).every((row) => row.sealed !== null && entryIdOf(row.sealed) === row.entryId)).toBe(
      true,
    );
    execFileSync('mount', ['-o', 'remount,size=16m', tmpfs]);
    const late = entryOf(bytesOf(100_000));
    expect((await store.commit({ entries: [late] }))[0]).toMatchObject({ position: kept.length + 1, fresh: true });
    await store.close();
    const again = await openAt(path);
    expect(again.salvaged).toBeNull();
    expect(await again.ids(spaceOf(0), 2)).toEqual([...kept, late.entryId]);
    await again.close();
    return undefined;
  });

  it('A8 has its own words when a store is opened on it', async () => {
    if (!mounted) return process.stdout.write('not shown here: opening on a full disk; mounting needs root on Linux\n');
    mkdirSync(`${tmpfs}/second`);
    const filler = `${tmpfs}/filler`;
    try {
      writeFileSync(filler, Buffer.alloc(64 * 1024 * 1024));
    } catch (error) {
      expect(error).toMatchObject({ code: 'ENOSPC' });
    }
    expect(await tryOpenAt(`${tmpfs}/second/store.db`)).toMatchObject({ error: { code: 'full' } });
    rmSync(filler);
    const store = await openAt(`${tmpfs}/second/store.db`);
    await store.close();
    return undefined;
  });
});

function mount(path: string): boolean {
  mkdirSync(path);
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', path]).status === 0;
}

describe('P3 a failing disk', () => {
  const shim = `${folder.path}/failing-disk.so`;
  const source = fileURLToPath(new URL('../help/failing-disk.c', import.meta.url));
  const built =
    process.platform === 'linux' &&
    spawnSync('gcc', ['-shared', '-fPIC', '-O1', '-o', shim, source, '-ldl']).status === 0 &&
    existsSync(shim);
  const program = fileURLToPath(new URL('../help/failing-disk.mjs', import.meta.url));

  interface Told {
    readonly opened: boolean;
    readonly kept?: readonly string[];
    readonly failed?: readonly string[];
    readonly readable?: boolean;
  }

  async function trial(env: Readonly<Record<string, string>>): Promise<Told> {
    const path = newPath();
    const ran = spawnSync(process.execPath, [program, path], {
      encoding: 'utf8',
      env: { ...process.env, LD_PRELOAD: shim, ...env },
      timeout: 20_000,
    });
    expect(ran.stderr).toBe('');
    const told = JSON.parse(ran.stdout) as Told;
    const store = await openAt(path);
    expect(store.salvaged).toBeNull();
    const held = await store.ids(spaceOf(0), 2);
    const space = (await store.spaces())[0];
    const ids = space === undefined ? held : await store.ids(space, 2);
    expect(ids.slice(0, told.kept?.length ?? 0)).toEqual(told.kept ?? []);
    expect(await store.verify()).toMatchObject({ damaged: [], brokenRows: 0, structure: [] });
    await store.close();
    return told;
  }

  it(`answers EIO or ENOSPC from the n-th write on ${built ? '' : '(NOT SHOWN: gcc is missing)'}`, { timeout: 120_000 }, async () => {
    if (!built) return process.stdout.write('not shown here: EIO at the n-th write; it needs Linux and gcc\n');
    const seen: Record<string, number> = {};
    for (const [how, step] of [
      ['EIO', 37],
      ['ENOSPC', 61],
    ] as const) {
      for (let at = 0; at < 400; at += step) {
        const told = await trial({ FAIL_AT: String(at), FAIL_WITH: how });
        const what = told.opened ? (told.failed?.[0] ?? 'never') : 'refused';
        seen[`${how} ${what}`] = (seen[`${how} ${what}`] ?? 0) + 1;
        if (!told.opened) continue;
        expect(told.readable, `${how} at ${at}`).toBe(true);
        if ((told.failed?.length ?? 0) > 0) expect(new Set(told.failed)).toEqual(new Set([how === 'EIO' ? 'StoreBroken' : 'StoreFull']));
      }
    }
    process.stdout.write(`failing writes: ${JSON.stringify(seen)}\n`);
    expect(seen['EIO StoreBroken']).toBeGreaterThan(0);
    expect(seen['ENOSPC StoreFull']).toBeGreaterThan(0);
    return undefined;
  });

  it(`fails the n-th fsync: nothing is acknowledged from there on ${built ? '' : '(NOT SHOWN: gcc is missing)'}`, {
    timeout: 120_000,
  }, async () => {
    if (!built) return process.stdout.write('not shown here: a failing fsync; it needs Linux and gcc\n');
    let broken = 0;
    for (const at of [0, 1, 2, 3, 5, 8, 13, 21, 34, 55]) {
      const told = await trial({ FAIL_AT: String(at), FAIL_SYNC: '1' });
      if (!told.opened || (told.failed?.length ?? 0) === 0) continue;
      broken += 1;
      expect(new Set(told.failed)).toEqual(new Set(['StoreBroken']));
      expect(told.readable).toBe(true);
    }
    expect(broken).toBeGreaterThan(2);
    return undefined;
  });
});
