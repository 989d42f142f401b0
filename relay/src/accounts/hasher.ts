/** Password hashes: argon2id off the main thread, only so many at once, and as slow for accounts that do not exist. */
import { hash, verify } from '@node-rs/argon2';
import { createQueue } from './queue.js';

export interface HasherSettings {
  /** KiB; 64 MiB when absent. */
  readonly memoryKib?: number;
  readonly passes?: number;
  /** Each takes `memoryKib` and a thread of libuv's pool while it runs. */
  readonly atOnce?: number;
}

export interface Hasher {
  /** A PHC string. Throws `unavailable` when too many wait. */
  hash(password: string): Promise<string>;
  /** `stored` null: the work is done all the same, and the answer is false. Throws `unavailable` when too many wait. */
  verify(stored: string | null, password: string): Promise<boolean>;
  /** True when it was made with other parameters than today's. */
  outdated(stored: string): boolean;
}

export interface HasherDep {
  readonly hasher: Hasher;
}

const WAITING_MAX = 64;

export async function createHasher({ memoryKib = 65_536, passes = 3, atOnce = 2 }: HasherSettings = {}): Promise<Hasher> {
  const options = { memoryCost: memoryKib, timeCost: passes, parallelism: 1, outputLen: 32 };
  const queue = createQueue(atOnce, WAITING_MAX);
  const nobodys = await hash('the password of nobody', options);
  return {
    hash: (password) => queue(() => hash(password, options)),
    verify: (stored, password) => queue(async () => (await verify(stored ?? nobodys, password)) && stored !== null),
    outdated: (stored) => !stored.startsWith(`$argon2id$v=19$m=${memoryKib},t=${passes},p=1$`),
  };
}
