/** Everything the index says about a repository besides its files. */
import type { GitState } from '../project-index.js';
import { type Repository, requireSettingsHeard } from './repository.js';
import { rootCommits } from './roots.js';
import type { RepositorySettings } from './settings.js';
import { readStatus, type WorkingTree } from './status.js';

export interface RepositoryState {
  readonly git: GitState;
  readonly tree: WorkingTree;
}

/** `before`, where given, saves walking the history when the head is where it was. */
export async function readRepositoryState(
  repository: Repository,
  { defuse, remote }: RepositorySettings,
  before: Pick<GitState, 'head' | 'rootCommits' | 'shallow'> | null,
  signal: AbortSignal,
): Promise<RepositoryState> {
  const { folder, subfolder, shallow } = repository;
  if (defuse.length > 0) await requireSettingsHeard(folder, signal);
  const tree = await readStatus(folder, subfolder, defuse, signal);
  const { branch, head, dirty } = tree;
  const known = before !== null && before.head === head && before.shallow === shallow;
  const roots = known ? before.rootCommits : head === null || shallow ? [] : await rootCommits(folder, signal);
  return { tree, git: { branch, dirty, head, rootCommits: roots, shallow, remote, subfolder } };
}
