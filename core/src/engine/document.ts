/** One document as this device runs it: its judge, its replica, its drafts. All work on one document happens in order. */
import { CRDT_KINDS, type CrdtKind } from '@leanvibe/protocol/change';
import type { RefusalReason } from '@leanvibe/protocol/errors';
import type { ChangeId, DeviceId, DocumentId, SpaceId } from '@leanvibe/protocol/ids';
import { encode } from '@leanvibe/protocol/shape';
import { createQueue } from '../base/queue.js';
import { decodeAtRest } from '../base/rest.js';
import type { Edited, Json, Replicas } from '../doc/crdt.js';
import { ReplicaClosed } from '../doc/host.js';
import { decodeDraft, encodeDraft, type JournalledDraft } from '../draft/journal.js';
import type { GroupView } from '../intake/group-view.js';
import { createJudge, type Judge, type JudgeDeps } from '../intake/judge.js';
import { type ChangeRow, inspectedRow, structureOf } from '../intake/row.js';
import { verdictText } from '../intake/verdict.js';
import type { Vault } from '../keys/local.js';
import type { Batch } from '../ports/store.js';
import type { Put } from './put-off.js';
import { type AppliedRecord, appliedRecord, cacheRecord, changeKey, changeRecord, documentKey, documentRecord, numberedKey, TABLES } from './tables.js';

export interface DocumentDeps extends JudgeDeps {
  readonly vault: Vault;
  readonly replicas: Replicas;
  readonly self: DeviceId;
  readonly space: SpaceId;
  readonly group: (document: DocumentId) => GroupView;
  /** The payload of a row, opened from its entry; null when its bytes are missing here. */
  readonly payload: (row: Pick<ChangeRow, 'id' | 'entry'>) => Promise<Uint8Array | null>;
  /** Records that may be written with the next commit: losing them costs a recomputation only. */
  readonly later: (puts: readonly Put[], removes?: NonNullable<Batch['remove']>) => void;
  /** Durable now, with everything that was put off. */
  readonly commit: (batch: Batch) => Promise<unknown>;
  readonly changed: (document: DocumentId) => void;
  /** A change took too long to read here: try again later. */
  readonly held: (document: DocumentId, change: ChangeId) => void;
  readonly refuse: (reason: RefusalReason, from: DeviceId | null) => void;
  /** C44: a peer holds a change of ours that we do not know: this store is an older copy, or another copy of it writes. */
  readonly cloned: () => void;
  /** A row waits for membership links: `regroup` this document when links grow. */
  readonly waits: (document: DocumentId) => void;
}

/** An authentic row and its payload, which is needed if the replica is open. */
export interface Arrival {
  readonly row: ChangeRow;
  readonly payload: Uint8Array;
  /** The peer that handed it to us. */
  readonly from: DeviceId | null;
}

export interface Run {
  readonly clientId: number;
  readonly run: Uint8Array;
}

export interface DocumentRuntime {
  readonly id: DocumentId;
  readonly kind: CrdtKind;
  /** Something was written to it here in this run; one that was only looked at need not be anywhere. */
  exists(): boolean;
  /** Runs alone on this document. */
  exclusive<T>(task: (open: OpenDocument) => Promise<T>): Promise<T>;
  /** Takes authentic rows from intake: judges, records, applies. */
  take(arrivals: readonly Arrival[]): Promise<void>;
  /** Looks again at changes that took too long here (C10); true when some still do. */
  retryHeld(): Promise<boolean>;
  /** Membership grew: judge anew, rebuild if a verdict was lost. */
  regroup(): Promise<void>;
  view(query: Json): Promise<Json>;
  canonical(): Promise<Uint8Array>;
  drafts(): Promise<number>;
  /** Writes the state cache when it is due or `force`, closes the replica, forgets the judge. */
  unload(): Promise<void>;
  judge(): Promise<Judge>;
  /** Rows, the verdicts on record, and drafts: for an audit. */
  recorded(): Promise<{ readonly rows: readonly ChangeRow[]; readonly verdicts: ReadonlyMap<ChangeId, string>; readonly drafts: readonly Uint8Array[] }>;
}

