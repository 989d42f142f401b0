/** Local edits (C17): journalled, or numbered at once when somebody listens; drafts follow when their window ends or a peer comes. */
import type { CrdtKind } from '@leanvibe/protocol/change';
import type { DocumentId, LinkId, SpaceId } from '@leanvibe/protocol/ids';
import { err, ok, type Result } from '../base/result.js';
import { CommandRefused, type Crdt, type Replicas } from '../doc/crdt.js';
import { createWindow, type Window } from '../draft/window.js';
import type { Clock } from '../ports/clock.js';
import type { Crypto } from '../ports/crypto.js';
import type { Random } from '../ports/random.js';
import { StoreBroken, StoreFull } from '../ports/store.js';
import type { EditDone, EditFailure, EngineEvent } from './api.js';
import type { DocumentRuntime, OpenDocument, Run } from './document-runtime.js';
import type { Identity } from './identity.js';
import { ensureEpoch, usableEpoch } from './rotate.js';
import { numberAll, numberDrafts } from './number.js';
import { rightNow, type Standing } from './right.js';
import { createRuns } from './runs.js';
import type { SpaceRuntime } from './space.js';
import { type Asked, byAuthor, bytesOf, type Waiting } from './waiting.js';

export interface EditorDeps {
  readonly crypto: Crypto;
  readonly random: Random;
  readonly clock: Clock;
  readonly replicas: Replicas;
  readonly crdts: (kind: CrdtKind) => Crdt<unknown> | null;
  readonly identity: Identity;
  readonly windowMs: number;
  /** Is any peer connected that takes changes of this space? */
  readonly listens: (space: SpaceId) => boolean;
  readonly trouble: (error: unknown) => void;
  readonly emit: (event: EngineEvent) => void;
}

export interface Editor {
  edit(space: SpaceRuntime, document: DocumentId, kind: CrdtKind, asked: Asked): Promise<Result<EditDone, EditFailure>>;
  /** A peer began to listen to this space: number what waits. */
  listening(space: SpaceRuntime): void;
  /** Numbers every draft although nobody listens: for a backup, which is a holder like a peer. */
  offerAll(space: SpaceRuntime): Promise<void>;
  settled(): Promise<void>;
  stop(): void;
}

/** Larger edits do not fit one change (C19). */
const EDIT_BYTES_MAX = 8 * 1024 * 1024;
/** Edits of one turn: they share a commit, so the first waits for the last. */
const TURN_EDITS_MAX = 512;
/** Documents whose drafts are numbered side by side when a peer comes. */
const OFFERED_TOGETHER = 256;

