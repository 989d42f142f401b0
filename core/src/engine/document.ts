/** One document as this device runs it: its judge, its replica, its drafts. All work on one document happens in order. */
import type { CrdtKind } from '@leanvibe/protocol/change';
import type { ChangeId, DeviceId, DocumentId } from '@leanvibe/protocol/ids';
import { createQueue } from '../base/queue.js';
import { ReplicaClosed } from '../doc/host.js';
import type { JournalledDraft } from '../draft/journal.js';
import { createJudge, type Judge } from '../intake/judge.js';
import { type ChangeRow, inspectedRow, structureOf } from '../intake/row.js';
import { verdictText } from '../intake/verdict.js';
import { createDocumentDisk } from './document-disk.js';
import type { Put } from './put-off.js';
import { type AppliedRecord, TABLES } from './tables.js';
import type { Arrival, DocumentDeps, DocumentRuntime, OpenDocument } from './document-runtime.js';

/** Every row, applied ones first and in causal order, so that what is newly applied can be applied in this order. */
function causal(known: Judge): readonly ChangeRow[] {
  return [...known.applied(), ...known.rows()];
}

const CACHE_AFTER_CHANGES = 500;
/** How often a question is put to a worker that ends over it, or over another document. */
const ASK_TRIES = 3;
/** Openings with drafts before they are left out, and openings in all. */
const DRAFT_TRIES = 4;
const OPEN_TRIES = 12;

