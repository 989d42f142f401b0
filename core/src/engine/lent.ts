/** A sealing key lent to this device by the backup or words it was restored from (C1): announcements are opened with it too, until a peer was caught up with. */
import type { Vault } from '../keys/local.js';
import type { Store } from '../ports/store.js';
import { TABLES } from './tables.js';

export interface Lent {
  keys(): readonly Uint8Array[];
  /** Its record is the lender's to store. */
  lend(sealingSecret: Uint8Array): void;
  /** Once a peer's announcements were read, its later ones are for this device itself. */
  giveBack(): void;
  load(): Promise<void>;
}

export function createLent(store: Store, vault: Vault, trouble: (error: unknown) => void): Lent {
  let lent: readonly Uint8Array[] = [];
  return {
    keys: () => lent,
    lend(sealingSecret) {
      lent = [sealingSecret];
    },
    giveBack() {
      if (lent.length === 0) return;
      lent = [];
      store.commit({ remove: [{ table: TABLES.device, key: 'paper' }] }).catch(trouble);
    },
    async load() {
      const key = await vault.get(TABLES.device, 'paper');
      if (key !== null) lent = [key.slice()];
    },
  };
}
