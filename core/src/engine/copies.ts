/** C44: whether this store is known to be a copy or an older image, and a person's word that it goes on as the only one. */
import type { Vault } from '../keys/local.js';
import type { Logger } from '../ports/logger.js';
import type { Store } from '../ports/store.js';
import { TABLES } from './tables.js';

export interface CopiesDeps {
  readonly store: Store;
  readonly vault: Vault;
  readonly logger: Logger;
  readonly alarm: () => void;
  readonly trouble: (error: unknown) => void;
}

export interface Copies {
  cloned(): boolean;
  /** Numbers nothing more under this key until a person settles which copy goes on; drafts are kept. */
  note(): void;
  /** A person's word; durable when it resolves. `excused`: what it lacks of its own may still come, until one peer was caught up with. */
  goOn(excused: boolean): Promise<void>;
  /** A peer was caught up with. */
  caughtUp(): void;
  load(restored: boolean): Promise<void>;
}

export function createCopies({ store, vault, logger, alarm, trouble }: CopiesDeps): Copies {
  let cloned = false;
  let excused = false;
  const note = (): void => {
    if (cloned || excused) return;
    cloned = true;
    logger.log('warn', 'cloned');
    alarm();
    store.commit({ put: [vault.put(TABLES.device, 'cloned', Uint8Array.of(1))] }).catch(trouble);
  };
  return {
    cloned: () => cloned,
    note,
    async goOn(until) {
      await store.commit({ remove: [{ table: TABLES.device, key: 'cloned' }] });
      cloned = false;
      excused = until;
    },
    caughtUp() {
      excused = false;
    },
    async load(restored) {
      cloned = (await vault.get(TABLES.device, 'cloned')) !== null;
      if (restored) note();
    },
  };
}
