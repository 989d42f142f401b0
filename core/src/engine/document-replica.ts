/** The replica of one document: opened from the cache, the changes after it and the drafts; closed and opened again whenever that goes wrong. */
import type { CrdtKind } from '@leanvibe/protocol/change';
import type { ChangeId, DeviceId, DocumentId } from '@leanvibe/protocol/ids';
import type { Replicas } from '../doc/crdt.js';
import { ReplicaClosed } from '../doc/host.js';
import type { JournalledDraft } from '../draft/journal.js';
import type { Judge } from '../intake/judge.js';
import type { ChangeRow } from '../intake/row.js';
import type { DocumentBase } from './document-base.js';
import type { DocumentDisk } from './document-disk.js';
import type { DocumentDeps } from './document-deps.js';
import type { AppliedRecord } from './tables.js';

export interface Payload {
  readonly id: ChangeId;
  readonly payload: Uint8Array;
  readonly author: DeviceId;
}

export interface DocumentReplicaDeps extends Pick<DocumentDeps, 'held' | 'later' | 'payload' | 'self'> {
  readonly replicas: Replicas;
  readonly disk: DocumentDisk;
  readonly base: Pick<DocumentBase, 'states' | 'provisional'>;
  readonly judge: () => Promise<Judge>;
  readonly drafts: () => Promise<readonly JournalledDraft[]>;
  /** A replay from nothing showed that this change breaks the rules. */
  readonly condemn: (change: ChangeId) => Promise<void>;
}

export interface DocumentReplica {
  isOpen(): boolean;
  open(): Promise<void>;
  shut(): Promise<void>;
  /** Puts a question to the open replica, again if its worker ended meanwhile. */
  ask<T>(question: () => Promise<T>): Promise<T>;
  /** Rows newly applied, with the payloads at hand. */
  take(rows: readonly ChangeRow[], payloads: ReadonlyMap<ChangeId, Uint8Array>): Promise<void>;
  /** A row got its number; its record may not be on disk yet, and a replica opened meanwhile needs it too. */
  numbered(number: number, row: AppliedRecord): void;
  /** Everything was numbered anew: opens from nothing next time. */
  rebuilt(): Promise<void>;
  /** Forgets what the disk holds by now. */
  forget(): void;
  /** False when some drafts do not fit what is here. */
  fits(): boolean;
  /** True when changes were left out for want of budget; they are tried again from the start. */
  unblock(): Promise<boolean>;
  /** Writes the state cache if it is older than `applied` rows. */
  saveCache(applied: number): Promise<void>;
  /** How many applied rows the cache holds. */
  cachedAt(): number;
}

/** C37: a state cache is worth its bytes after so many changes. */
export const CACHE_AFTER_CHANGES = 500;
/** How often a question is put to a worker that ends over it, or over another document. */
const ASK_TRIES = 3;
const OPEN_TRIES = 12;
/** Openings in which a draft may run out of budget before the document is shown without it. */
const BUDGET_TRIES = 4;

/** The worker may end over another document; what it held of this one is read again from the disk. Null when it did. */
export async function unlessLost<T>(task: Promise<T>): Promise<T | null> {
  try {
    return await task;
  } catch (error) {
    if (error instanceof ReplicaClosed) return null;
    throw error;
  }
}