export function createEditor(deps: EditorDeps): Editor {
  const { clock, crypto, identity, random, replicas } = deps;
  const runs = createRuns({ crypto, random });
  const windows = new Map<DocumentId, Window>();
  const waiting = new Map<DocumentId, Waiting[]>();
  const busy = new Set<Promise<unknown>>();

  const track = <T>(task: Promise<T>): Promise<T> => {
    busy.add(task);
    const forget = (): void => void busy.delete(task);
    task.then(forget, forget);
    return task;
  };

  /** Right and epoch to write with now; null when drafts must stay drafts. */
  const standing = async (space: SpaceRuntime): Promise<Standing | null> => {
    const epoch = await ensureEpoch({ crypto, random, identity }, space);
    return epoch.ok ? standingNow(space) : null;
  };
  const standingNow = (space: SpaceRuntime): Standing | null => rightNow(space, identity);

  const numberDeps = (space: SpaceRuntime): Parameters<typeof numberAll>[0] => ({
    crypto,
    replicas,
    crdt: deps.crdts,
    identity,
    space: space.id,
    commit: space.commit,
    note: space.note,
  });

  const offerDrafts = (space: SpaceRuntime, document: DocumentRuntime): Promise<boolean> =>
    numberIn(space, document, () => deps.listens(space.id));
  /** `may` is asked again once the document is ours alone: a clone may have been noticed meanwhile (C44). */
  const numberIn = async (space: SpaceRuntime, document: DocumentRuntime, may: () => boolean): Promise<boolean> => {
    if (!may() || (await standing(space)) === null) return false;
    return document.exclusive(async (open) => {
      const right = may() ? standingNow(space) : null;
      return right !== null && numberDrafts(numberDeps(space), document, open, right);
    });
  };

  const windowOf = (space: SpaceRuntime, document: DocumentRuntime): Window => {
    const known = windows.get(document.id);
    if (known !== undefined) return known;
    const window = createWindow(clock, deps.windowMs, () =>
      track(
        offerDrafts(space, document).catch((error: unknown) => {
          deps.trouble(error);
          return false;
        }),
      ),
    );
    windows.set(document.id, window);
    return window;
  };

  /** Numbers what may be offered now, journals the rest; one commit whatever their number. Edits that came together are one change, but under a window of 0. */
  const keep = async (
    space: SpaceRuntime,
    document: DocumentRuntime,
    open: OpenDocument,
    run: Run,
    updates: readonly Uint8Array[],
  ): Promise<void> => {
    const right = deps.listens(space.id) && windowOf(space, document).idle() ? standingNow(space) : null;
    const offered = right !== null && (await open.drafts()).length === 0 ? right : null;
    const apart = updates.length === 1 || (offered !== null && deps.windowMs === 0) || bytesOf(updates) > EDIT_BYTES_MAX;
    const parts = apart ? updates : [await open.merge(run.clientId, updates)];
    const made = parts.map((payload) => ({ run, payload, drafts: [] }));
    if (offered === null || !(await numberAll(numberDeps(space), document, open, offered, made))) await open.keep(run, parts);
  };

  /** Edits that waited for the same turn, in order. When one of several breaks the replica, or is too large, each is tried by itself. */
  const editTogether = async (
    space: SpaceRuntime,
    document: DocumentRuntime,
    open: OpenDocument,
    run: Run,
    waiting: readonly Waiting[],
  ): Promise<void> => {
    const done = await open.edit(
      run,
      waiting.map((one) => one.command),
    );
    const broken = done.some((one) => one.status === 'rejected' && !(one.reason instanceof CommandRefused));
    const updates = done.flatMap((one) => (one.status === 'fulfilled' && one.value.update.length > 0 ? [one.value.update] : []));
    if (broken || updates.some((update) => update.length > EDIT_BYTES_MAX)) {
      // The replica holds edits that the disk does not.
      await open.discard();
      if (waiting.length > 1) for (const one of waiting) await editTogether(space, document, open, run, [one]);
      else
        waiting[0]?.settle(
          done[0]?.status === 'rejected'
            ? Promise.reject(done[0].reason)
            : err({ code: 'refused', message: 'this edit is larger than 8 MiB: split it into smaller ones' }),
        );
      return;
    }
    const kept = updates.length === 0 ? ok(null) : await keepOrDiscard(space, document, open, run, updates);
    waiting.forEach((one, at) => {
      const edited = done[at];
      if (edited?.status === 'rejected') one.settle(err({ code: 'refused', message: (edited.reason as CommandRefused).message }));
      else if (edited !== undefined)
        one.settle(
          edited.value.update.length === 0 || kept.ok ? ok({ answer: edited.value.answer, changed: edited.value.update.length > 0 }) : kept,
        );
    });
    if (updates.length === 0 || !kept.ok) return;
    windowOf(space, document).touch();
    deps.emit({ type: 'document', space: space.id, document: document.id, origin: 'here' });
  };

  const keepOrDiscard = async (...[space, document, open, run, updates]: Parameters<typeof keep>): Promise<Result<null, EditFailure>> => {
    try {
      await keep(space, document, open, run, updates);
      return ok(null);
    } catch (error) {
      await open.discard();
      if (error instanceof StoreFull)
        return err({ code: 'store-full', message: 'the disk is full: the edit was not kept. Free some space and try again' });
      if (error instanceof StoreBroken)
        return err({ code: 'store-broken', message: 'the store cannot be written: the edit was not kept. Run leanvibe doctor' });
      throw error;
    }
  };

  /** What came while an earlier commit was under way shares the next one. */
  const takeTurn = async (space: SpaceRuntime, document: DocumentRuntime, chain: LinkId): Promise<void> => {
    // Without an epoch to write under, edits stay drafts.
    if (deps.listens(space.id) && usableEpoch(space) === null) await standing(space).catch(deps.trouble);
    await document.exclusive(async (open) => {
      const all = waiting.get(document.id) ?? [];
      const now = all.splice(0, TURN_EDITS_MAX);
      if (all.length === 0) waiting.delete(document.id);
      else void takeTurn(space, document, chain);
      for (const [token, some] of byAuthor(now)) {
        try {
          await editTogether(space, document, open, await runs.writable(chain, document.id, token, open), some);
        } catch (error) {
          for (const one of some) one.settle(Promise.reject(error as Error));
        }
      }
    });
  };

  return {
    edit(space, id, kind, asked) {
      const chain = space.group.member(identity.device)?.addedBy;
      if (chain === undefined || !space.group.mayWrite(identity.device) || space.removedAt() !== null)
        return Promise.resolve(err({ code: 'not-editor', message: 'this device may not edit here' }));
      const document = space.document(id, kind);
      if (document.kind !== kind) return Promise.resolve(err({ code: 'refused', message: 'that document is of another kind' }));
      return track(
        new Promise((settle, fail) => {
          const others = waiting.get(id);
          if (others !== undefined) return others.push({ ...asked, settle });
          waiting.set(id, [{ ...asked, settle }]);
          return takeTurn(space, document, chain).catch(fail);
        }),
      );
    },
    listening(space) {
      const all = async (): Promise<void> => {
        const ids = await space.drafted();
        const offer = async (id: DocumentId): Promise<void> => {
          const document = await space.known(id);
          if (document !== null) await offerDrafts(space, document);
        };
        // Several at a time share a commit.
        for (let at = 0; at < ids.length; at += OFFERED_TOGETHER) await Promise.all(ids.slice(at, at + OFFERED_TOGETHER).map(offer));
      };
      track(all()).catch(deps.trouble);
    },
    offerAll: (space) =>
      track(
        (async () => {
          for (const id of await space.drafted()) {
            const document = await space.known(id);
            if (document !== null) await numberIn(space, document, () => true);
          }
        })(),
      ),
    async settled() {
      while (busy.size > 0) await Promise.allSettled([...busy]);
    },
    stop() {
      for (const window of windows.values()) window.stop();
    },
  };
}
