/** Comparing a checkpoint with what this device holds of what it covers (C36): by tables, then by replay. */
import { sameBytes } from '@leanvibe/protocol/bytes';
import { CRDT_KINDS, type CrdtKind } from '@leanvibe/protocol/change';
import type { CheckpointBody } from '@leanvibe/protocol/checkpoint';
import type { DocumentId, EntryId, Hash } from '@leanvibe/protocol/ids';
import { agreesWithRows, agreesWithState, clientsOf, coveredRows, type Extent, extentOf, type Holding } from '../checkpoint/tables.js';
import type { Judge } from '../intake/judge.js';
import { type ChangeRow, structureOf } from '../intake/row.js';
import type { DocumentBase } from './document-base.js';
import type { Ledger } from './document-ledger.js';
import type { DocumentDeps } from './document-deps.js';
import type { StoredPayload } from './payload.js';
import { createScratch, type Piece, type Scratch } from './scratch.js';
import type { KnownCheckpoint } from './space-checkpoints.js';

/**
 * `agrees`: everything it covers is held here and gives its state, byte for byte. `beside`: everything is here, some of it in checkpoints that cover more, and its
 * state says nothing else. `includes`: what is held of it is in its state. `cold`: nothing is held.
 * `differs`: what is held contradicts it. `unsound`: it contradicts itself. `later`: nothing can be said now.
 */
/** Its own replay has nothing against it. */
export function isAcceptable(word: Verified['word']): boolean {
  return word === 'agrees' || word === 'beside' || word === 'includes' || word === 'cold';
}

/** Nobody here will ever accept it. */
export function isRefuted(word: Verified['word']): boolean {
  return word === 'differs' || word === 'unsound';
}

export interface Verified {
  readonly word: 'agrees' | 'beside' | 'includes' | 'cold' | 'differs' | 'unsound' | 'later';
  /** Covered rows held here, as far as they passed C8. */
  readonly rows: readonly ChangeRow[];
  /** All of them count here now, so that this device may vouch for what it says. */
  readonly stands: boolean;
}

export interface CompareDeps extends Pick<DocumentDeps, 'hashing' | 'checkpoints' | 'stored' | 'replicas'> {
  readonly base: DocumentBase;
  readonly ledger: Ledger;
}

/** Payloads of rows in their order, and all entries that hold them. */
interface Read {
  readonly pieces: readonly Piece[];
  readonly entries: readonly EntryId[];
}

export interface Compare {
  readonly scratch: Scratch;
  /** Null when bytes of one row are missing. */
  read(rows: readonly ChangeRow[]): Promise<Read | null>;
  /** Of accepted checkpoints. */
  states(): Promise<readonly Piece[]>;
  verify(checkpoint: KnownCheckpoint): Promise<Verified>;
}