/** What a task that runs alone may do. */
export interface OpenDocument {
  judge(): Promise<Judge>;
  drafts(): Promise<readonly JournalledDraft[]>;
  /** Runs commands in order; each succeeds or fails by itself. */
  edit(run: Run, commands: readonly Json[]): Promise<readonly PromiseSettledResult<Edited>[]>;
  /** One payload for several updates of one client id. */
  merge(clientId: number, updates: readonly Uint8Array[]): Promise<Uint8Array>;
  /** Durable: the edits are kept. */
  keep(run: Run, updates: readonly Uint8Array[]): Promise<void>;
  /** After a failed commit the replica holds what the disk does not: drop it. */
  discard(): Promise<void>;
  /** Records of a row of our own, to be committed with its entry; `adopt` after the commit. `ahead`: rows of the same commit before it. */
  recordsOf(row: ChangeRow, bytes: number, ahead: number): readonly Put[];
  adopt(row: ChangeRow, drafts: readonly JournalledDraft[]): Promise<string>;
  /** Drops drafts that are changes already. */
  forget(drafts: readonly JournalledDraft[]): Promise<void>;
}

/** Every row, applied ones first and in causal order, so that what is newly applied can be applied in this order. */
function causal(known: Judge): readonly ChangeRow[] {
  return [...known.applied(), ...known.rows()];
}

const CACHE_AFTER_CHANGES = 500;
/** How often a question is put to a worker that ends over it, or over another document. */
const ASK_TRIES = 3;
const PAGE = 1000;

