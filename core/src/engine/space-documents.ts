/** The documents of one running space: which there are, which are loaded, which wait for links, which are to be tried again. */
import type { CrdtKind } from '@leanvibe/protocol/change';
import type { RefusalReason } from '@leanvibe/protocol/errors';
import type { DeviceId, DocumentId, EntryId, SpaceId } from '@leanvibe/protocol/ids';
import { decodeAtRest } from '../base/rest.js';
import { crdtOf } from '../intake/row.js';
import { type Store, StoreBroken } from '../ports/store.js';
import { type Aside, createAside } from './aside.js';
import { createDocument } from './document.js';
import type { DocumentDeps } from './document-deps.js';
import type { DocumentRuntime } from './document-runtime.js';
import { createReached, type Reached } from './reached.js';
import { baseRecord, documentKey, documentRecord, TABLES } from './tables.js';

export interface SpaceDocumentsDeps extends Omit<DocumentDeps, 'held' | 'judged'> {
  readonly store: Store;
  readonly refuse: (reason: RefusalReason, from: DeviceId | null) => void;
  readonly trouble: (error: unknown) => void;
}

export interface SpaceDocuments {
  readonly aside: Aside;
  readonly reached: Reached;
  /** Reads what an earlier run noted. */
  load(): Promise<void>;
  /** The document, made known with its first edit. */
  get(id: DocumentId, kind: CrdtKind): DocumentRuntime;
  /** Null for one that was never written. */
  known(id: DocumentId): Promise<DocumentRuntime | null>;
  list(): Promise<readonly DocumentId[]>;
  /** Those with drafts nobody has numbered yet. */
  drafted(): Promise<readonly DocumentId[]>;
  /** Documents whose changes since the last checkpoint are more than so many bytes. */
  heavy(bytes: number): Promise<readonly DocumentId[]>;
  /** Entries of covered changes whose bytes are still here. */
  kept(): Promise<ReadonlySet<EntryId>>;
  /** How many there are, by the last list and this run. */
  count(): number;
  /** Judges anew those that wait for links, or all of them. `counted`: somebody will ask how many there are. */
  regroup(all: boolean, counted: boolean): Promise<void>;
  /** What a record of an earlier run of the program said. */
  recall(what: 'waits' | 'held', id: DocumentId): void;
  /** Closes all but `keep` open replicas. */
  unload(keep: number): Promise<void>;
}

/** Drafts looked at when a peer comes; more are numbered as their own windows end. */
const DRAFTS_MAX = 100_000;
const HELD_RETRY_MS = 2_000;
const HELD_RETRY_MAX_MS = 10 * 60_000;
const PAGE = 1000;

