/** One document as this device runs it: its judge, its replica, its drafts. All work on one document happens in order. */
import type { CrdtKind } from '@leanvibe/protocol/change';
import type { DocumentId } from '@leanvibe/protocol/ids';
import { createQueue } from '../base/queue.js';
import { ReplicaClosed } from '../doc/host.js';
import type { JournalledDraft } from '../draft/journal.js';
import { type ChangeRow, inspectedRow, structureOf } from '../intake/row.js';
import { verdictText } from '../intake/verdict.js';
import { createDocumentBase } from './document-base.js';
import { createDocumentDisk } from './document-disk.js';
import { causal, createLedger, type Ledger } from './document-ledger.js';
import { CACHE_AFTER_CHANGES, createDocumentReplica } from './document-replica.js';
import { createDocumentCheckpoints } from './document-checkpoints.js';
import { TABLES } from './tables.js';
import type { DocumentDeps } from './document-deps.js';
import type { Arrival, DocumentRuntime, OpenDocument } from './document-runtime.js';

const WAITS_FOR_LINKS = verdictText({ state: 'waiting', reason: 'membership' });

export function createDocument(deps: DocumentDeps, id: DocumentId, kind: CrdtKind): DocumentRuntime {
  const { vault, replicas, space, self } = deps;
  const queue = createQueue();
  const disk = createDocumentDisk(vault, space, id, kind);
  const base = createDocumentBase(vault, deps.checkpoints, space, id);
  const ledger: Ledger = createLedger({ ...deps, disk, base, replica: () => replica }, id);
  const loadJudge = ledger.judge;
  let drafts: JournalledDraft[] | null = null;
  let nextDraft = 0;
  const loadDrafts = async (): Promise<JournalledDraft[]> => {
    if (drafts !== null) return drafts;
    const found = await disk.drafts();
    const last = found.at(-1);
    nextDraft = last === undefined ? 0 : disk.numberOf(last.key) + 1;
    drafts = [...found];
    return drafts;
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
      if (row.device === self && from !== null && known.row(row.id) === null && known.base?.holds(row.id) !== true) deps.cloned();
      const settled = known.add(row);
      judged.push(...settled);
      if (settled.length === 0 || !ledger.verdicts().has(row.id)) unsettled.push(row);
    }
    const fresh = await ledger.settle(known, known.contested() ? causal(known) : [...judged, ...unsettled], bytes);
    if (fresh === null) await ledger.rebuild(known);
    else await replica.take(fresh, payloads);
    if (fresh === null || fresh.length > 0) deps.changed(id);
  };

  const replica = createDocumentReplica(
    { ...deps, replicas, disk, base, judge: loadJudge, drafts: () => loadDrafts(), condemn: ledger.condemn },
    id,
    kind,
  );

  const open: OpenDocument = {
    judge: loadJudge,
    checkpoints: createDocumentCheckpoints({ ...deps, base, ledger }, id, kind),
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
      await deps.commit({ put: [...made.map(disk.draftPut), disk.documentPut(await ledger.applied(), await ledger.tailBytes())] });
      ledger.wrote();
      list.push(...made);
    },
    discard: replica.shut,
    recordsOf: ledger.ownRecords,
    async adopt(row, some) {
      const known = await loadJudge();
      ledger.adopt(row, known);
      const verdict = known.verdict(row.id);
      if (drafts !== null) drafts = drafts.filter((one) => !some.includes(one));
      if (known.contested()) {
        const fresh = await ledger.settle(known, causal(known), new Map());
        if (fresh === null || fresh.length > 0) await ledger.rebuild(known);
      }
      const applied = await ledger.applied();
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
    exists: ledger.written,
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
        // What fell to a removal that itself fell stands again; what waited may have been judged anew when the judge was read from disk.
        const all = known.contested() || [...ledger.verdicts().values()].some((text) => /^(quarantined|waiting)/.test(text));
        const fresh = await ledger.settle(known, all ? causal(known) : judged, new Map());
        if (fresh === null || (fresh.length > 0 && (all || replica.isOpen()))) await ledger.rebuild(known);
        if (fresh === null || fresh.length > 0) deps.changed(id);
        return [...ledger.verdicts().values()].includes(WAITS_FOR_LINKS);
      }),
    view: (query) => queue.run(() => replica.ask(() => replicas.view(id, query))),
    canonical: () => queue.run(() => replica.ask(() => replicas.canonical(id))),
    drafts: () => queue.run(async () => (await loadDrafts()).length),
    unload: () =>
      queue.run(async () => {
        await replica.saveCache(await ledger.applied());
        // What is forgotten here is read again from the disk.
        await deps.commit({});
        replica.forget();
        await replica.shut();
        ledger.forget();
      }),
    judge: () => queue.run(loadJudge),
    provisional: base.provisional,
    tailBytes: () => queue.run(ledger.tailBytes),
    recorded: () =>
      queue.run(async () => {
        const known = await loadJudge();
        const states = await base.states();
        return {
          base: known.base,
          states,
          rows: known.rows(),
          verdicts: new Map(ledger.verdicts()),
          drafts: (await loadDrafts()).map((one) => one.update),
        };
      }),
  };
}
