/** What one document's changes came to: the judge, the verdicts on record, and the numbers of what was applied. */
import type { ChangeId, DocumentId, EntryId } from '@leanvibe/protocol/ids';
import { restBytes } from '../checkpoint/turn.js';
import { createJudge, type Judge } from '../intake/judge.js';
import { type ChangeRow, inspectedRow } from '../intake/row.js';
import { type Verdict, verdictText } from '../intake/verdict.js';
import type { Batch } from '../ports/store.js';
import type { DocumentBase } from './document-base.js';
import type { DocumentDisk } from './document-disk.js';
import type { DocumentReplica } from './document-replica.js';
import type { DocumentDeps } from './document-deps.js';
import type { Put } from './put-off.js';
import type { BaseRecord } from './tables.js';

/** A row with its verdict and, once applied, its number among applied rows. */
interface Recorded {
  readonly row: ChangeRow;
  readonly verdict: string;
  readonly number: number | null;
  readonly bytes: number;
}

export interface LedgerDeps
  extends Pick<DocumentDeps, 'clock' | 'hashing' | 'crdt' | 'adoption' | 'group' | 'commit' | 'later' | 'judged'> {
  readonly disk: DocumentDisk;
  readonly base: DocumentBase;
  readonly replica: () => DocumentReplica;
}

export interface Ledger {
  judge(): Promise<Judge>;
  /** The same, without what is shown provisionally. */
  without(): Promise<Judge>;
  /** The judge is read again from the disk when next asked for. */
  forget(): void;
  verdicts(): ReadonlyMap<ChangeId, string>;
  applied(): Promise<number>;
  /** What the changes applied since the last checkpoint take at rest, in bytes. */
  tailBytes(): Promise<number>;
  restOf(rows: readonly ChangeRow[]): number;
  /** Something was written in this run. */
  written(): boolean;
  wrote(): void;
  /** Records of rows of our own, each on top of the one before. */
  ownRecords(rows: readonly { readonly row: ChangeRow; readonly bytes: number }[]): readonly Put[];
  /** A row of our own is on disk. */
  adopt(row: ChangeRow, known: Judge): void;
  /** Records every row whose verdict changed; answers the rows newly applied, or null when one was lost and the document must be rebuilt. */
  settle(known: Judge, rows: readonly ChangeRow[], bytes: ReadonlyMap<ChangeId, number>): Promise<readonly ChangeRow[] | null>;
  /** Forgets what was applied and writes it anew from the verdicts (C10). */
  rebuild(known: Judge): Promise<void>;
  /** Applying it showed what inspection could not: it breaks the rules, and does so at every device that applies it. */
  condemn(change: ChangeId): Promise<void>;
  /** Another checkpoint is shown, or none any more: everything is judged anew on what is here now. */
  refound(): Promise<void>;
  /** Another base: judges every row but those `gone` anew and writes all of it, with `batch`, in one commit. */
  reseat(next: BaseRecord, batch: Pick<Batch, 'prune' | 'remove'>, gone: readonly ChangeRow[]): Promise<void>;
}

/** Every row, applied ones first and in causal order, so that what is newly applied can be applied in this order. */
export function causal(known: Judge): readonly ChangeRow[] {
  return [...known.applied(), ...known.rows()];
}

const textOf = (verdict: Verdict | null): string => (verdict === null ? 'none' : verdictText(verdict));

