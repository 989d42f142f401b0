/** What the index found, as facts other devices may see: relative paths only, sealed at most every 15 minutes unless somebody watches (C22). */
import type { Json } from '@leanvibe/core/doc/crdt';
import type { Cancel, ClockDep } from '@leanvibe/core/ports/clock';
import type { ProjectIndex } from '../index/project-index.js';
import type { FileLine, GitView, LanguageView } from '../control/leaf-views.js';
import type { KnownProject } from './catalog.js';
import type { Docs } from './docs.js';

export interface IndexSummary {
  readonly files: number;
  readonly lines: number;
  readonly bytes: number;
  readonly language: string | null;
  readonly languages: readonly LanguageView[];
  readonly git: GitView | null;
  readonly todos: number;
  readonly indexedAt: string;
  readonly apart: {
    readonly missing: number;
    readonly untracked: number;
    readonly skipped: number;
    readonly symlinks: number;
    readonly submodules: number;
    readonly binary: number;
  };
}

export interface IndexDetail {
  readonly largest: readonly { readonly file: string; readonly bytes: number }[];
  readonly todoList: readonly FileLine[];
  readonly manifests: readonly {
    readonly file: string;
    readonly kind: string;
    readonly name: string | null;
    readonly dependencies: number;
  }[];
}

const SHARED_TODOS_MAX = 200;
const SHARED_LANGUAGES_MAX = 40;

export function summaryOf(index: ProjectIndex): IndexSummary {
  const { files, lines, bytes, language, todos, indexedAt, missing, untracked, skipped, symlinks, submodules, binary } = index;
  const notRead = Object.values(skipped).reduce((sum, number) => sum + number, 0);
  return {
    files,
    lines,
    bytes,
    language,
    todos,
    indexedAt,
    languages: index.languages.slice(0, SHARED_LANGUAGES_MAX),
    git: index.git === null ? null : { branch: index.git.branch, dirty: index.git.dirty },
    apart: { missing: missing.count, untracked: untracked.count, skipped: notRead, symlinks, submodules, binary: binary.files },
  };
}

export function detailOf({ largest, todoList, manifests }: ProjectIndex): IndexDetail {
  return {
    largest,
    todoList: todoList.slice(0, SHARED_TODOS_MAX).map(({ file, line, text }) => ({ file, line, text })),
    manifests: manifests.map(({ file, kind, name, dependencies }) => ({ file, kind, name, dependencies })),
  };
}

export interface FactsWriter {
  /** `now`: a person asked for this index, so it is shared at once. */
  offer(project: KnownProject, index: ProjectIndex, now: boolean): Promise<void>;
  /** Shares what still waits. */
  flush(): Promise<void>;
  stop(): void;
}

const QUIET_MS = 15 * 60_000;
const WATCHED_MS = 5_000;

/** `watched`: somebody looks at this moment, here or on a connected device. `may`: a viewer's index stays here. */
export function createFactsWriter({
  clock,
  docs,
  watched,
  may,
  failed,
}: ClockDep & {
  readonly docs: Docs;
  readonly watched: () => boolean;
  readonly may: (project: KnownProject) => boolean;
  readonly failed: (error: unknown) => void;
}): FactsWriter {
  const waiting = new Map<string, { readonly project: KnownProject; index: ProjectIndex; readonly cancel: Cancel }>();
  const sharedAtMs = new Map<string, number>();
  const last = new Map<string, string>();

  const share = async (project: KnownProject, index: ProjectIndex): Promise<void> => {
    if (!may(project)) return;
    const { indexedAt, ...rest } = summaryOf(index);
    const detail = detailOf(index);
    // A look that found nothing new is no news to others.
    const content = JSON.stringify([rest, detail]);
    sharedAtMs.set(project.id, clock.nowMs());
    if (last.get(project.id) === content) return;
    const values = { summary: { ...rest, indexedAt }, detail } as unknown as Json;
    await docs.edit(project.facts, 'facts', { type: 'facts.set', values });
    last.set(project.id, content);
  };

  const due = (id: string): void => {
    const one = waiting.get(id);
    waiting.delete(id);
    if (one !== undefined) share(one.project, one.index).catch(failed);
  };

  return {
    async offer(project, index, now) {
      const before = waiting.get(project.id);
      const sinceMs = clock.nowMs() - (sharedAtMs.get(project.id) ?? Number.NEGATIVE_INFINITY);
      const restMs = (watched() ? WATCHED_MS : QUIET_MS) - sinceMs;
      if (now || restMs <= 0) {
        before?.cancel();
        waiting.delete(project.id);
        return share(project, index);
      }
      if (before !== undefined) before.index = index;
      else waiting.set(project.id, { project, index, cancel: clock.after(restMs, () => due(project.id)) });
    },
    async flush() {
      for (const [id, { project, index, cancel }] of [...waiting]) {
        cancel();
        waiting.delete(id);
        await share(project, index);
      }
    },
    stop() {
      for (const { cancel } of waiting.values()) cancel();
      waiting.clear();
    },
  };
}