export function createSpaceDocuments(deps: SpaceDocumentsDeps, space: SpaceId): SpaceDocuments {
  const { later, store, vault } = deps;
  const loaded = new Map<DocumentId, DocumentRuntime>();
  const waiters = new Set<DocumentId>();
  const retrying = new Set<DocumentId>();
  let listed: readonly DocumentId[] = [];
  const waitKey = (what: 'd' | 'h', id: DocumentId): { readonly table: string; readonly key: string } => ({
    table: TABLES.wait,
    key: `${space}/${what}/${id}`,
  });
  const waitPut = (what: 'd' | 'h', id: DocumentId): void => later([vault.put(TABLES.wait, waitKey(what, id).key, new Uint8Array(0))]);

  /** C10: what was held is tried again, less and less often; the record outlives this run of the program. */
  const retryLater = (id: DocumentId, delayMs: number): void => {
    if (retrying.has(id)) return;
    retrying.add(id);
    waitPut('h', id);
    deps.clock.after(delayMs, () => {
      retrying.delete(id);
      const again = (): void => retryLater(id, Math.min(delayMs * 2, HELD_RETRY_MAX_MS));
      known(id)
        .then((runtime) => runtime?.retryHeld() ?? false)
        .then((still) => {
          if (still) again();
          // What was freed may have shown another that is held: then the record stays.
          else if (!retrying.has(id)) later([], [waitKey('h', id)]);
        })
        .catch((error: unknown) => {
          deps.trouble(error);
          // A full disk has room again some day; a closed one is never asked again.
          if (!(error instanceof StoreBroken)) again();
        });
    });
  };

  const aside = createAside(deps, space);
  const reached = createReached(vault, later, space);

  const documentDeps: DocumentDeps = {
    ...deps,
    held(id) {
      deps.refuse('held', null);
      retryLater(id, HELD_RETRY_MS);
    },
    judged(id, row, verdict) {
      if (verdict.state === 'waiting' && verdict.reason === 'membership') {
        waiters.add(id);
        waitPut('d', id);
      }
      if (verdict.state === 'held') documentDeps.held(id, row.id);
      if (verdict.state === 'refused') deps.refuse(verdict.reason, row.device);
      if (verdict.state === 'void') deps.refuse('over-limit', row.device);
      if (verdict.state === 'quarantined') aside.note(id, row.addedBy);
    },
  };

  const get = (id: DocumentId, kind: CrdtKind): DocumentRuntime => {
    const there = loaded.get(id);
    if (there !== undefined) return there;
    const runtime = createDocument(documentDeps, id, kind);
    loaded.set(id, runtime);
    return runtime;
  };

  const known = async (id: DocumentId): Promise<DocumentRuntime | null> => {
    const there = loaded.get(id);
    if (there !== undefined) return there;
    const stored = await vault.get(TABLES.document, documentKey(space, id));
    const kind = stored === null ? null : crdtOf(decodeAtRest(documentRecord, stored, 'document'));
    return kind === null ? null : get(id, kind);
  };

  const list = async (): Promise<readonly DocumentId[]> => {
    // One that was only looked at is not there.
    const names = new Set<DocumentId>([...loaded.values()].filter((one) => one.exists()).map((one) => one.id));
    for (let after: string | null = null; ; ) {
      const page = await store.scan(TABLES.document, `${space}/`, after, PAGE);
      for (const { key } of page) names.add(key.slice(space.length + 1) as DocumentId);
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return (listed = [...names]);
      after = last.key;
    }
  };

  const scan = async (table: string, each: (id: DocumentId, value: Uint8Array) => void): Promise<void> => {
    for (let after: string | null = null; ; ) {
      const page = await vault.scan(table, `${space}/`, after, PAGE);
      for (const { key, value } of page) each(key.slice(space.length + 1) as DocumentId, value);
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return;
      after = last.key;
    }
  };

  return {
    aside,
    reached,
    async load() {
      await aside.load();
      await reached.load();
    },
    get,
    known,
    list,
    async heavy(bytes) {
      const found: DocumentId[] = [];
      await scan(TABLES.document, (id, value) => {
        if ((decodeAtRest(documentRecord, value, 'document').bytes ?? 0) > bytes) found.push(id);
      });
      return found;
    },
    async kept() {
      const found = new Set<EntryId>();
      await scan(TABLES.base, (_, value) => {
        for (const entry of decodeAtRest(baseRecord, value, 'base').kept) found.add(entry);
      });
      return found;
    },
    async drafted() {
      // Their keys say it all: nothing needs opening.
      const rows = await store.scan(TABLES.draft, `${space}/`, null, DRAFTS_MAX);
      return [...new Set(rows.map(({ key }) => key.split('/')[1] as DocumentId))];
    },
    count: () => new Set([...listed, ...[...loaded.values()].filter((one) => one.exists()).map((one) => one.id)]).size,
    async regroup(all, counted) {
      const names = all ? await list() : [...waiters];
      if (counted && listed.length === 0) await list();
      for (const id of names) {
        waiters.delete(id);
        try {
          // What waited before and still does is no news to anybody, but is looked at again next time.
          if ((await (await known(id))?.regroup()) === true) waiters.add(id);
        } catch (error) {
          waiters.add(id);
          throw error;
        }
        if (!waiters.has(id)) later([], [waitKey('d', id)]);
      }
    },
    recall(what, id) {
      if (what === 'waits') waiters.add(id);
      else retryLater(id, HELD_RETRY_MS);
    },
    async unload(keep) {
      const open = [...loaded.values()].filter((one) => deps.replicas.isOpen(one.id));
      for (const one of open.slice(0, Math.max(0, open.length - keep))) await one.unload();
    },
  };
}
