/** Checkpoints as they go on by themselves (C35 to C38): looked at when something came, written and vouched for by turns, accepted, and pruned by. */
import type { DocumentId, SpaceId } from '@leanvibe/protocol/ids';
import { createQueue } from '../base/queue.js';
import { restedMin } from '../checkpoint/turn.js';
import { crdtOf } from '../intake/row.js';
import type { Cancel } from '../ports/clock.js';
import { createReviewer } from './checkpoint-review.js';
import type { DocumentRuntime } from './document-runtime.js';
import type { Kernel } from './kernel.js';
import { ensureEpoch, usableEpoch } from './rotate.js';
import type { SpaceRuntime } from './space.js';

export interface Checkpointing {
  /** Looks at what earlier runs of the program left. */
  start(): Promise<void>;
  /** Looks at once at every document that has a checkpoint; what shows nothing without one shows all when it resolves. */
  takeIn(): Promise<void>;
  settled(): Promise<void>;
  stop(): void;
}

/** Edits come in bursts: a document is looked at once for each. */
const GATHER_MS = 1_000;

/** `tailMin`: bytes of changes below which nothing is due before the document rests. */
export function createCheckpointing(kernel: Kernel, tailMin: number): Checkpointing {
  const { clock, copies, identity, news, spaces } = kernel;
  const queue = createQueue();
  const reviewer = createReviewer(kernel, tailMin);
  const timers = new Map<string, Cancel>();
  const busy = new Set<Promise<unknown>>();
  /** Documents whose next checkpoint waits for somebody to vouch for it. */
  const lonely = new Map<SpaceId, Set<DocumentId>>();
  const least = restedMin(tailMin);
  let stopped = false;

  /** Looks again later; the latest word counts, except that a look about to come stays. */
  const later = (space: SpaceId, document: DocumentId, delayMs: number): void => {
    const key = `${space}/${document}/${delayMs > GATHER_MS ? 'turn' : 'soon'}`;
    if (stopped || (timers.has(key) && delayMs <= GATHER_MS)) return;
    timers.get(key)?.();
    timers.set(
      key,
      clock.after(delayMs, () => {
        timers.delete(key);
        look(space, document);
      }),
    );
  };

  const look = (id: SpaceId, document: DocumentId): void => {
    const space = spaces.get(id);
    if (space === undefined || stopped) return;
    const task = queue.run(() => lookAlone(space, document));
    busy.add(task);
    const done = (): void => void busy.delete(task);
    task.catch(news.trouble).then(done, done);
  };

  const runtimeOf = async (space: SpaceRuntime, document: DocumentId): Promise<DocumentRuntime | null> => {
    const known = await space.known(document);
    const first = space.checkpoints.of(document)[0];
    const kind = first === undefined ? null : crdtOf(first);
    return known ?? (kind === null || kernel.crdts(kind) === null ? null : space.document(document, kind));
  };

  const lookAlone = async (space: SpaceRuntime, document: DocumentId): Promise<void> => {
    const runtime = stopped ? null : await runtimeOf(space, document);
    if (runtime === null) return;
    if (space.checkpoints.of(document).length === 0 && (await runtime.tailBytes()) <= least) return;
    // A copy takes what others vouch for, its own past among it, and says nothing itself.
    if (!copies.cloned() && usableEpoch(space) === null && space.group.mayWrite(identity.device)) await ensureEpoch(kernel, space);
    const next = await runtime.exclusive((open) => reviewer.review(space, document, open));
    if (next.accepted) kernel.sessions.recount(space.id);
    // Drafts that waited for somebody's word may be numbered now.
    if (next.accepted || next.vouched) kernel.editor.listening(space);
    if (next.againMs !== null) later(space.id, document, next.againMs);
    if (next.alone) lonely.set(space.id, (lonely.get(space.id) ?? new Set()).add(document));
  };

  const unsubscribe = news.subscribe((event) => {
    if (event.type === 'checkpoint' || event.type === 'document') later(event.space, event.document, GATHER_MS);
    // Who is who decides which words count.
    if (event.type === 'membership')
      for (const document of spaces.get(event.space)?.checkpoints.documents() ?? []) later(event.space, document, GATHER_MS);
  });

  const company = ({ id }: SpaceRuntime): void => {
    for (const document of lonely.get(id) ?? []) later(id, document, GATHER_MS);
    lonely.delete(id);
  };
  kernel.whenCaughtUp.add(company);

  const settled = async (): Promise<void> => {
    while (busy.size > 0) await Promise.allSettled([...busy]);
  };

  return {
    settled,
    async takeIn() {
      for (const space of spaces.values()) for (const document of space.checkpoints.documents()) look(space.id, document);
      await settled();
    },
    async start() {
      for (const space of spaces.values()) {
        const heavy = await space.heavy(least);
        for (const document of new Set([...space.checkpoints.documents(), ...heavy])) later(space.id, document, GATHER_MS);
      }
    },
    stop() {
      stopped = true;
      unsubscribe();
      kernel.whenCaughtUp.delete(company);
      for (const cancel of timers.values()) cancel();
    },
  };
}