export function createLedger(deps: LedgerDeps, id: DocumentId): Ledger {
  const { disk } = deps;
  let judge: Judge | null = null;
  let verdicts = new Map<ChangeId, string>();
  let sizes = new Map<ChangeId, number>();
  let applied: number | null = null;
  let tail = 0;
  let written = false;

  const loadApplied = async (): Promise<number> => {
    if (applied !== null) return applied;
    const stored = await disk.applied();
    tail = stored.bytes;
    applied ??= stored.applied;
    return applied;
  };
  const sizeOf = (change: ChangeId): number => sizes.get(change) ?? 0;
  const restOf = (row: ChangeRow): number => restBytes(sizeOf(row.id));
  const tailOf = (known: Judge): number => known.applied().reduce((sum, row) => sum + restOf(row), 0);

  const load = async (): Promise<Judge> => {
    if (judge !== null) return judge;
    const loading = createJudge(deps, id, deps.group(id), await deps.base.base());
    const stored = new Map<ChangeId, string>();
    const lengths = new Map<ChangeId, number>();
    await disk.eachRow((row, verdict, bytes) => {
      stored.set(row.id, verdict);
      lengths.set(row.id, bytes);
      loading.add(row);
    });
    await loadApplied();
    [verdicts, sizes] = [stored, lengths];
    tail = tailOf(loading);
    judge = loading;
    return loading;
  };

  /** Records of rows, with the count of applied ones after them. */
  const recordsOf = (rows: readonly Recorded[]): readonly Put[] => {
    written = true;
    const count = rows.findLast((one) => one.number !== null)?.number ?? applied ?? 0;
    return [...rows.flatMap(({ row, verdict, number, bytes }) => disk.rowPuts(row, verdict, number, bytes)), disk.documentPut(count, tail)];
  };

  const appliedRecords = (known: Judge): readonly Recorded[] =>
    known.applied().map((row, at): Recorded => ({ row, verdict: 'applied', number: at + 1, bytes: sizeOf(row.id) }));

  const settle: Ledger['settle'] = async (known, rows, bytes) => {
    const fresh: ChangeRow[] = [];
    const records: Recorded[] = [];
    const kept: EntryId[] = [];
    let lost = false;
    for (const { id: change } of rows) {
      await deps.clock.turn();
      // A row looked at again has a newer form than the one that was handed in.
      const [row, verdict] = [known.row(change), known.verdict(change)];
      if (row === null || verdict === null) continue;
      const text = verdictText(verdict);
      const before = verdicts.get(row.id);
      const needsRow = verdict.state !== 'covered' || known.base?.provisional === true;
      if (before === text) {
        // Looked at again, with the same end for now: what was found is written down, or it would be held once more when read from disk.
        const again = bytes.has(row.id) && needsRow && verdict.state !== 'applied';
        if (again) records.push({ row, verdict: text, number: null, bytes: sizeOf(row.id) });
        continue;
      }
      verdicts.set(row.id, text);
      sizes.set(row.id, bytes.get(row.id) ?? sizeOf(row.id));
      if (verdict.state === 'applied') fresh.push(row);
      else if (before === 'applied') lost = true;
      deps.judged(id, row, verdict);
      if (verdict.state === 'applied') {
        applied = (applied ?? 0) + 1;
        tail += restOf(row);
        deps.replica().numbered(applied, { change: row.id, entry: row.entry, device: row.device });
      }
      // What an accepted checkpoint covers needs no row: its effects are in the state.
      if (!needsRow) kept.push(row.entry);
      else records.push({ row, verdict: text, number: verdict.state === 'applied' ? applied : null, bytes: sizeOf(row.id) });
    }
    if (kept.length > 0) deps.later([await deps.base.keep(kept)]);
    if (records.length > 0) deps.later(recordsOf(records));
    return lost ? null : fresh;
  };

  const rebuild = async (known: Judge): Promise<void> => {
    await deps.replica().rebuilt();
    const rows = appliedRecords(known);
    // Numbers beyond these may be on disk or still be put off: they go in the one commit that says why.
    const removes = [...(await disk.rebuilt()), ...disk.appliedKeys(rows.length + 1, await loadApplied())];
    [applied, tail] = [rows.length, tailOf(known)];
    deps.later(recordsOf(rows), removes);
    await deps.commit({});
  };

  return {
    judge: load,
    async without() {
      const now = await load();
      if (now.base?.provisional !== true) return now;
      const known = createJudge(deps, id, deps.group(id), await deps.base.base(false));
      for (const row of now.rows()) known.add(row);
      return known;
    },
    forget() {
      judge = null;
      verdicts = new Map();
    },
    verdicts: () => verdicts,
    applied: loadApplied,
    async tailBytes() {
      await loadApplied();
      return tail;
    },
    restOf: (rows) => rows.reduce((sum, row) => sum + restOf(row), 0),
    written: () => written,
    wrote() {
      written = true;
    },
    ownRecords(rows) {
      for (const { row, bytes } of rows) sizes.set(row.id, bytes);
      return recordsOf(rows.map(({ row, bytes }, at) => ({ row, verdict: 'applied', number: (applied ?? 0) + at + 1, bytes })));
    },
    adopt(row, known) {
      applied = (applied ?? 0) + 1;
      tail += restOf(row);
      known.add(row);
      verdicts.set(row.id, 'applied');
    },
    settle,
    rebuild,
    async condemn(change) {
      const row = (await load()).row(change);
      if (row === null) return;
      const malformed = inspectedRow(row, { ok: false, error: 'malformed' });
      await deps.commit({ put: recordsOf([{ row: malformed, verdict: 'condemned', number: null, bytes: 0 }]) });
      judge = null;
      const known = await load();
      await settle(known, causal(known), new Map());
      await rebuild(known);
    },
    async refound() {
      judge = null;
      const known = await load();
      await settle(known, causal(known), new Map());
      await rebuild(known);
    },
    async reseat(next, batch, gone) {
      // What was put off must not be written over what is written here.
      await deps.commit({});
      const old = await load();
      const forgotten = new Set(gone.map((row) => row.id));
      deps.base.take(next);
      try {
        const known = createJudge(deps, id, deps.group(id), await deps.base.base());
        for (const row of old.rows()) if (!forgotten.has(row.id)) known.add(row);
        const texts = new Map(known.rows().map(({ id: change }) => [change, textOf(known.verdict(change))]));
        const rows = appliedRecords(known);
        const others = known.rows().filter((row) => texts.get(row.id) !== 'applied');
        // What waits for something else now is looked at again when that comes, and noted in this very commit.
        for (const row of others) {
          const verdict = known.verdict(row.id);
          if (verdict !== null && verdicts.get(row.id) !== texts.get(row.id)) deps.judged(id, row, verdict);
        }
        const removes = [...(await disk.rebuilt()), ...gone.map((row) => disk.rowKey(row.id))];
        [applied, tail] = [rows.length, tailOf(known)];
        const put = [
          ...recordsOf([...others.map((row) => ({ row, verdict: texts.get(row.id) ?? '', number: null, bytes: sizeOf(row.id) })), ...rows]),
          deps.base.put(next),
        ];
        await deps.commit({ ...batch, put, remove: [...removes, ...(batch.remove ?? [])] });
        [judge, verdicts] = [known, texts];
        await deps.replica().rebuilt();
      } catch (error) {
        // Nothing of it is on disk.
        deps.base.forget();
        [judge, applied] = [null, null];
        throw error;
      }
    },
  };
}
