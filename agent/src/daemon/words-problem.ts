/** What is wrong with recovery words that were typed, in words that hold none of them but the nearest right ones. */
import type { WordsProblem } from '@leanvibe/core/recovery/words';

const SHOWN_MAX = 3;

/** A sentence without an end mark, and what to do about it. */
export function wordsProblem(problem: WordsProblem): { readonly message: string; readonly fix: string } {
  switch (problem.code) {
    case 'count':
      return {
        message: problem.count === 0 ? 'no recovery words were typed' : `recovery words are 24, and ${problem.count} were typed`,
        fix: 'type all 24, in their order',
      };
    case 'word': {
      const shown = problem.wrong.slice(0, SHOWN_MAX).map(({ position, nearest }) => {
        const near = nearest.length === 0 ? 'none is near it' : `perhaps ${nearest.join(' or ')}`;
        return `word ${position} is not on the list (${near})`;
      });
      const more = problem.wrong.length - shown.length;
      return {
        message: `${shown.join(', ')}${more > 0 ? `, and ${more} more are not` : ''}`,
        fix: 'compare with what you wrote down, and type them again',
      };
    }
    case 'checksum':
      return {
        message: 'each word is on the list, but one of them is not the one you wrote down, or two changed places',
        fix: 'compare with what you wrote down, and type them again',
      };
  }
}
