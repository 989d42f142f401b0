/** The agent in a process of its own: the starter waits for its first word over a private channel, then lets go of it. */
import { fork } from 'node:child_process';
import { homedir } from 'node:os';
import { CommandFailure, failed } from './failure.js';
import { programPath } from './program-path.js';
import type { Call } from './spec.js';

export type FirstWord =
  | { readonly ready: { readonly warnings: readonly string[] } }
  | { readonly failed: { readonly message: string; readonly fix: string; readonly exit: 1 | 2 } };

const READY_MS_MAX = 60_000;

/** The main thread's own: 16 MB by default, which an idle agent never gives back. The other threads get it from the program's first lines. */
const YOUNG_HEAP = ['--max-semi-space-size=4'];

/** Resolves once the agent is ready; throws what it could not do. `flags`: to hand on. */
export async function runInBackground({ cli }: Call, flags: readonly string[]): Promise<void> {
  // A folder of its own would keep a disk from being unmounted.
  const child = fork(programPath(), ['start', '--headless', ...flags], {
    detached: true,
    cwd: homedir(),
    env: { ...cli.env },
    execArgv: YOUNG_HEAP,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  let timer: NodeJS.Timeout | undefined;
  const word = await new Promise<unknown>((resolve) => {
    timer = setTimeout(() => resolve(null), READY_MS_MAX);
    child.once('message', resolve);
    child.once('error', () => resolve(null));
    child.once('exit', () => resolve(null));
  });
  clearTimeout(timer);
  child.removeAllListeners();
  if (child.connected) child.disconnect();
  child.unref();
  if (!isFirstWord(word)) {
    child.kill('SIGTERM');
    throw failed('the agent did not come up', 'leanvibe logs, or leanvibe start without --detach');
  }
  if ('failed' in word) throw new CommandFailure(word.failed.exit, word.failed.message, word.failed.fix);
  for (const warning of word.ready.warnings) cli.note(`${cli.style.needsYou} ${warning}`);
}

function isFirstWord(word: unknown): word is FirstWord {
  return typeof word === 'object' && word !== null && ('ready' in word || 'failed' in word);
}

/** Nothing where nobody started this process to hear it. Once told, this process stands on its own. */
export async function tellParent(word: FirstWord): Promise<void> {
  if (process.send === undefined) return;
  await new Promise<void>((resolve) => {
    process.send?.(word, undefined, {}, () => resolve());
  });
  if (process.connected) process.disconnect();
}
