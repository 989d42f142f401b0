/** One look at a document's checkpoints: compare, say so, accept what is trusted, show what is not for want of better, write the next one when it is due. */
import type { DocumentId, Hash } from '@leanvibe/protocol/ids';
import { checkpointBytes, coversBytes, isDue, isDueAtRest, rankOf, REST_MS, TURN_MS, WORD_TURN_MS } from '../checkpoint/turn.js';
import { writeAttestation, writeCheckpoint } from '../checkpoint/write.js';
import type { Standing as Trust } from '../checkpoint/standing.js';
import type { NewEntry } from '../ports/store.js';
import type { DocumentCheckpoints } from './document-checkpoints.js';
import { isAcceptable, type Verified } from './document-compare.js';
import type { OpenDocument } from './document-runtime.js';
import type { Kernel } from './kernel.js';
import { entryOf } from './line.js';
import { rightNow } from './right.js';
import type { KnownCheckpoint } from './space-checkpoints.js';
import type { SpaceRuntime } from './space.js';

export interface Reviewed {
  /** What is pruned or covered changed. */
  readonly accepted: boolean;
  /** What was shown unverified is no longer. */
  readonly vouched: boolean;
  /** When to look again, if nothing comes before. */
  readonly againMs: number | null;
  /** The next one is due as soon as somebody is there who could vouch for it. */
  readonly alone: boolean;
}

export interface Reviewer {
  review(space: SpaceRuntime, document: DocumentId, open: OpenDocument): Promise<Reviewed>;
}

const RETRY_MS = 60_000;

interface Candidate {
  readonly known: KnownCheckpoint;
  readonly trust: Trust;
  readonly verified: Verified;
}

