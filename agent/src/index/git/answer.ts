/** Turning git's refusals into the room's errors. */
import { fail } from '../index-error.js';
import { tidy } from '../todos.js';
import type { GitAnswer } from './run.js';

function lastWords(stderr: string): string {
  const line = stderr.split('\n').find((one) => one.startsWith('fatal:')) ?? stderr.split('\n')[0] ?? '';
  return tidy(line.replace(/^fatal: /, '')).slice(0, 300);
}

/** The output of a command that must have worked; throws `IndexFailure` otherwise. */
export function outputOf(answer: GitAnswer, folder: string): Buffer {
  if (answer.trouble === 'cancelled') fail('cancelled', folder);
  if (answer.trouble === 'no-git') fail('git-missing', folder);
  if (answer.trouble === 'too-long') fail('git-failed', folder, 'it took too long');
  if (answer.trouble === 'too-much') fail('git-failed', folder, 'its answer was too large');
  if (answer.code === 0) return answer.stdout;
  if (answer.stderr.includes('dubious ownership') || answer.stderr.includes('unsafe repository')) fail('not-trusted', folder);
  return fail('git-failed', folder, lastWords(answer.stderr));
}

export { lastWords };
