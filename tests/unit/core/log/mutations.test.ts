/** The examiner examined: broken conversations that the seeded world must catch. */
import type { Batch, Placed } from '@leanvibe/core/internal/ports/store';
import type { LogMessage } from '@leanvibe/protocol/peer';
import { expect, test } from 'vitest';
import { runSeed } from './run.js';
import type { WorldOptions } from './world.js';

type Commit = (batch: Batch) => Promise<readonly Placed[]>;

const MUTATIONS: Readonly<Record<string, Pick<WorldOptions, 'mutateCommit' | 'mutateMessage'>>> = {
  'the cursor is saved before the entries': {
    mutateCommit: (_node, commit: Commit) => async (batch) => {
      await commit({ put: batch.put ?? [] });
      return await commit({ ...batch, put: [] });
    },
  },
  'a saved cursor whose entries were never stored': {
    mutateCommit: (_node, commit: Commit) => async (batch) => {
      const kept = (batch.entries ?? []).filter((entry) => !entry.entryId.startsWith('7'));
      const placed = await commit({ ...batch, entries: kept });
      const byId = new Map(placed.map((row) => [row.entryId, row]));
      const any = placed[0];
      return (batch.entries ?? []).flatMap((entry) => {
        const row = byId.get(entry.entryId) ?? (any === undefined ? undefined : { ...any, fresh: false });
        return row === undefined ? [] : [row];
      });
    },
  },
  'acknowledgements are dropped': {
    mutateMessage: (message) => (message.type === 'stored' && message.through !== null && message.through % 5 === 0 ? null : message),
  },
  'the prefix hash is not compared': { mutateMessage: (message) => (message.type === 'unmatched' ? null : message) },
  'a leaf forgets ids': {
    mutateMessage: (message): LogMessage =>
      message.type === 'ranges'
        ? { ...message, ranges: message.ranges.map((range) => (range.ids === null ? range : { ...range, ids: range.ids.slice(1) })) }
        : message,
  },
  'a frame loses an entry': {
    mutateMessage: (message): LogMessage =>
      message.type === 'entries' && message.items.length > 2 ? { ...message, items: message.items.slice(1) } : message,
  },
};

for (const [name, mutation] of Object.entries(MUTATIONS)) {
  test(`the world catches it when ${name}`, { timeout: 120_000 }, async () => {
    let caught: string | null = null;
    let seed = 1;
    for (; seed <= 120 && caught === null; seed++) {
      caught = await runSeed(seed, {}, mutation).then(
        () => null,
        (error: unknown) => String(error),
      );
    }
    expect(caught, `${name}: 120 seeds saw nothing`).not.toBeNull();
    process.stdout.write(`${name}: caught by seed ${seed - 1}\n`);
  });
}