export function createDocumentReplica(deps: DocumentReplicaDeps, id: DocumentId, kind: CrdtKind): DocumentReplica {
  const { disk, replicas, self } = deps;
  const blocked = new Set<ChangeId>();
  const suspects = new Set<ChangeId>();
  /** Drafts that do not fit what is here, by key. */
  const misfits = new Set<string>();
  const unsaved = new Map<number, AppliedRecord>();
  /** The open replica holds quarantined changes for the sake of drafts. */
  let borrowed = false;
  let cachedAt = 0;
  /** It was opened from checkpoints: a cache would hold their bytes once more. */
  let isBased = false;

  const shut = async (): Promise<void> => {
    if (replicas.isOpen(id)) await unlessLost(replicas.close(id));
  };

  const apply = async (arrivals: readonly Payload[]): Promise<void> => {
    if (arrivals.length === 0) return;
    const result = await unlessLost(replicas.apply(id, arrivals));
    if (result === null || result.ok) return;
    const stuck = arrivals[result.error.heldAt];
    await shut();
    if (stuck === undefined) return;
    if (result.error.reason === 'unsettled') {
      // Once may be the fault of what this replica held: only a replay from nothing convicts the change itself.
      if (suspects.delete(stuck.id)) return deps.condemn(stuck.id);
      suspects.add(stuck.id);
      return;
    }
    blocked.add(stuck.id);
    deps.held(id, stuck.id);
  };

  /** False for a row that a blocked one keeps out of this replica: it and all that build on it. */
  const passes = async (change: ChangeId): Promise<boolean> => {
    if (blocked.size === 0) return true;
    const known = await deps.judge();
    return ![...blocked].some((stuck) => stuck === change || known.covers(change, stuck));
  };

  const openOnce = async (tries: number): Promise<boolean> => {
    const cache = blocked.size + suspects.size > 0 ? null : await disk.cache();
    cachedAt = cache?.applied ?? 0;
    const [state = null, ...more] = cache === null ? await deps.base.states() : [cache.state];
    isBased = state !== null && cache === null;
    await unlessLost(replicas.open(id, kind, state));
    if (more.length > 0)
      await unlessLost(
        replicas.apply(
          id,
          more.map((one) => ({ payload: one, author: null })),
        ),
      );
    const tail: AppliedRecord[] = [];
    for (const { number, row } of await disk.tail(cachedAt)) {
      tail.push(row);
      unsaved.delete(number);
    }
    for (const [number, row] of unsaved) if (number > cachedAt) tail.push(row);
    const batch: Payload[] = [];
    for (const row of tail) {
      if (!(await passes(row.change))) continue;
      const payload = await deps.payload({ id: row.change, entry: row.entry });
      if (payload !== null) batch.push({ id: row.change, payload, author: row.device });
    }
    await apply(batch);
    await apply(await borrow());
    return replicas.isOpen(id) && (await applyDrafts(tries));
  };

  const open = async (): Promise<void> => {
    for (let tries = 0; !replicas.isOpen(id); ) {
      if (tries > OPEN_TRIES) throw new ReplicaClosed();
      if (!(await openOnce(tries))) tries++;
    }
  };

  const fitting = async (): Promise<readonly JournalledDraft[]> => (await deps.drafts()).filter((one) => !misfits.has(one.key));

  /** Quarantined changes that drafts were typed on top of: shown with them, and adopted when they are numbered (C9). */
  const borrow = async (): Promise<readonly Payload[]> => {
    borrowed = false;
    const own = await fitting();
    const known = own.length === 0 ? null : await deps.judge();
    if (known?.contested() !== true) return [];
    const clientIds = new Set(own.map((one) => one.clientId));
    const reads: ChangeRow['reads'][number][] = [];
    for (const { update } of own) {
      const inspected = await replicas.inspect(kind, update);
      if (inspected.ok) reads.push(...inspected.value.reads.filter((read) => !clientIds.has(read.clientId)));
    }
    const missing = known.beyond({ previous: null, dependencies: [...known.tips().values()].flat() }, reads) ?? [];
    const batch: Payload[] = [];
    for (const row of known.quarantinedUnder(missing)) {
      const payload = await deps.payload(row);
      if (payload !== null) batch.push({ id: row.id, payload, author: row.device });
    }
    borrowed = batch.length > 0;
    return batch;
  };

  /** True when some no longer fit: they stay drafts, and the document is opened again without them. */
  const applyDrafts = async (tries: number): Promise<boolean> => {
    const own = await fitting();
    const updates = own.map((one) => ({ payload: one.update, author: self }));
    const result = await unlessLost(replicas.apply(id, updates));
    if (result === null || result.ok) return false;
    const first = result.error.heldAt;
    await shut();
    if (result.error.reason === 'budget' && tries < BUDGET_TRIES) return false;
    for (const one of own.slice(first)) if (one.clientId === own[first]?.clientId) misfits.add(one.key);
    return true;
  };

  return {
    isOpen: () => replicas.isOpen(id),
    open,
    shut,
    async ask(question) {
      for (let tries = 1; ; tries++) {
        await open();
        try {
          return await question();
        } catch (error) {
          if (!(error instanceof ReplicaClosed) || tries >= ASK_TRIES) throw error;
        }
      }
    },
    async take(rows, payloads) {
      if (rows.length === 0 || !replicas.isOpen(id)) return;
      if (borrowed) return shut();
      const batch: Payload[] = [];
      for (const row of rows) {
        const payload = (await passes(row.id)) ? (payloads.get(row.id) ?? (await deps.payload(row))) : null;
        if (payload !== null) batch.push({ id: row.id, payload, author: row.device });
      }
      await apply(batch);
      // Convicted now, by a replay from nothing, not when somebody next looks.
      if (suspects.size > 0) await unlessLost(open());
    },
    numbered: (number, row) => void unsaved.set(number, row),
    async rebuilt() {
      await shut();
      misfits.clear();
      unsaved.clear();
      cachedAt = 0;
    },
    forget() {
      unsaved.clear();
      misfits.clear();
    },
    fits: () => misfits.size === 0,
    async unblock() {
      if (blocked.size === 0) return false;
      blocked.clear();
      await shut();
      return true;
    },
    async saveCache(applied) {
      if (!replicas.isOpen(id) || blocked.size > 0 || borrowed || applied === cachedAt) return;
      if (deps.base.provisional() !== null || (isBased && applied < CACHE_AFTER_CHANGES)) return;
      const state = await unlessLost(replicas.save(id));
      if (state === null) return;
      deps.later([disk.cachePut({ applied, state })]);
      cachedAt = applied;
    },
    cachedAt: () => cachedAt,
  };
}