export function createDocument(deps: DocumentDeps, id: DocumentId, kind: CrdtKind): DocumentRuntime {
  const { vault, replicas, space, self } = deps;
  const queue = createQueue();
  const disk = createDocumentDisk(vault, space, id, kind);
  let judge: Judge | null = null;
  let verdicts = new Map<ChangeId, string>();
  let applied: number | null = null;
  let cachedAt = 0;
  let written = false;
  let drafts: JournalledDraft[] | null = null;
  let nextDraft = 0;
  const blocked = new Set<ChangeId>();
  const suspects = new Set<ChangeId>();
  /** Applied rows whose records may not be on disk yet, by number: a replica opened meanwhile needs them too. */
  const unsaved = new Map<number, AppliedRecord>();

  const loadApplied = async (): Promise<number> => {
    applied ??= await disk.applied();
    return applied;
  };

  const loadJudge = async (): Promise<Judge> => {
    if (judge !== null) return judge;
    const loading = createJudge(deps, id, deps.group(id));
    const stored = new Map<ChangeId, string>();
    await disk.eachRow((row, verdict) => {
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
    const found = await disk.drafts();
    const last = found.at(-1);
    nextDraft = last === undefined ? 0 : disk.numberOf(last.key) + 1;
    drafts = [...found];
    return drafts;
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

  const apply = async (
    arrivals: readonly { readonly id: ChangeId; readonly payload: Uint8Array; readonly author: DeviceId }[],
  ): Promise<void> => {
    if (arrivals.length === 0) return;
    const result = await unlessLost(replicas.apply(id, arrivals));
    if (result === null || result.ok) return;
    const stuck = arrivals[result.error.heldAt];
    await shut();
    if (stuck === undefined) return;
    if (result.error.reason === 'unsettled') {
      // Once may be the fault of what this replica held: only a replay from nothing convicts the change itself.
      if (suspects.has(stuck.id)) return condemn(stuck.id);
      suspects.add(stuck.id);
      return;
    }
    blocked.add(stuck.id);
    deps.held(id, stuck.id);
  };

  /** Applying it showed what inspection could not: it breaks the rules, and does so at every device that applies it. */
  const condemn = async (change: ChangeId): Promise<void> => {
    suspects.delete(change);
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

  const openReplica = async (tries = 0): Promise<void> => {
    if (replicas.isOpen(id)) return;
    const cache = blocked.size + suspects.size > 0 ? null : await disk.cache();
    cachedAt = cache?.applied ?? 0;
    await unlessLost(replicas.open(id, kind, cache?.state ?? null));
    const tail: AppliedRecord[] = [];
    for (const { number, row } of await disk.tail(cachedAt)) {
      tail.push(row);
      unsaved.delete(number);
    }
    for (const [number, row] of unsaved) if (number > cachedAt) tail.push(row);
    const batch: { readonly id: ChangeId; readonly payload: Uint8Array; readonly author: DeviceId }[] = [];
    for (const row of tail) {
      if (!(await passes(row.change))) continue;
      const payload = await deps.payload({ id: row.change, entry: row.entry });
      if (payload !== null) batch.push({ id: row.change, payload, author: row.device });
    }
    await apply(batch);
    // Drafts that no longer fit what was settled since stay drafts; the document is shown without them.
    const own = tries < DRAFT_TRIES ? (await loadDrafts()).map((one) => ({ payload: one.update, author: self })) : [];
    if (replicas.isOpen(id)) await unlessLost(replicas.apply(id, own));
    if (replicas.isOpen(id)) return;
    if (tries >= OPEN_TRIES) throw new ReplicaClosed();
    return openReplica(tries + 1);
  };

  const recordsOf = (row: ChangeRow, verdict: string, index: number | null, bytes: number): readonly Put[] => {
    written = true;
    return disk.rowPuts(row, verdict, index, applied ?? 0, bytes);
  };

  /** Records every row whose verdict changed; answers the rows newly applied, or null when one was lost and the document must be rebuilt. */
  const settle = async (
    known: Judge,
    rows: readonly ChangeRow[],
    bytes: ReadonlyMap<ChangeId, number>,
  ): Promise<readonly ChangeRow[] | null> => {
    const fresh: ChangeRow[] = [];
    let lost = false;
    for (const { id: change } of rows) {
      // A row looked at again has a newer form than the one that was handed in.
      const row = known.row(change);
      const verdict = known.verdict(change);
      if (row === null || verdict === null) continue;
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
    const removes = await disk.rebuilt();
    const puts: Put[] = [];
    applied = 0;
    cachedAt = 0;
    unsaved.clear();
    for (const row of known.applied()) puts.push(...recordsOf(row, 'applied', ++applied, 0));
    deps.later(puts, removes);
    deps.later([disk.documentPut(applied)]);
    await deps.commit({});
  };

  const takeAlone = async (arrivals: readonly Arrival[]): Promise<void> => {
    const known = await loadJudge();
    const payloads = new Map(arrivals.map((one) => [one.row.id, one.payload]));
    const bytes = new Map(arrivals.map((one) => [one.row.id, one.payload.length]));
    const judged: ChangeRow[] = [];
    // What still waited when it came may have been freed by a later arrival, and then stands behind it in `judged`.
    const unsettled: ChangeRow[] = [];
    for (const { row, from } of arrivals) {
      if (row.device === self && from !== null && known.row(row.id) === null) deps.cloned();
      const settled = known.add(row);
      judged.push(...settled);
      if (settled.length === 0 || !verdicts.has(row.id)) unsettled.push(row);
    }
    const fresh = await settle(known, known.contested() ? causal(known) : [...judged, ...unsettled], bytes);
    if (fresh === null) await rebuild(known);
    else if (fresh.length > 0 && replicas.isOpen(id)) {
      const batch: { readonly id: ChangeId; readonly payload: Uint8Array; readonly author: DeviceId }[] = [];
      for (const row of fresh) {
        const payload = (await passes(row.id)) ? (payloads.get(row.id) ?? (await deps.payload(row))) : null;
        if (payload !== null) batch.push({ id: row.id, payload, author: row.device });
      }
      await apply(batch);
      // Convicted now, by a replay from nothing, not when somebody next looks.
      if (suspects.size > 0) await unlessLost(openReplica());
    }
    if (fresh === null || fresh.length > 0) deps.changed(id);
  };

  const saveCache = async (): Promise<void> => {
    const count = await loadApplied();
    if (!replicas.isOpen(id) || blocked.size > 0 || count === cachedAt) return;
    const state = await unlessLost(replicas.save(id));
    if (state === null) return;
    deps.later([disk.cachePut({ applied: count, state })]);
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
      const made = updates.map(
        (update): JournalledDraft => ({ clientId: run.clientId, run: run.run, update, key: disk.draftKey(nextDraft++) }),
      );
      await deps.commit({ put: [...made.map(disk.draftPut), disk.documentPut(await loadApplied())] });
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
