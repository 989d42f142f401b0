/** Checkpoints of one document, alone on it: accepting one, making one, showing one (C35, C36, C38). */
import { sameBytes } from '@leanvibe/protocol/bytes';
import { CRDT_KINDS, type CrdtKind } from '@leanvibe/protocol/change';
import type { CheckpointBody } from '@leanvibe/protocol/checkpoint';
import type { DocumentId, EntryId, Hash } from '@leanvibe/protocol/ids';
import { tablesOf } from '../checkpoint/tables.js';
import { type Covering, coversAll } from '../intake/base.js';
import { cutId, holdsCut } from '../intake/ids.js';
import type { Judge } from '../intake/judge.js';
import type { ChangeRow } from '../intake/row.js';
import type { Batch, RecordKey } from '../ports/store.js';
import { type CompareDeps, createCompare, isRefuted, type Verified } from './document-compare.js';
import type { DocumentDeps } from './document-deps.js';
import type { KnownCheckpoint } from './space-checkpoints.js';

export interface DocumentCheckpoints {
  verify(checkpoint: KnownCheckpoint): Promise<Verified>;
  /** Starts from it from now on: covered rows and their bytes go, in one commit. Only after `verify` said so. */
  accept(checkpoint: KnownCheckpoint, verified: Verified): Promise<boolean>;
  /** Covered by what was accepted: it is of no use any more. */
  isSuperseded(checkpoint: KnownCheckpoint): Promise<boolean>;
  /** Drops checkpoints that are of no use any more. */
  discard(checkpoints: readonly KnownCheckpoint[]): Promise<void>;
  accepted(): Promise<readonly Hash[]>;
  acceptedBytes(): Promise<number>;
  restOf(rows: readonly ChangeRow[]): number;
  tailBytes(): Promise<number>;
  provisional(): KnownCheckpoint | null;
  /** Nothing counts here, but by what is shown provisionally. */
  isEmpty(): Promise<boolean>;
  /** Shows this one for want of anything better, or none. */
  show(checkpoint: KnownCheckpoint | null): Promise<void>;
  /** What a checkpoint over everything applied here says; null when there cannot be one. */
  compose(): Promise<Pick<CheckpointBody, 'crdt' | 'covers' | 'ids' | 'clients' | 'state'> | null>;
  /** C44: somebody's checkpoint is trusted that covers changes of this device unknown here: this store is older than what it wrote. */
  isBehind(): Promise<boolean>;
  /** C38: changes at covered seqs; those that make no difference are covered from now on. Answers the others. */
  tryPast(): Promise<readonly ChangeRow[]>;
}

export interface DocumentCheckpointsDeps extends CompareDeps, Pick<DocumentDeps, 'cloned' | 'commit' | 'changed' | 'self' | 'space'> {}

