/** The commits a history began with: the same in every clone, so that one repository is recognised on two machines. */
import { ROOT_COMMITS_MAX } from '../limits.js';
import { runGit } from './run.js';

/** Sorted; empty where there are none, or where git could not tell in time. */
export async function rootCommits(folder: string, signal: AbortSignal): Promise<readonly string[]> {
  const answer = await runGit({ folder, signal, args: ['rev-list', '--max-parents=0', 'HEAD'] });
  if (answer.code !== 0) return [];
  return answer.stdout
    .toString('latin1')
    .split('\n')
    .filter((line) => /^[0-9a-f]{40,64}$/.test(line))
    .sort()
    .slice(0, ROOT_COMMITS_MAX);
}
