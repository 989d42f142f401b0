/** One document as this device runs it: its judge, its replica, its drafts. All work on one document happens in order. */
import type { CrdtKind } from '@leanvibe/protocol/change';
import type { ChangeId, DocumentId } from '@leanvibe/protocol/ids';
import { createQueue } from '../base/queue.js';
import { ReplicaClosed } from '../doc/host.js';
import type { JournalledDraft } from '../draft/journal.js';
import { createJudge, type Judge } from '../intake/judge.js';
import { type ChangeRow, inspectedRow, structureOf } from '../intake/row.js';
import { verdictText } from '../intake/verdict.js';
import { createDocumentDisk } from './document-disk.js';
import { createDocumentReplica } from './document-replica.js';
import type { Put } from './put-off.js';
import { TABLES } from './tables.js';
import type { Arrival, DocumentDeps, DocumentRuntime, OpenDocument } from './document-runtime.js';

/** Every row, applied ones first and in causal order, so that what is newly applied can be applied in this order. */
function causal(known: Judge): readonly ChangeRow[] {
  return [...known.applied(), ...known.rows()];
}

/** A row with its verdict and, once applied, its number among applied rows. */
interface Recorded {
  readonly row: ChangeRow;
  readonly verdict: string;
  readonly number: number | null;
  readonly bytes: number;
}