export function createReviewer(kernel: Kernel, tailMin: number): Reviewer {
  const { clock, copies, crypto, identity, news } = kernel;
  const self = identity.device;
  /** When a checkpoint fell due, and when a word about one: turns are counted from there. */
  const since = new Map<string, number>();
  const forked = new Set<string>();
  /** What was last written to a document, as tips, and when this device saw it first: from there it rests. */
  const grown = new Map<DocumentId, { readonly tips: string; readonly atMs: number }>();

  /** Milliseconds until this device's turn; 0 when it has come. */
  const wait = (name: string, rank: number, turnMs: number): number => {
    const now = clock.nowMs();
    const from = since.get(name) ?? now;
    since.set(name, from);
    return Math.max(0, from + rank * turnMs - now);
  };

  const say = async (space: SpaceRuntime, document: DocumentId, checkpoint: Hash, agrees: number): Promise<boolean> => {
    const right = copies.cloned() ? null : rightNow(space, identity);
    if (right === null) return false;
    const { addedBy, authHeads, sealer } = right;
    const body = { space: space.id, document, checkpoint, device: self, addedBy, authHeads, agrees };
    const sealed = writeAttestation(crypto, identity.signing, sealer, body);
    const put = space.checkpoints.addWord(body, sealed.entryId);
    space.note(sealed.entryId);
    await space.commit({ entries: [entryOf(space, 1, sealed)], put: put === null ? [] : [put] });
    return true;
  };

  /** C37: milliseconds until a document that grew by `tail` since `last` is due; Infinity when more must come first. */
  const dueInMs = (document: DocumentId, tips: string, tail: number, last: number): number => {
    const now = clock.nowMs();
    const known = grown.get(document);
    const atMs = known?.tips === tips ? known.atMs : now;
    grown.set(document, { tips, atMs });
    if (isDue(tail, last, tailMin)) return 0;
    return isDueAtRest(tail, last, tailMin) ? Math.max(0, atMs + REST_MS - now) : Number.POSITIVE_INFINITY;
  };

  /** Says what was found, in turn; answers how long to wait for it. */
  const speak = async (space: SpaceRuntime, document: DocumentId, one: Candidate): Promise<number | null> => {
    const { known, trust, verified } = one;
    const own = space.checkpoints.words(document, known.id).filter((word) => word.device === self);
    const lies = verified.word === 'differs' || (verified.word === 'unsound' && verified.rows.length > 0);
    if (lies) {
      if (own.length === 0) await say(space, document, known.id, 0);
      return null;
    }
    if (verified.word !== 'agrees' || !verified.stands || trust === 'trusted' || known.device === self) return null;
    if (own.some((word) => word.agrees)) return null;
    const able = space.checkpoints.editors().filter((device) => device !== known.device);
    const about = checkpointBytes(known.id);
    const waitMs = wait(`word/${known.id}`, rankOf(crypto, document, about, able, self), WORD_TURN_MS);
    if (waitMs === 0) await say(space, document, known.id, 1);
    return waitMs === 0 ? null : waitMs;
  };

  /** Only on what others said (K7): what nobody else compared may be wanted by whoever comes to compare. */
  const mayAccept = ({ trust, verified }: Candidate): boolean => trust === 'trusted' && isAcceptable(verified.word);

  const candidates = async (space: SpaceRuntime, document: DocumentId, doc: DocumentCheckpoints): Promise<readonly Candidate[]> => {
    const accepted = new Set(await doc.accepted());
    const found: Candidate[] = [];
    const gone: KnownCheckpoint[] = [];
    const trusted = space.checkpoints.of(document).some((one) => accepted.has(one.id) && space.checkpoints.standing(one) === 'trusted');
    for (const known of space.checkpoints.of(document).toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
      if (accepted.has(known.id)) continue;
      const trust = space.checkpoints.standing(known);
      if (trust === 'waiting' || trust === 'void') continue;
      if (trusted && (await doc.isSuperseded(known))) gone.push(known);
      else found.push({ known, trust, verified: await doc.verify(known) });
    }
    if (gone.length > 0) await doc.discard(gone);
    return found;
  };

  /** Where nothing else is here, a checkpoint nobody vouches for is shown, and named as such. Once changes are, it could hold them hostage for some that nobody has. */
  const present = async (doc: DocumentCheckpoints, all: readonly Candidate[]): Promise<void> => {
    const cold = (await doc.isEmpty()) ? all.filter(({ verified }) => verified.word === 'cold') : [];
    const size = ({ known }: Candidate): number => known.covers.reduce((sum, cover) => sum + cover.seq, 0);
    const best = cold.toSorted((a, b) => size(b) - size(a) || (a.known.id < b.known.id ? -1 : 1))[0];
    await doc.show(best?.known ?? null);
  };

  /** C37: writes the next checkpoint when it is due and nobody's covers enough of it; answers how long to wait. */
  const write = async (
    space: SpaceRuntime,
    document: DocumentId,
    open: OpenDocument,
    all: readonly Candidate[],
  ): Promise<number | null | 'alone'> => {
    const doc = open.checkpoints;
    const good = all.filter(({ verified }) => verified.word === 'agrees');
    const covered = new Set(good.flatMap(({ verified }) => verified.rows));
    // Nobody can vouch any more for one beside what was accepted: it only takes room until the next covers it.
    const beside = all.reduce((sum, { known, verified }) => sum + (verified.word === 'beside' ? known.bytes : 0), 0);
    const tail = (await doc.tailBytes()) - doc.restOf([...covered]) + beside;
    const last = Math.max(await doc.acceptedBytes(), ...good.map(({ known }) => known.bytes));
    const right = copies.cloned() ? null : rightNow(space, identity);
    const notDue = (): void => void since.delete(`turn/${document}`);
    if (right === null || !isDueAtRest(tail, last, tailMin)) {
      notDue();
      return null;
    }
    const tips = [...(await open.judge()).tips().values()].flat().sort();
    const dueMs = dueInMs(document, tips.join(), tail, last);
    if (dueMs > 0) {
      notDue();
      return dueMs;
    }
    // Nothing is gained by one that nobody can vouch for; one that is overdue is written for whoever comes.
    if (!isDue(tail, last, tailMin) && !kernel.sessions.listens(space.id)) {
      notDue();
      return 'alone';
    }
    const about = coversBytes(tips.map((changeId) => ({ changeId })));
    const waitMs = wait(`turn/${document}`, rankOf(crypto, document, about, space.checkpoints.editors(), self), TURN_MS);
    if (waitMs > 0) return waitMs;
    const composed = await doc.compose();
    if (composed === null) return RETRY_MS;
    const { addedBy, authHeads, sealer } = right;
    const written = writeCheckpoint(crypto, identity.signing, sealer, {
      space: space.id,
      document,
      device: self,
      addedBy,
      authHeads,
      ...composed,
    });
    if (written === null) return null;
    const { checkpoint, entry, parts } = written;
    const put = space.checkpoints.add(checkpoint, entry.entryId);
    const entries: NewEntry[] = [...parts.map((one) => entryOf(space, 2, one)), entryOf(space, 1, entry)];
    for (const one of entries) space.note(one.entryId);
    await space.commit({ entries, put: put === null ? [] : [put] });
    since.delete(`turn/${document}`);
    kernel.emit({ type: 'checkpoint', space: space.id, document });
    return null;
  };

  /** C38: two changes at one place, and the other one covered: whoever wrote them has been copied. */
  const alarm = async (space: SpaceRuntime, doc: DocumentCheckpoints): Promise<void> => {
    for (const row of await doc.tryPast()) {
      if (forked.has(row.id)) continue;
      forked.add(row.id);
      news.emit({ type: 'alarm', alarm: 'cloned', space: space.id, device: row.device });
    }
  };

  return {
    async review(space, document, open) {
      const doc = open.checkpoints;
      const shown = doc.provisional();
      let accepted = false;
      let all = await candidates(space, document, doc);
      const waits: (number | null)[] = [];
      for (const one of all) waits.push(await speak(space, document, one));
      for (;;) {
        const now = all.map((one) => ({ ...one, trust: space.checkpoints.standing(one.known) }));
        const next = now.find(mayAccept);
        if (next === undefined || !(await doc.accept(next.known, next.verified))) break;
        accepted = true;
        all = await candidates(space, document, doc);
      }
      await present(doc, all);
      await alarm(space, doc);
      const next = await write(space, document, open, all);
      if (next !== 'alone') waits.push(next);
      if (all.some(({ verified }) => verified.word === 'later')) waits.push(RETRY_MS);
      const due = waits.filter((one) => one !== null);
      return {
        accepted,
        vouched: shown !== null && doc.provisional() === null,
        againMs: due.length === 0 ? null : Math.min(...due),
        alone: next === 'alone',
      };
    },
  };
}
