/** Recognising one repository on two machines: by its root commits, or by its remote where history is shallow. */
import { createHash } from 'node:crypto';
import type { CatalogProject } from '@leanvibe/core/doc/product/catalog';
import type { GitState } from '../index/project-index.js';

/** What the catalog keeps of a repository. */
export interface RepositoryMark {
  /** `folder`, `git`, or `git:` and a hash of the subfolder, so that two folders of one repository stay two projects. */
  readonly kind: string;
  readonly rootCommits: readonly string[];
  readonly remote: string | null;
}

const ROOTS_MAX = 16;

export function markOf(git: GitState | null): RepositoryMark {
  if (git === null) return { kind: 'folder', rootCommits: [], remote: null };
  const kind = git.subfolder === '' ? 'git' : `git:${createHash('sha256').update(git.subfolder).digest('hex').slice(0, 16)}`;
  return { kind, rootCommits: git.rootCommits.slice(0, ROOTS_MAX), remote: git.remote };
}

/** A fork shares root commits and has another remote: that is another project. */
export function sameRepository(
  a: RepositoryMark,
  b: Pick<CatalogProject, 'kind' | 'rootCommits' | 'remote'>,
): 'root-commit' | 'remote' | null {
  if (a.kind !== b.kind || a.kind === 'folder') return null;
  const remotesDiffer = a.remote !== null && b.remote !== null && a.remote !== b.remote;
  if (remotesDiffer) return null;
  if (a.rootCommits.some((commit) => b.rootCommits.includes(commit))) return 'root-commit';
  const unknownRoots = a.rootCommits.length === 0 || b.rootCommits.length === 0;
  return unknownRoots && a.remote !== null && a.remote === b.remote ? 'remote' : null;
}