const CACHE_AFTER_CHANGES = 500;
export function createDocument(deps: DocumentDeps, id: DocumentId, kind: CrdtKind): DocumentRuntime {
  const { vault, replicas, space, self } = deps;
  const queue = createQueue();
  const disk = createDocumentDisk(vault, space, id, kind);
  let judge: Judge | null = null;
  let verdicts = new Map<ChangeId, string>();
  let applied: number | null = null;
  let written = false;
  let drafts: JournalledDraft[] | null = null;
  let nextDraft = 0;
  const loadApplied = async (): Promise<number> => (applied ??= await disk.applied());

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

  /** Applying it showed what inspection could not: it breaks the rules, and does so at every device that applies it. */
  const condemn = async (change: ChangeId): Promise<void> => {
    const row = (await loadJudge()).row(change);
    if (row === null) return;
    await deps.commit({
      put: recordsOf([{ row: inspectedRow(row, { ok: false, error: 'malformed' }), verdict: 'condemned', number: null, bytes: 0 }]),
    });
    judge = null;
    const known = await loadJudge();
    await settle(known, causal(known), new Map());
    await rebuild(known);
  };

  /** Records of rows, with the count of applied ones after them. */
  const recordsOf = (rows: readonly Recorded[]): readonly Put[] => {
    written = true;
    const count = rows.findLast((one) => one.number !== null)?.number ?? applied ?? 0;
    return [...rows.flatMap(({ row, verdict, number, bytes }) => disk.rowPuts(row, verdict, number, bytes)), disk.documentPut(count)];
  };

  /** Records every row whose verdict changed; answers the rows newly applied, or null when one was lost and the document must be rebuilt. */
  const settle = async (
    known: Judge,
    rows: readonly ChangeRow[],
    bytes: ReadonlyMap<ChangeId, number>,
  ): Promise<readonly ChangeRow[] | null> => {
    const fresh: ChangeRow[] = [];
    const records: Recorded[] = [];
    let lost = false;
    for (const { id: change } of rows) {
      await deps.clock.turn();
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
      deps.judged(id, row, verdict);
      if (verdict.state === 'applied') {
        applied = (applied ?? 0) + 1;
        replica.numbered(applied, { change: row.id, entry: row.entry, device: row.device });
      }
      records.push({ row, verdict: text, number: verdict.state === 'applied' ? applied : null, bytes: bytes.get(row.id) ?? 0 });
    }
    if (records.length > 0) deps.later(recordsOf(records));
    return lost ? null : fresh;
  };

  /** Forgets what was applied and writes it anew from the verdicts (C10); the replica opens again from nothing. */
  const rebuild = async (known: Judge): Promise<void> => {
    await replica.rebuilt();
    const removes = await disk.rebuilt();
    const rows = known.applied().map((row, at): Recorded => ({ row, verdict: 'applied', number: at + 1, bytes: 0 }));
    applied = rows.length;
    deps.later(recordsOf(rows), removes);
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
      await deps.clock.turn();
      if (row.device === self && from !== null && known.row(row.id) === null) deps.cloned();
      const settled = known.add(row);
      judged.push(...settled);
      if (settled.length === 0 || !verdicts.has(row.id)) unsettled.push(row);
    }
    const fresh = await settle(known, known.contested() ? causal(known) : [...judged, ...unsettled], bytes);
    if (fresh === null) await rebuild(known);
    else await replica.take(fresh, payloads);
    if (fresh === null || fresh.length > 0) deps.changed(id);
  };

  const replica = createDocumentReplica(
    { ...deps, replicas, disk, judge: () => loadJudge(), drafts: () => loadDrafts(), condemn: (change) => condemn(change) },
    id,
    kind,
  );

  const open: OpenDocument = {
    judge: loadJudge,
    drafts: loadDrafts,
    async edit(run, commands) {
      return replica.ask(async () => {
        const done = await Promise.allSettled(commands.map((command) => replicas.edit(id, run.clientId, self, command)));
        const lost = done.find((one) => one.status === 'rejected' && one.reason instanceof ReplicaClosed);
        if (lost?.status === 'rejected' && done.every((one) => one.status === 'rejected')) throw lost.reason;
        return done;
      });
    },
    async fits() {
      await replica.open();
      return replica.fits();
    },
    merge: (clientId, updates) => replica.ask(() => replicas.merge(id, clientId, updates)),
    async keep(run, updates) {
      const list = await loadDrafts();
      const made = updates.map(
        (update): JournalledDraft => ({ clientId: run.clientId, run: run.run, token: run.token, update, key: disk.draftKey(nextDraft++) }),
      );
      await deps.commit({ put: [...made.map(disk.draftPut), disk.documentPut(await loadApplied())] });
      written = true;
      list.push(...made);
    },
    discard: replica.shut,
    recordsOf: (rows) => recordsOf(rows.map(({ row, bytes }, at) => ({ row, verdict: 'applied', number: (applied ?? 0) + at + 1, bytes }))),
    async adopt(row, some) {
      const known = await loadJudge();
      applied = (applied ?? 0) + 1;
      known.add(row);
      const verdict = known.verdict(row.id);
      verdicts.set(row.id, 'applied');
      if (drafts !== null) drafts = drafts.filter((one) => !some.includes(one));
      if (known.contested()) {
        const fresh = await settle(known, causal(known), new Map());
        if (fresh === null || fresh.length > 0) await rebuild(known);
      }
      if (applied - replica.cachedAt() >= CACHE_AFTER_CHANGES) await replica.saveCache(applied);
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
        // The replica refused to take some in time; let it try again from the start.
        await replica.unblock();
        return arrivals.length < held.length;
      }),
    regroup: () =>
      queue.run(async () => {
        const known = await loadJudge();
        const judged = known.regroup(deps.group(id));
        // What fell to a removal that itself fell stands again, below what was applied before; nothing is contested any more then.
        const all = known.contested() || [...verdicts.values()].some((text) => text.startsWith('quarantined'));
        const fresh = await settle(known, all ? causal(known) : judged, new Map());
        if (fresh === null || (fresh.length > 0 && (all || replica.isOpen()))) await rebuild(known);
        if (fresh === null || fresh.length > 0) deps.changed(id);
      }),
    view: (query) => queue.run(() => replica.ask(() => replicas.view(id, query))),
    canonical: () => queue.run(() => replica.ask(() => replicas.canonical(id))),
    drafts: () => queue.run(async () => (await loadDrafts()).length),
    unload: () =>
      queue.run(async () => {
        await replica.saveCache(await loadApplied());
        // What is forgotten here is read again from the disk.
        await deps.commit({});
        replica.forget();
        await replica.shut();
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
