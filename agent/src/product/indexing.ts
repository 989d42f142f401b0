/** Keeps the index of every project folder of this machine: scans when asked, watches, and remembers enough to be quick after a restart. */
import type { Cancel, ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import { ControlFailure } from '../control/error.js';
import type { Indexer } from '../index/indexer.js';
import type { IndexError, ProjectIndex } from '../index/project-index.js';
import type { LocalRecords } from './local.js';

export interface IndexNews {
  readonly project: string;
  readonly state: 'running' | 'done' | 'failed';
  readonly done: number;
  readonly total: number;
  readonly index: ProjectIndex | null;
}

export interface Indexing {
  /** The newest index of this run; null before the first. */
  latest(project: string): ProjectIndex | null;
  running(project: string): { readonly done: number; readonly total: number } | null;
  problem(project: string): IndexError | null;
  scan(path: string, onProgress: (done: number, total: number) => void, signal: AbortSignal): Promise<ProjectIndex>;
  /** Takes over a fresh index, and watches its folder from now on. */
  adopt(project: string, index: ProjectIndex): Promise<void>;
  /** Watches a folder known from an earlier run. */
  watch(project: string, path: string): Promise<void>;
  forget(project: string): Promise<void>;
  stop(): Promise<void>;
}

export interface IndexingDeps extends ClockDep, LoggerDep {
  readonly indexer: Indexer;
  readonly local: LocalRecords;
  readonly news: (news: IndexNews) => void;
  /** False: folders are scanned when asked only. */
  readonly watching: boolean;
}

const SNAPSHOT_EVERY_MS = 60_000;
const snapshotKey = (project: string): string => `snapshot/${project}`;

export function createIndexing({ clock, logger, indexer, local, news, watching }: IndexingDeps): Indexing {
  const latest = new Map<string, ProjectIndex>();
  const running = new Map<string, { readonly done: number; readonly total: number }>();
  const problems = new Map<string, IndexError>();
  const watches = new Map<string, () => void>();
  const unsaved = new Map<string, { snapshot: Uint8Array; readonly cancel: Cancel }>();

  const save = (project: string): Promise<void> => {
    const held = unsaved.get(project);
    unsaved.delete(project);
    return held === undefined ? Promise.resolve() : local.putBytes(snapshotKey(project), held.snapshot);
  };
  const saveSoon = (project: string, snapshot: Uint8Array): void => {
    const held = unsaved.get(project);
    if (held !== undefined) held.snapshot = snapshot;
    else
      unsaved.set(project, {
        snapshot,
        cancel: clock.after(
          SNAPSHOT_EVERY_MS,
          () => void save(project).catch((error: unknown) => logger.log('warn', 'index-snapshot-not-saved', { why: String(error) })),
        ),
      });
  };

  const take = (project: string, index: ProjectIndex): void => {
    latest.set(project, index);
    problems.delete(project);
    if (index.snapshot !== null) saveSoon(project, index.snapshot);
    news({ project, state: 'done', done: index.files, total: index.files, index });
  };

  const begin = (project: string, path: string, previous: Uint8Array | null): void => {
    watches.get(project)?.();
    const onChange = (result: Parameters<Parameters<Indexer['watch']>[2]>[0]): void => {
      if (result.ok) return take(project, result.value);
      problems.set(project, result.error);
      logger.log('warn', 'index-failed', { code: result.error.code });
      news({ project, state: 'failed', done: 0, total: 0, index: null });
    };
    watches.set(project, indexer.watch(path, previous, onChange));
  };

  return {
    latest: (project) => latest.get(project) ?? null,
    running: (project) => running.get(project) ?? null,
    problem: (project) => problems.get(project) ?? null,
    async scan(path, onProgress, signal) {
      const result = await indexer.scan(path, { signal, onProgress: ({ done, total }) => onProgress(done, total) });
      if (result.ok) return result.value;
      throw new ControlFailure(result.error.code === 'cancelled' ? 'cancelled' : 'refused', result.error.message, result.error.fix ?? '');
    },
    async adopt(project, index) {
      take(project, index);
      if (watching) begin(project, index.path, index.snapshot);
    },
    async watch(project, path) {
      const previous = await local.getBytes(snapshotKey(project));
      if (watching) return begin(project, path, previous);
      running.set(project, { done: 0, total: 0 });
      const result = await indexer.scan(path, { previous, onProgress: (progress) => running.set(project, progress) });
      running.delete(project);
      if (result.ok) take(project, result.value);
      else problems.set(project, result.error);
    },
    async forget(project) {
      watches.get(project)?.();
      unsaved.get(project)?.cancel();
      for (const table of [watches, unsaved, latest, running, problems]) table.delete(project);
      await local.remove(snapshotKey(project));
    },
    async stop() {
      for (const end of watches.values()) end();
      watches.clear();
      for (const [project, { cancel }] of [...unsaved]) {
        cancel();
        await save(project);
      }
    },
  };
}