export function createCompare(deps: CompareDeps, id: DocumentId, kind: CrdtKind): Compare {
  const { base, checkpoints, ledger, replicas } = deps;
  const scratch = createScratch(deps.hashing, replicas, id);

  /** What was found before: comparing is work, and its answer changes only with what is held. */
  const verifieds = new Map<Hash, { readonly ids: Uint8Array; readonly from: string; readonly verified: Verified }>();
  const standsAll = (judge: Judge, rows: readonly ChangeRow[]): boolean =>
    rows.every((row) => ['applied', 'void'].includes(judge.verdict(row.id)?.state ?? ''));

  const read = async (rows: readonly ChangeRow[]): Promise<Read | null> => {
    const pieces: Piece[] = [];
    const entries: EntryId[] = [];
    for (const row of rows) {
      const stored: StoredPayload | null = await deps.stored(row);
      if (stored === null) return null;
      if (structureOf(row) === 'sound') pieces.push({ payload: stored.payload, author: row.device });
      entries.push(row.entry, ...stored.parts);
    }
    return { pieces, entries };
  };
  const states = async (): Promise<readonly Piece[]> => {
    const all = await base.states();
    // What is shown provisionally proves nothing.
    const own = base.provisional() === null ? all : all.slice(0, -1);
    return own.map((payload) => ({ payload, author: null }));
  };

  const compare = async (body: CheckpointBody, judge: Judge): Promise<Verified> => {
    const rows = coveredRows(judge, body);
    const accepted = await base.accepted();
    const say = (word: Verified['word']): Verified => ({ word, rows, stands: standsAll(judge, rows) });
    const inspected = body.crdt === CRDT_KINDS[kind] ? await replicas.inspect(kind, body.state, 'state') : null;
    if (inspected?.ok === false && inspected.error === 'held') return say('later');
    if (inspected === null || !inspected.ok || !agreesWithState(body, inspected.value)) return say('unsound');
    const theirs = await scratch.play(kind, [{ payload: body.state, author: null }]);
    if ('failed' in theirs) return say(theirs.failed);
    if (rows.length === 0 && accepted.length === 0) return say('cold');
    // Of two branches of a copied device one counts, and which depends on more than is covered.
    const chains = new Set(body.covers.map((cover) => cover.addedBy));
    if (judge.forks().some((fork) => chains.has(fork.addedBy))) return say('later');
    const before = judge.base?.provisional === true ? [] : (judge.base?.clients ?? []);
    const holding: Holding = { rows, accepted, clients: clientsOf(rows, before) };
    const extent = extentOf(body, holding);
    if (!agreesWithRows(body, judge, holding, extent === 'whole')) return say('differs');
    const own = await read(rows);
    if (own === null) return say('later');
    return say(await replay(body, theirs, own.pieces, extent));
  };

  const replay = async (
    body: CheckpointBody,
    theirs: { readonly canonical: Uint8Array; readonly state: Uint8Array },
    pieces: readonly Piece[],
    extent: Extent,
  ): Promise<Verified['word']> => {
    const from = await states();
    const state: Piece = { payload: body.state, author: null };
    if (extent === 'whole') {
      const ours = await scratch.play(kind, [...from, ...pieces]);
      if ('failed' in ours) return 'later';
      if (!sameBytes(ours.canonical, theirs.canonical)) return 'differs';
      // Alike to the eye but not in what later changes may lean on: nobody vouches for that, nor calls it a lie.
      return sameBytes(ours.state, body.state) ? 'agrees' : 'later';
    }
    // What is held comes first, so that its own words stay where both have them; then nothing may differ from the checkpoint's.
    const joined = await scratch.play(kind, [...from, ...pieces, state]);
    const alone = await scratch.play(kind, [state, ...from]);
    if ('failed' in joined || 'failed' in alone) return 'later';
    if (!sameBytes(joined.canonical, alone.canonical)) return 'differs';
    if (extent === 'part') return 'includes';
    const ours = await scratch.play(kind, [...from, ...pieces]);
    if ('failed' in ours) return 'later';
    return sameBytes(joined.canonical, ours.canonical) ? 'beside' : 'differs';
  };

  /** On all rows as they were before a checkpoint was shown. */
  const unshown = async <T>(look: (judge: Judge) => Promise<T>): Promise<T> => {
    if (base.provisional() === null) return look(await ledger.judge());
    return look(await ledger.without());
  };

  return {
    scratch,
    read,
    states,
    async verify(checkpoint) {
      const before = verifieds.get(checkpoint.id);
      const from = (await base.record()).accepted.map((one) => one.checkpoint).join();
      if (before !== undefined && before.from === from && before.verified.word !== 'later') {
        const known = await unshown(async (judge) => ({
          rows: coveredRows(judge, before),
          stands: standsAll(judge, before.verified.rows),
        }));
        if (known.rows.length === before.verified.rows.length) return { ...before.verified, stands: known.stands };
      }
      const stored = await checkpoints.body(checkpoint);
      if (stored === null) return { word: 'later', rows: [], stands: false };
      const verified = await unshown((judge) => compare(stored.body, judge));
      verifieds.set(checkpoint.id, { ids: stored.body.ids.slice(), from, verified });
      return verified;
    },
  };
}
