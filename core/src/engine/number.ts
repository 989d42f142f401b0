/** Numbering (C17, C18): turns a document's drafts into signed, sealed, stored changes, one for each run of client ids. */
import { type ChangeBody, CRDT_KINDS, type CrdtKind } from '@leanvibe/protocol/change';
import { type ChangeId, type EntryId, type LinkId, makeId, type SpaceId } from '@leanvibe/protocol/ids';
import { DEPENDENCIES_MAX } from '@leanvibe/protocol/limits';
import { assert } from '../base/result.js';
import type { Crdt, Replicas } from '../doc/crdt.js';
import { sealChange, signChange } from '../draft/change.js';
import type { JournalledDraft } from '../draft/journal.js';
import type { Judge } from '../intake/judge.js';
import { claimHolds, FOREIGN_ID_END } from '../intake/clientid.js';
import { type ChangeRow, rowOf } from '../intake/row.js';
import type { Crypto } from '../ports/crypto.js';
import type { Batch, NewEntry } from '../ports/store.js';
import type { DocumentRuntime, OpenDocument, Run } from './document-runtime.js';
import type { Identity } from './identity.js';
import type { Standing } from './right.js';
import { TABLES } from './tables.js';

export interface NumberDeps {
  readonly crypto: Crypto;
  readonly replicas: Replicas;
  /** What was made here is inspected here: it needs no worker and no budget. */
  readonly crdt: (kind: CrdtKind) => Crdt<unknown> | null;
  readonly identity: Identity;
  readonly space: SpaceId;
  readonly commit: (batch: Batch) => Promise<unknown>;
  /** Intake need not look at this entry: it is taken account of here. */
  readonly note: (entry: EntryId) => void;
}

/** Heads of other chains that changed since the author's own previous change. */
export function dependenciesOf(judge: Judge, own: LinkId, previous: ChangeId | null): readonly ChangeId[] {
  const dependencies: ChangeId[] = [];
  for (const [chain, tips] of judge.tips()) {
    for (const tip of tips) {
      // A device that holds the covered changes themselves must find named what this stands on.
      if (tip === previous || (previous !== null && !judge.unnamed(own, tip) && judge.covers(previous, tip))) continue;
      if (chain !== own || tip !== previous) dependencies.push(tip);
    }
  }
  return dependencies.sort().slice(0, DEPENDENCIES_MAX);
}

/** A change holds 16 MiB; its body is a little more than its payload. */
const MERGED_BYTES_MAX = 15 * 1024 * 1024;

export interface Numbered {
  readonly run: Run;
  readonly payload: Uint8Array;
  /** The drafts it replaces; empty for an edit that was never journalled. */
  readonly drafts: readonly JournalledDraft[];
}

/** A row is judged before its entry is sealed. */
const NO_ENTRY = makeId<EntryId>(new Uint8Array(32));

/** Writes changes, each on top of the one before; one commit, durable when it resolves. False, with nothing written, when nobody could accept them. */
export async function numberAll(
  deps: NumberDeps,
  document: DocumentRuntime,
  open: OpenDocument,
  standing: Standing,
  all: readonly Numbered[],
): Promise<boolean> {
  const { crypto, identity, space } = deps;
  const judge = await open.judge();
  // Nobody vouched for what these words were typed on: they stay drafts until somebody does (C36).
  if (judge.base?.provisional === true) return false;
  // The next number of this chain is known once that checkpoint is accepted.
  if (await open.checkpoints.isBehind()) return false;
  const tip = (judge.tips().get(standing.addedBy) ?? []).toSorted()[0] ?? null;
  const heads = dependenciesOf(judge, standing.addedBy, tip);
  const adopted = adoptedBy(deps, document, judge, { previous: tip, dependencies: heads }, all);
  if (adopted === null || adopted.length > DEPENDENCIES_MAX) return false;
  const dependencies = [...new Set([...adopted, ...heads])].slice(0, DEPENDENCIES_MAX).sort();
  const closure = { previous: tip, dependencies, addedBy: standing.addedBy };
  const entries: NewEntry[] = [];
  const rows: ChangeRow[] = [];
  for (const made of all) {
    const last = rows.at(-1);
    const previous = last?.id ?? tip;
    const inspected = deps.crdt(document.kind)?.inspect(made.payload);
    assert(inspected?.ok === true, 'a payload of our own that is not sound');
    const isNew = (clientId: number): boolean =>
      !judge.claimed(clientId, closure) && !rows.some((row) => row.claims.some((claim) => claim.clientId === clientId));
    const foreign = inspected.value.writes.map((span) => span.clientId).filter((clientId) => clientId < FOREIGN_ID_END && isNew(clientId));
    const body: ChangeBody = {
      space,
      document: document.id,
      device: identity.device,
      addedBy: standing.addedBy,
      seq: last !== undefined ? last.seq + 1 : previous === null ? 1 : (judge.row(previous)?.seq ?? 0) + 1,
      previous,
      dependencies: last !== undefined ? [] : dependencies,
      authHeads: standing.authHeads,
      crdt: CRDT_KINDS[document.kind],
      claims: [
        ...(isNew(made.run.clientId) ? [{ clientId: made.run.clientId, run: made.run.run }] : []),
        ...foreign.map((clientId) => ({ clientId, run: null })),
      ],
      payload: made.payload,
      token: made.run.token,
    };
    const signed = signChange(crypto, identity.signing, body);
    if (last === undefined && judge.wouldBe(rowOf(signed.change, NO_ENTRY, inspected)).state !== 'applied') return false;
    const sealed = sealChange(standing.sealer, signed);
    rows.push(rowOf(signed.change, sealed.entry.entryId, inspected));
    for (const one of [...sealed.parts, sealed.entry])
      entries.push({ space, lane: 2, entryId: one.entryId, sealed: one.bytes, from: null });
  }
  for (const entry of entries) deps.note(entry.entryId);
  const put = open.recordsOf(rows.map((row, at) => ({ row, bytes: all[at]?.payload.length ?? 0 })));
  const drafts = all.flatMap((made) => made.drafts.map((draft) => ({ table: TABLES.draft, key: draft.key })));
  // What is adopted changes verdicts of old rows: should the program end here, the next start judges all of them anew.
  const anew = adopted.length === 0 ? [] : [{ table: TABLES.intake, key: `${space}/contest` }];
  await deps.commit({ entries, put, remove: [...drafts, ...anew] });
  for (const [at, row] of rows.entries())
    assert((await open.adopt(row, all[at]?.drafts ?? [])) === 'applied', 'a change of our own that our own judge does not apply');
  return true;
}

