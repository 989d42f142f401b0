/** The indexer's door: a worker that is told to stop, dies, comes back, and never holds the main loop. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { createIndexer, type Indexer } from '@leanvibe/agent/internal/index/indexer';
import type { IndexProgress } from '@leanvibe/agent/internal/index/project-index';
import { clock, git, tempRepository, until, witness, write } from './help.js';

const open: Indexer[] = [];
const logged: string[] = [];
const logger = { log: (_level: string, event: string): void => void logged.push(event) };

function indexer(startWorker?: () => Worker): Indexer {
  const made = createIndexer({ clock, logger, ...(startWorker === undefined ? {} : { startWorker }) });
  open.push(made);
  return made;
}

function workers(): { readonly start: () => Worker; readonly made: Worker[] } {
  const made: Worker[] = [];
  const file = new URL('./worker.js', import.meta.resolve('@leanvibe/agent/internal/index/indexer'));
  return { made, start: () => made[made.push(new Worker(file)) - 1] as Worker };
}

function largeRepository(): string {
  return tempRepository(
    Object.fromEntries(Array.from({ length: 4_000 }, (_, number) => [`d${number % 50}/f${number}.ts`, `// TODO ${number}\n`.repeat(200)])),
  );
}

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
  logged.length = 0;
});

describe('A2 the indexer', () => {
  it('A2 answers plain data, tells progress that never falls, and remembers', async () => {
    const folder = tempRepository({ 'a.ts': 'TODO a\n', 'b.md': 'x\ny\n' });
    git(folder, 'remote', 'add', 'origin', 'https://me:secret@example.org/o/r.git');
    await new Promise((done) => setTimeout(done, 120));
    const seen: IndexProgress[] = [];
    const one = indexer();
    const first = await one.scan(folder, { onProgress: (progress) => seen.push(progress) });
    if (!first.ok) throw new Error(first.error.message);
    expect(first.value).toMatchObject({
      path: folder,
      kind: 'git',
      ...witness(folder),
      language: 'TypeScript',
      todos: 1,
      filesRead: 2,
      watching: null,
    });
    expect(first.value.languages).toEqual([
      { name: 'Markdown', files: 1, lines: 2 },
      { name: 'TypeScript', files: 1, lines: 1 },
    ]);
    expect(first.value.git).toEqual({
      branch: 'main',
      dirty: false,
      head: git(folder, 'rev-parse', 'HEAD'),
      rootCommits: [git(folder, 'rev-parse', 'HEAD')],
      shallow: false,
      remote: 'example.org/o/r',
      subfolder: '',
    });
    expect(new Date(first.value.indexedAt).toISOString()).toBe(first.value.indexedAt);
    expect(structuredClone(first.value)).toEqual(first.value);
    expect(JSON.stringify({ ...first.value, snapshot: null })).not.toContain('secret');
    expect(seen.at(-1)).toEqual({ done: 2, total: 2 });
    const second = await one.scan(folder, { previous: first.value.snapshot });
    expect(second.ok && second.value.filesRead).toBe(0);
  });

  it('A2 tells progress in order on a large tree, and the main loop stays free meanwhile', async () => {
    const folder = largeRepository();
    const seen: IndexProgress[] = [];
    const one = indexer();
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const results = await Promise.all([one.scan(folder, { onProgress: (progress) => seen.push(progress) }), one.scan(folder)]);
    delay.disable();
    for (const result of results)
      expect(result.ok && [result.value.files, result.value.lines, result.value.todos, result.value.todoList.length]).toEqual([
        4_000, 800_000, 800_000, 1_000,
      ]);
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.every(({ done, total }, at) => total === 4_000 && done >= (seen[at - 1]?.done ?? 0))).toBe(true);
    expect(delay.percentile(99) / 1e6).toBeLessThan(50);
  });

  it('A2 stops when told, at once for the caller, and goes on serving', async () => {
    const folder = largeRepository();
    const one = indexer();
    const ended = new AbortController();
    const late: IndexProgress[] = [];
    const scan = one.scan(folder, {
      signal: ended.signal,
      onProgress: (progress) => {
        if (ended.signal.aborted) late.push(progress);
        if (progress.done > 0) ended.abort();
      },
    });
    expect(await scan).toMatchObject({ ok: false, error: { code: 'cancelled' } });
    expect(await one.scan(folder, { signal: AbortSignal.abort() })).toMatchObject({ ok: false, error: { code: 'cancelled' } });
    expect(await one.scan(folder)).toMatchObject({ ok: true, value: { files: 4_000 } });
    expect(late).toEqual([]);
  });

  it('A2 a dying worker fails its scan clearly; the next scan works and watches go on', async () => {
    const folder = largeRepository();
    const { start, made } = workers();
    const one = indexer(start);
    const told: boolean[] = [];
    const stop = one.watch(folder, null, (result) => told.push(result.ok));
    await until(() => told.length === 1);
    const scan = one.scan(folder, { onProgress: ({ done }) => done > 0 && void made[0]?.terminate() });
    expect(await scan).toMatchObject({ ok: false, error: { code: 'worker-failed', fix: 'try again' } });
    expect(await one.scan(folder)).toMatchObject({ ok: true, value: { files: 4_000 } });
    expect(logged).toContain('index.worker.died');
    // The watch may have gone on before the scan was answered.
    await until(() => told.length === 3);
    expect(told).toEqual([true, false, true]);
    expect(made).toHaveLength(2);
    stop();
  });

  it('A2 closing ends scans under way', async () => {
    const one = indexer();
    const scan = one.scan(largeRepository());
    await one.close();
    expect(await scan).toMatchObject({ ok: false, error: { code: 'cancelled' } });
  });

  it('A2 answers errors as values', async () => {
    const one = indexer();
    expect(await one.scan('/nowhere/at/all')).toEqual({
      ok: false,
      error: { code: 'not-found', message: 'there is no folder at /nowhere/at/all', fix: 'check the path' },
    });
    const folder = tempRepository();
    write(folder, '.git/HEAD', 'broken');
    expect(await one.scan(folder)).toMatchObject({ ok: false, error: { code: 'broken-repository' } });
  });
});
