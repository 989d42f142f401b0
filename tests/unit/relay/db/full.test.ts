/** A disk that is full is told as that: who writes waits, and all is well again when there is room. */
import { StoreFull } from '@leanvibe/core/internal/ports/store';
import { openDatabase } from '@leanvibe/relay/internal/db/open';
import { migrate } from '@leanvibe/relay/internal/db/migrate';
import { migrations } from '@leanvibe/relay/internal/db/migrations';
import { sql as raw } from 'kysely';
import { describe, expect, onTestFinished, test } from 'vitest';
import { databaseDeps } from '../../../help/relay-db.js';
import { keysOf, mailboxOf, mailboxStoreOn, spaceIn } from '../../../help/relay-store.js';
import { bytesOf, entryOf } from '../../../help/store-things.js';

const BOX = mailboxOf(1);
const entry = (seed: number): ReturnType<typeof entryOf> => entryOf(bytesOf(seed, 20_000), { space: spaceIn(BOX) });

describe('a SQLite file on a full disk', () => {
  test('refuses entries as a full store does, loses none it took, and takes more when there is room', async () => {
    const db = await openDatabase({ sqliteFile: ':memory:' }, databaseDeps);
    onTestFinished(() => db.close());
    await migrate(db, migrations, databaseDeps);
    const store = await mailboxStoreOn(db);
    await store.make(BOX, 'alice', keysOf(1), 1e6);
    const pages = async (most: number): Promise<void> => void (await raw`pragma max_page_count = ${raw.lit(most)}`.execute(db.sql));
    await pages(200);
    let kept = 0;
    const filling = async (): Promise<void> => {
      for (; kept < 1_000; kept++) await store.commit({ entries: [entry(kept)] });
    };
    await expect(filling()).rejects.toBeInstanceOf(StoreFull);
    expect(kept).toBeGreaterThan(1);
    const together = await Promise.allSettled([1, 2, 3].map((at) => store.commit({ entries: [entry(2_000 + at)] })));
    expect(together.map((one) => one.status === 'rejected' && one.reason instanceof StoreFull)).toEqual([true, true, true]);
    expect((await store.head(spaceIn(BOX), 2)).position).toBe(kept);
    await pages(100_000);
    expect(await store.commit({ entries: [entry(kept)] })).toMatchObject([{ position: kept + 1, fresh: true }]);
  });
});