/**
 * C9: changes quarantined since these words were typed on top of them. Standing on them by name adopts them, as it does when somebody
 * else's change stands on them. Null when the words refer to something nobody here wrote.
 */
function adoptedBy(
  deps: NumberDeps,
  document: DocumentRuntime,
  judge: Judge,
  parents: { readonly previous: ChangeId | null; readonly dependencies: readonly ChangeId[] },
  all: readonly Numbered[],
): readonly ChangeId[] | null {
  if (!judge.contested()) return [];
  const own = new Set(all.map((made) => made.run.clientId));
  const reads = all.flatMap((made) => {
    const inspected = deps.crdt(document.kind)?.inspect(made.payload);
    return inspected?.ok === true ? inspected.value.reads.filter((read) => !own.has(read.clientId)) : [];
  });
  return judge.beyond({ ...parents, dependencies: [...parents.dependencies] }, reads);
}

/** Numbers all drafts of a document; true when there were any. */
export async function numberDrafts(deps: NumberDeps, document: DocumentRuntime, open: OpenDocument, standing: Standing): Promise<boolean> {
  const drafts = await open.drafts();
  let numbered = 0;
  for (const all of byClient(drafts)) {
    // Written under an earlier admission of this device: no chain of today may claim their id, so they stay drafts, shown here.
    if (!all.every((draft) => claimHolds(deps.crypto, standing.addedBy, document.id, draft))) continue;
    const group = await newOnly(deps, document, open, standing, all);
    for (const made of await merged(deps, document, open, group)) {
      // What nobody could accept stays a draft.
      if (await numberAll(deps, document, open, standing, [made])) numbered += made.drafts.length;
      else break;
    }
  }
  return numbered > 0;
}

/** One change for all drafts, or as few as the limits of a change allow (C19): each draft by itself is within them. */
async function merged(
  deps: NumberDeps,
  document: DocumentRuntime,
  open: OpenDocument,
  group: readonly JournalledDraft[],
): Promise<readonly Numbered[]> {
  const first = group[0];
  if (first === undefined) return [];
  const run = { clientId: first.clientId, run: first.run, token: first.token };
  if (group.length === 1) return [{ run, payload: first.update, drafts: group }];
  const payload = await open
    .merge(
      first.clientId,
      group.map((draft) => draft.update),
    )
    .catch((error: unknown) => {
      // A merge past a limit of its own kind cannot even be written.
      if (error instanceof RangeError) return null;
      throw error;
    });
  if (payload !== null && payload.length <= MERGED_BYTES_MAX && deps.crdt(document.kind)?.inspect(payload).ok === true)
    return [{ run, payload, drafts: group }];
  const half = Math.ceil(group.length / 2);
  return [...(await merged(deps, document, open, group.slice(0, half))), ...(await merged(deps, document, open, group.slice(half)))];
}

/**
 * A journal restored from an older image holds drafts that were numbered since and came back as changes (C44): their clocks lie below
 * the end of their client id in this chain. They are forgotten; what is left starts exactly there.
 */
async function newOnly(
  deps: NumberDeps,
  document: DocumentRuntime,
  open: OpenDocument,
  standing: Standing,
  drafts: readonly JournalledDraft[],
): Promise<readonly JournalledDraft[]> {
  const judge = await open.judge();
  const clientId = drafts[0]?.clientId ?? 0;
  if (judge.owner(clientId) !== standing.addedBy) return drafts;
  const end = judge.clockEnd(clientId);
  const old: JournalledDraft[] = [];
  for (const draft of drafts) {
    const inspected = deps.crdt(document.kind)?.inspect(draft.update);
    const span = inspected?.ok === true ? inspected.value.writes.find((one) => one.clientId === clientId) : undefined;
    if (span === undefined || span.clockEnd > end) break;
    old.push(draft);
  }
  if (old.length > 0) await open.forget(old);
  return drafts.slice(old.length);
}

/** Consecutive drafts of one client id; drafts of an earlier run of the program come first. */
function byClient(drafts: readonly JournalledDraft[]): readonly (readonly JournalledDraft[])[] {
  const groups: JournalledDraft[][] = [];
  for (const draft of drafts) {
    const last = groups.at(-1);
    if (last?.[0]?.clientId === draft.clientId) last.push(draft);
    else groups.push([draft]);
  }
  return groups;
}