export function createDocumentCheckpoints(deps: DocumentCheckpointsDeps, id: DocumentId, kind: CrdtKind): DocumentCheckpoints {
  const { base, checkpoints, ledger } = deps;
  const compare = createCompare(deps, id, kind);
  const { read, scratch, states } = compare;

  const entriesOf = async (checkpoint: KnownCheckpoint): Promise<readonly EntryId[]> => [
    checkpoint.entry,
    ...((await checkpoints.body(checkpoint))?.parts ?? []),
  ];

  /** Entries and records of checkpoints that go, with the words about them. */
  const dropping = async (
    gone: readonly KnownCheckpoint[],
  ): Promise<{ readonly entries: readonly EntryId[]; readonly records: readonly RecordKey[] }> => {
    const entries: EntryId[] = [];
    const records: RecordKey[] = [];
    for (const one of gone) {
      entries.push(...(await entriesOf(one)));
      const dropped = checkpoints.drop(one);
      entries.push(...dropped.words);
      records.push(...dropped.records);
    }
    return { entries, records };
  };
  const lacksOwn = (judge: Judge, { covers }: Pick<KnownCheckpoint, 'covers'>): boolean =>
    covers.some(({ device, changeId }) => device === deps.self && judge.row(changeId) === null && judge.base?.holds(changeId) !== true);
  const pruneOf = (entries: readonly EntryId[]): NonNullable<Batch['prune']> =>
    [...new Set(entries)].map((entryId) => ({ space: deps.space, entryId }));

  const accept: DocumentCheckpoints['accept'] = async (checkpoint, verified) => {
    const stored = await checkpoints.body(checkpoint);
    const own = await read(verified.rows);
    if (stored === null || own === null) return false;
    const record = await base.record();
    const known = new Map(checkpoints.of(id).map((one) => [one.id, one]));
    const superseded = record.accepted.flatMap(({ checkpoint: other }) => {
      const one = known.get(other);
      return one !== undefined && one.id !== checkpoint.id && coversAll(stored.body, one) ? [one] : [];
    });
    base.show(null);
    const judge = await ledger.without();
    const behind = lacksOwn(judge, stored.body);
    const gone = judge.rows().filter((row) => holdsCut(stored.body.ids, cutId(row.id)));
    const replayed = new Set(verified.rows.map((row) => row.id));
    const unread = gone.filter((row) => !replayed.has(row.id)).map((row) => row.entry);
    const { entries, records } = await dropping(superseded);
    const next = {
      accepted: [
        ...record.accepted.filter((one) => !superseded.some((other) => other.id === one.checkpoint)),
        { checkpoint: checkpoint.id, entry: checkpoint.entry },
      ],
      also: record.also,
      kept: [...new Set(unread)].sort(),
    };
    // First, or a crash between would have this image number on: what it lacks is covered then.
    if (behind) deps.cloned();
    // Entries kept since the last checkpoint was accepted are covered twice by now.
    await ledger.reseat(next, { prune: pruneOf([...own.entries, ...entries, ...record.kept]), remove: records }, gone);
    deps.changed(id);
    return true;
  };

  return {
    verify: compare.verify,
    accept,
    async isSuperseded(checkpoint) {
      const accepted: readonly Covering[] = await base.accepted();
      return accepted.some((one) => coversAll(one, checkpoint));
    },
    async discard(gone) {
      const { entries, records } = await dropping(gone);
      await deps.commit({ prune: pruneOf(entries), remove: records });
    },
    accepted: async () => (await base.record()).accepted.map((one) => one.checkpoint),
    restOf: ledger.restOf,
    tailBytes: ledger.tailBytes,
    acceptedBytes: base.bytes,
    provisional: base.provisional,
    isEmpty: async () => (await base.record()).accepted.length === 0 && (await ledger.without()).sound().length === 0,
    async show(checkpoint) {
      if (!base.show(checkpoint)) return;
      await ledger.refound();
      deps.changed(id);
    },
    async compose() {
      if (base.provisional() !== null) return null;
      const judge = await ledger.judge();
      const tables = tablesOf(judge, await base.accepted());
      const own = tables === null ? null : await read(judge.applied());
      if (tables === null || own === null) return null;
      const played = await scratch.play(kind, [...(await states()), ...own.pieces]);
      return 'failed' in played ? null : { ...tables, crdt: CRDT_KINDS[kind], state: played.state };
    },
    async isBehind() {
      const judge = await ledger.without();
      // One that its own replay refutes is never accepted, whoever vouches for it: it must not stop anybody.
      for (const one of checkpoints.of(id))
        if (lacksOwn(judge, one) && checkpoints.standing(one) === 'trusted' && !isRefuted((await compare.verify(one)).word)) return true;
      return false;
    },
    async tryPast() {
      const judge = await ledger.judge();
      const from = judge.base;
      if (from === null || from.provisional) return [];
      const past = judge.rows().filter((row) => judge.isPast(row));
      const same: ChangeRow[] = [];
      for (const row of past) {
        const [own, state] = [await read([row]), await states()];
        const before = await scratch.play(kind, state);
        const after = own === null ? null : await scratch.play(kind, [...state, ...own.pieces]);
        if (after !== null && !('failed' in before) && !('failed' in after) && sameBytes(before.canonical, after.canonical)) same.push(row);
      }
      if (same.length > 0) {
        const record = await base.record();
        const also = [...new Set([...record.also, ...same.map((row) => row.id)])].sort();
        const kept = [...new Set([...record.kept, ...same.map((row) => row.entry)])].sort();
        await ledger.reseat({ ...record, also, kept }, {}, same);
      }
      return past.filter((row) => !same.includes(row));
    },
  };
}