export function createDocument(deps: DocumentDeps, id: DocumentId, kind: CrdtKind): DocumentRuntime {
  const { vault, replicas, space, self } = deps;
  const queue = createQueue();
  const key = documentKey(space, id);
  let judge: Judge | null = null;
  let verdicts = new Map<ChangeId, string>();
  let applied: number | null = null;
  let cachedAt = 0;
  let written = false;
  let drafts: JournalledDraft[] | null = null;
  let nextDraft = 0;
  const blocked = new Set<ChangeId>();
  /** Applied rows whose records may not be on disk yet, by number: a replica opened meanwhile needs them too. */
  const unsaved = new Map<number, AppliedRecord>();

  const loadApplied = async (): Promise<number> => {
    if (applied !== null) return applied;
    const stored = await vault.get(TABLES.document, key);
    applied = stored === null ? 0 : decodeAtRest(documentRecord, stored, 'document').applied;
    return applied;
  };

  const scanAll = async (table: string, prefix: string, after: string | null, each: (key: string, value: Uint8Array) => void): Promise<void> => {
    let last = after;
    for (;;) {
      const page = await vault.scan(table, prefix, last, PAGE);
      for (const one of page) each(one.key, one.value);
      const end = page.at(-1);
      if (end === undefined || page.length < PAGE) return;
      last = end.key;
    }
  };

  const loadJudge = async (): Promise<Judge> => {
    if (judge !== null) return judge;
    const loading = createJudge(deps, id, deps.group(id));
    const stored = new Map<ChangeId, string>();
    await scanAll(TABLES.change, `${key}/`, null, (_, value) => {
      const { row, verdict } = decodeAtRest(changeRecord, value, 'change');
      stored.set(row.id, verdict);
      loading.add(row);
    });
    await loadApplied();
    verdicts = stored;
    judge = loading;
    return loading;
  };

  const loadDrafts = async (): Promise<JournalledDraft[]> => {
    if (drafts !== null) return drafts;
    const found: JournalledDraft[] = [];
    await scanAll(TABLES.draft, `${key}/`, null, (name, value) => found.push(decodeDraft(name, value)));
    const last = found.at(-1);
    nextDraft = last === undefined ? 0 : Number.parseInt(last.key.slice(key.length + 1), 16) + 1;
    drafts = found;
    return found;
  };

  /** The worker may end over another document; what it held of this one is read again from the disk. Null when it did. */
  const unlessLost = <T>(task: Promise<T>): Promise<T | null> =>
    task.catch((error: unknown) => {
      if (error instanceof ReplicaClosed) return null;
      throw error;
    });
  const shut = async (): Promise<void> => {
    if (replicas.isOpen(id)) await unlessLost(replicas.close(id));
  };
  const ask = async <T>(question: () => Promise<T>): Promise<T> => {
    for (let tries = 1; ; tries++) {
      await openReplica();
      try {
        return await question();
      } catch (error) {
        if (!(error instanceof ReplicaClosed) || tries >= ASK_TRIES) throw error;
      }
    }
  };

  const apply = async (arrivals: readonly { readonly id: ChangeId; readonly payload: Uint8Array; readonly author: DeviceId }[]): Promise<void> => {
    if (arrivals.length === 0) return;
    const result = await unlessLost(replicas.apply(id, arrivals));
    if (result === null || result.ok) return;
    const stuck = arrivals[result.error.heldAt];
    await shut();
    if (stuck === undefined) return;
    if (result.error.reason === 'unsettled') return condemn(stuck.id);
    blocked.add(stuck.id);
    deps.held(id, stuck.id);
  };

  /** Applying it showed what inspection could not: it breaks the rules, and does so at every device that applies it. */
  const condemn = async (change: ChangeId): Promise<void> => {
    const row = (await loadJudge()).row(change);
    if (row === null) return;
    await deps.commit({ put: [...recordsOf(inspectedRow(row, { ok: false, error: 'malformed' }), 'condemned', null, 0)] });
    judge = null;
    const known = await loadJudge();
    await settle(known, causal(known), new Map());
    await rebuild(known);
  };

  /** Rows that a blocked one keeps out of this replica: it and all that build on it. */
  const passes = async (change: ChangeId): Promise<boolean> => {
    if (blocked.size === 0) return true;
    const known = await loadJudge();
    return ![...blocked].some((stuck) => stuck === change || known.covers(change, stuck));
  };

  const openReplica = async (): Promise<void> => {
    if (replicas.isOpen(id)) return;
    const stored = await vault.get(TABLES.cache, key);
    const cache = stored === null || blocked.size > 0 ? null : decodeAtRest(cacheRecord, stored, 'cache');
    cachedAt = cache?.applied ?? 0;
    await unlessLost(replicas.open(id, kind, cache?.state ?? null));
    const tail: AppliedRecord[] = [];
    await scanAll(TABLES.applied, `${key}/`, cachedAt === 0 ? null : numberedKey(space, id, cachedAt), (name, value) => {
      tail.push(decodeAtRest(appliedRecord, value, 'applied'));
      unsaved.delete(Number.parseInt(name.slice(key.length + 1), 16));
    });
    for (const [number, row] of unsaved) if (number > cachedAt) tail.push(row);
    const batch: { readonly id: ChangeId; readonly payload: Uint8Array; readonly author: DeviceId }[] = [];
    for (const row of tail) {
      if (!(await passes(row.change))) continue;
      const payload = await deps.payload({ id: row.change, entry: row.entry });
      if (payload !== null) batch.push({ id: row.change, payload, author: row.device });
    }
    await apply(batch);
    const own = (await loadDrafts()).map((one) => ({ payload: one.update, author: self }));
    if (replicas.isOpen(id)) await unlessLost(replicas.apply(id, own));
    if (!replicas.isOpen(id)) return openReplica();
  };

  const recordsOf = (row: ChangeRow, verdict: string, index: number | null, bytes: number): readonly Put[] => {
    written = true;
    const puts = [
      vault.put(TABLES.change, changeKey(space, id, row.id), encode(changeRecord, { row, verdict, bytes })),
      vault.put(TABLES.document, key, encode(documentRecord, { crdt: CRDT_KINDS[kind], applied: index ?? applied ?? 0 })),
    ];
    if (index !== null) puts.push(vault.put(TABLES.applied, numberedKey(space, id, index), encode(appliedRecord, { change: row.id, entry: row.entry, device: row.device })));
    return puts;
  };

  /** Records every row whose verdict changed; answers the rows newly applied, or null when one was lost and the document must be rebuilt. */
  const settle = async (known: Judge, rows: readonly ChangeRow[], bytes: ReadonlyMap<ChangeId, number>): Promise<readonly ChangeRow[] | null> => {
    const fresh: ChangeRow[] = [];
    let lost = false;
    for (const row of rows) {
      const verdict = known.verdict(row.id);
      if (verdict === null) continue;
      const text = verdictText(verdict);
      const before = verdicts.get(row.id);
      if (before === text) continue;
      verdicts.set(row.id, text);
      if (verdict.state === 'applied') fresh.push(row);
      else if (before === 'applied') lost = true;
      if (verdict.state === 'waiting' && verdict.reason === 'membership') deps.waits(id);
      if (verdict.state === 'held') deps.held(id, row.id);
      if (verdict.state === 'refused') deps.refuse(verdict.reason, row.device);
      if (verdict.state === 'void') deps.refuse('over-limit', row.device);
      if (verdict.state === 'applied') {
        applied = (applied ?? 0) + 1;
        unsaved.set(applied, { change: row.id, entry: row.entry, device: row.device });
      }
      deps.later(recordsOf(row, text, verdict.state === 'applied' ? applied : null, bytes.get(row.id) ?? 0));
    }
    return lost ? null : fresh;
  };

  /** Forgets what was applied and writes it anew from the verdicts (C10); the replica opens again from nothing. */
  const rebuild = async (known: Judge): Promise<void> => {
    await shut();
    const removes: { readonly table: string; readonly key: string }[] = [{ table: TABLES.cache, key }];
    await scanAll(TABLES.applied, `${key}/`, null, (name) => removes.push({ table: TABLES.applied, key: name }));
    const puts: Put[] = [];
    applied = 0;
    cachedAt = 0;
    unsaved.clear();
    for (const row of known.applied()) puts.push(...recordsOf(row, 'applied', ++applied, 0));
    deps.later(puts, removes);
    deps.later([vault.put(TABLES.document, key, encode(documentRecord, { crdt: CRDT_KINDS[kind], applied }))]);
    await deps.commit({});
  };

  const takeAlone = async (arrivals: readonly Arrival[]): Promise<void> => {
    const known = await loadJudge();
    const payloads = new Map(arrivals.map((one) => [one.row.id, one.payload]));
    const bytes = new Map(arrivals.map((one) => [one.row.id, one.payload.length]));
    const judged: ChangeRow[] = [];
    for (const { row, from } of arrivals) {
      if (row.device === self && from !== null && known.row(row.id) === null) deps.cloned();
      const settled = known.add(row);
      judged.push(...settled);
      if (settled.length === 0 || !verdicts.has(row.id)) judged.push(row);
    }
    const fresh = await settle(known, known.contested() ? causal(known) : judged, bytes);
    if (fresh === null) await rebuild(known);
    else if (fresh.length > 0 && replicas.isOpen(id)) {
      const batch: { readonly id: ChangeId; readonly payload: Uint8Array; readonly author: DeviceId }[] = [];
      for (const row of fresh) {
        const payload = (await passes(row.id)) ? (payloads.get(row.id) ?? (await deps.payload(row))) : null;
        if (payload !== null) batch.push({ id: row.id, payload, author: row.device });
      }
      await apply(batch);
    }
    if (fresh === null || fresh.length > 0) deps.changed(id);
  };

  const saveCache = async (): Promise<void> => {
    const count = await loadApplied();
    if (!replicas.isOpen(id) || blocked.size > 0 || count === cachedAt) return;
    const state = await unlessLost(replicas.save(id));
    if (state === null) return;
    deps.later([vault.put(TABLES.cache, key, encode(cacheRecord, { applied: count, state }))]);
    cachedAt = count;
  };

  const open: OpenDocument = {
    judge: loadJudge,
    drafts: loadDrafts,
    async edit(run, commands) {
      return ask(async () => {
        const done = await Promise.allSettled(commands.map((command) => replicas.edit(id, run.clientId, self, command)));
        const lost = done.find((one) => one.status === 'rejected' && one.reason instanceof ReplicaClosed);
        if (lost?.status === 'rejected' && done.every((one) => one.status === 'rejected')) throw lost.reason;
        return done;
      });
    },
    merge: (clientId, updates) => ask(() => replicas.merge(id, clientId, updates)),
    async keep(run, updates) {
      const list = await loadDrafts();
      const made = updates.map((update): JournalledDraft => ({ clientId: run.clientId, run: run.run, update, key: numberedKey(space, id, nextDraft++) }));
      const record = { crdt: CRDT_KINDS[kind], applied: await loadApplied() };
      const puts = made.map((draft) => vault.put(TABLES.draft, draft.key, encodeDraft(draft)));
      await deps.commit({ put: [...puts, vault.put(TABLES.document, key, encode(documentRecord, record))] });
      written = true;
      list.push(...made);
    },
    async discard() {
      await shut();
    },
    recordsOf: (row, bytes, ahead) => recordsOf(row, 'applied', (applied ?? 0) + ahead + 1, bytes),
    async adopt(row, some) {
      const known = await loadJudge();
      applied = (applied ?? 0) + 1;
      known.add(row);
      const verdict = known.verdict(row.id);
      verdicts.set(row.id, 'applied');
      if (drafts !== null) drafts = drafts.filter((one) => !some.includes(one));
      if (applied - cachedAt >= CACHE_AFTER_CHANGES) await saveCache();
      return verdict === null ? 'none' : verdictText(verdict);
    },
    async forget(some) {
      await deps.commit({ remove: some.map((one) => ({ table: TABLES.draft, key: one.key })) });
      if (drafts !== null) drafts = drafts.filter((one) => !some.includes(one));
    },
  };

  return {
    id,
    kind,
    exists: () => written,
    exclusive: (task) => queue.run(() => task(open)),
    take: (arrivals) => queue.run(() => takeAlone(arrivals)),
    retryHeld: () =>
      queue.run(async () => {
        const known = await loadJudge();
        const held = known.rows().filter((row) => structureOf(row) === 'held');
        const arrivals: Arrival[] = [];
        for (const row of held) {
          const payload = await deps.payload(row);
          const inspected = payload === null ? null : await replicas.inspect(kind, payload);
          if (payload === null || inspected === null || (!inspected.ok && inspected.error === 'held')) continue;
          arrivals.push({ row: inspectedRow(row, inspected), payload, from: null });
        }
        if (arrivals.length > 0) await takeAlone(arrivals);
        if (blocked.size > 0) {
          // The replica refused to take these in time; let it try again from the start.
          blocked.clear();
          await shut();
        }
        return arrivals.length < held.length;
      }),
    regroup: () =>
      queue.run(async () => {
        const known = await loadJudge();
        const judged = known.regroup(deps.group(id));
        const fresh = await settle(known, known.contested() ? causal(known) : judged, new Map());
        if (fresh === null || (fresh.length > 0 && replicas.isOpen(id))) await rebuild(known);
        if (fresh === null || fresh.length > 0) deps.changed(id);
      }),
    view: (query) => queue.run(() => ask(() => replicas.view(id, query))),
    canonical: () => queue.run(() => ask(() => replicas.canonical(id))),
    drafts: () => queue.run(async () => (await loadDrafts()).length),
    unload: () =>
      queue.run(async () => {
        await saveCache();
        // What is forgotten here is read again from the disk.
        await deps.commit({});
        unsaved.clear();
        await shut();
        judge = null;
        verdicts = new Map();
      }),
    judge: () => queue.run(loadJudge),
    recorded: () =>
      queue.run(async () => {
        const known = await loadJudge();
        return { rows: known.rows(), verdicts: new Map(verdicts), drafts: (await loadDrafts()).map((one) => one.update) };
      }),
  };
}
