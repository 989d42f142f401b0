/** Unsent edits: drafts nobody has numbered and changes nobody has fetched, told as the difference they make, so that a person can carry them elsewhere. */
import { sameBytes } from '@leanvibe/protocol/bytes';
import type { ChangeId, DeviceId, DocumentId, EntryId } from '@leanvibe/protocol/ids';
import { err, ok } from '../base/result.js';
import { differenceOf, differenceQueries } from '../doc/product/difference.js';
import type { DocumentRuntime } from './document-runtime.js';
import type { Kernel } from './kernel.js';
import { previewDrafts } from './preview.js';
import type { SpaceRuntime } from './space.js';
import type { Unsent, UnsentDocument } from './unsent-drafts.js';

const NONE = 'nothing here is unsent in that document';
const PAGE = { rows: 1000, bytes: 8 * 1024 * 1024 };

/** Entries made here above what a live peer is known to hold. */
async function ownAbove({ store }: Kernel, space: SpaceRuntime): Promise<ReadonlySet<EntryId>> {
  const own = new Set<EntryId>();
  for (let after = space.reached.position(); ; ) {
    const rows = await store.rows(space.id, 2, after, PAGE);
    for (const row of rows) if (row.from === null) own.add(row.entryId);
    const last = rows.at(-1);
    if (last === undefined) return own;
    after = last.position;
  }
}

async function changesIn(self: DeviceId, runtime: DocumentRuntime, own: ReadonlySet<EntryId>): Promise<ReadonlySet<ChangeId>> {
  if (own.size === 0) return new Set();
  return new Set((await runtime.judge()).rows().flatMap((row) => (row.device === self && own.has(row.entry) ? [row.id] : [])));
}

export function createUnsent(kernel: Kernel): Unsent {
  return {
    async list(id) {
      const space = kernel.spaces.get(id);
      if (space === undefined) return [];
      const own = await ownAbove(kernel, space);
      const found: UnsentDocument[] = [];
      // Without such entries only documents with drafts need a look.
      for (const document of own.size === 0 ? await space.drafted() : await space.documents()) {
        const runtime = await space.known(document);
        if (runtime === null) continue;
        const [drafts, changes] = [await runtime.drafts(), (await changesIn(kernel.identity.device, runtime, own)).size];
        if (drafts + changes > 0) found.push({ document, kind: runtime.kind, drafts, changes });
      }
      return found.sort((a, b) => (a.document < b.document ? -1 : 1));
    },
    async show(id, document: DocumentId) {
      const space = kernel.spaces.get(id);
      const runtime = await space?.known(document);
      if (space === undefined || runtime == null) return err(NONE);
      const drafts = await runtime.drafts();
      const changes = await changesIn(kernel.identity.device, runtime, await ownAbove(kernel, space));
      if (drafts + changes.size === 0) return err(NONE);
      const preview = await previewDrafts(kernel, space, runtime, changes, differenceQueries(runtime.kind));
      if (!preview.ok) return preview;
      const { without, with: after } = preview.value;
      const difference = differenceOf(runtime.kind, without.views, after.views);
      const plain = difference.note === null && difference.items.length === 0;
      const other = plain && !sameBytes(without.canonical, after.canonical);
      return ok({ document, kind: runtime.kind, drafts, changes: changes.size, difference, other });
    },
  };
}
