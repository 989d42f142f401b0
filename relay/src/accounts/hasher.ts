/** Password hashes: argon2id in threads of their own that step back for sync, only so many at once, and as slow for accounts that do not exist. */
import { availableParallelism } from 'node:os';
import type { HashAsk, HashOptions } from './hash-messages.js';
import { createHashThread } from './hash-thread.js';
import { createQueue } from './queue.js';

export interface HasherSettings {
  /** KiB; 64 MiB when absent. */
  readonly memoryKib?: number;
  readonly passes?: number;
  /** Threads, each of which takes `memoryKib` and a core while it hashes. All cores but one when absent, four at most. */
  readonly atOnce?: number;
}

/** Of whoever has a turn. */
export interface Hashing {
  /** A PHC string. */
  hash(password: string): Promise<string>;
  /** `stored` null: the work is done all the same, and the answer is false. */
  verify(stored: string | null, password: string): Promise<boolean>;
}

export interface Hasher {
  /** Work that hashes, begun when it is its turn. Throws `unavailable`, with nothing of it begun, when too many wait. */
  turn<T>(work: (hashing: Hashing) => Promise<T>): Promise<T>;
  /** True when it was made with other parameters than today's. */
  outdated(stored: string): boolean;
  close(): Promise<void>;
}

export interface HasherDep {
  readonly hasher: Hasher;
}

const AT_ONCE_MAX = 4;
/** Who waits longer has given up. */
const WAITING_MAX = 32;

export async function createHasher({ memoryKib = 65_536, passes = 3, atOnce = threads() }: HasherSettings = {}): Promise<Hasher> {
  const options: HashOptions = { memoryCost: memoryKib, timeCost: passes, parallelism: 1, outputLen: 32 };
  const pool = Array.from({ length: atOnce }, createHashThread);
  const ask = (asked: HashAsk): Promise<string | boolean> => {
    const [first, ...others] = pool;
    if (first === undefined) throw new Error('impossible: no thread hashes');
    return others.reduce((idlest, one) => (one.waiting() < idlest.waiting() ? one : idlest), first).ask(asked);
  };
  const hash = async (password: string): Promise<string> => String(await ask({ kind: 'hash', password, options }));
  const nobodys = await hash('the password of nobody');
  const hashing: Hashing = {
    hash,
    verify: async (stored, password) => (await ask({ kind: 'verify', password, stored: stored ?? nobodys })) === true && stored !== null,
  };
  // One more than there are threads: while it asks the database, they hash.
  const queue = createQueue(atOnce + 1, WAITING_MAX);
  return {
    turn: (work) => queue(() => work(hashing)),
    outdated: (stored) => !stored.startsWith(`$argon2id$v=19$m=${memoryKib},t=${passes},p=1$`),
    close: async () => void (await Promise.all(pool.map((thread) => thread.close()))),
  };
}

function threads(): number {
  return Math.max(1, Math.min(AT_ONCE_MAX, availableParallelism() - 1));
}
