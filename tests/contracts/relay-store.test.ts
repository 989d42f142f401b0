/** The store contract over the relay's mailboxes, on SQLite and on a real PostgreSQL, and what is the relay's own. */
import type { Store } from '@leanvibe/core/internal/ports/store';
import type { Database } from '@leanvibe/relay/internal/db/database';
import { openTestDatabases } from '../help/relay-db.js';
import { keysOf, mailboxOf, mailboxStoreOn } from '../help/relay-store.js';
import { mailboxStoreContract } from './mailbox-store.js';
import { storeContract } from './store.js';

/** The suite's spaces, which are mailboxes here. */
const SEEDS = Array.from({ length: 12 }, (_, seed) => seed);

for (const databases of openTestDatabases()) {
  const under = new Map<Store, Database>();
  const on = async (db: Database): Promise<Store> => {
    const store = await mailboxStoreOn(db);
    under.set(store, db);
    return store;
  };
  storeContract({
    name: `relay on ${databases.name}`,
    async make() {
      const db = await databases.open();
      const store = await mailboxStoreOn(db);
      await Promise.all(SEEDS.map((seed) => store.make(mailboxOf(seed), 'account', keysOf(seed), 1e6)));
      under.set(store, db);
      return store;
    },
    async reopen(store) {
      const db = under.get(store);
      if (db === undefined) throw new Error('a store of another suite');
      const again = await databases.again(db);
      await db.close();
      return await on(again);
    },
  });
  mailboxStoreContract(databases);
}
