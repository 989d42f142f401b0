/** Local edits (C17): journalled, or numbered at once when somebody listens; drafts follow when their window ends or a peer comes. */
import type { CrdtKind } from '@leanvibe/protocol/change';
import type { DocumentId, SpaceId } from '@leanvibe/protocol/ids';
import { err, ok, type Result } from '../base/result.js';
import { CommandRefused, type Crdt, type Json, type Replicas } from '../doc/crdt.js';
import { createWindow, type Window } from '../draft/window.js';
import { clientIdOf, FOREIGN_ID_END } from '../intake/clientid.js';
import type { Clock } from '../ports/clock.js';
import type { Crypto } from '../ports/crypto.js';
import type { Random } from '../ports/random.js';
import { StoreBroken, StoreFull } from '../ports/store.js';
import type { EditDone, EditFailure, EngineEvent } from './api.js';
import type { DocumentRuntime, OpenDocument, Run } from './document.js';
import type { Identity } from './identity.js';
import { ensureEpoch, usableEpoch } from './members.js';
import { numberDrafts, numberOne, type Standing } from './number.js';
import type { SpaceRuntime } from './space.js';

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
  edit(space: SpaceRuntime, document: DocumentId, kind: CrdtKind, command: Json): Promise<Result<EditDone, EditFailure>>;
  /** A peer began to listen to this space: number what waits. */
  listening(space: SpaceRuntime): void;
  settled(): Promise<void>;
  stop(): void;
}

/** Larger edits do not fit one change (C19). */
const EDIT_BYTES_MAX = 8 * 1024 * 1024;

export function createEditor(deps: EditorDeps): Editor {
  const { clock, crypto, identity, random, replicas } = deps;
  const runs = new Map<DocumentId, Run>();
  const windows = new Map<DocumentId, Window>();
  const busy = new Set<Promise<unknown>>();

  const track = <T>(task: Promise<T>): Promise<T> => {
    busy.add(task);
    const forget = (): void => void busy.delete(task);
    task.then(forget, forget);
    return task;
  };

  /** C21: drawn at the first write of this run of the program to this document. */
  const runOf = (space: SpaceRuntime, document: DocumentId): Run | null => {
    const known = runs.get(document);
    if (known !== undefined) return known;
    const chain = space.group.member(identity.device)?.addedBy;
    if (chain === undefined) return null;
    for (;;) {
      const run = random.bytes(16);
      const clientId = clientIdOf(crypto, chain, document, run);
      if (clientId < FOREIGN_ID_END) continue;
      runs.set(document, { clientId, run });
      return { clientId, run };
    }
  };

  /** Right and epoch to write with now; null when drafts must stay drafts. */
  const standing = async (space: SpaceRuntime): Promise<Standing | null> => {
    const epoch = await ensureEpoch({ crypto, random, identity }, space);
    return epoch.ok ? standingNow(space) : null;
  };
  const standingNow = (space: SpaceRuntime): Standing | null => {
    const epoch = usableEpoch(space, crypto);
    const member = space.group.member(identity.device);
    const sealer = epoch === null ? null : space.ring.sealer(epoch.epoch);
    if (sealer === null || member === null || !space.group.mayWrite(identity.device)) return null;
    return { addedBy: member.addedBy, authHeads: space.group.cite(), sealer };
  };

  const numberDeps = (space: SpaceRuntime): Parameters<typeof numberOne>[0] => ({ crypto, replicas, crdt: deps.crdts, identity, space: space.id, commit: space.commit, note: space.note });

  const offerDrafts = async (space: SpaceRuntime, document: DocumentRuntime): Promise<boolean> => {
    if (!deps.listens(space.id) || (await standing(space)) === null) return false;
    return document.exclusive(async (open) => {
      const right = standingNow(space);
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

  const keep = async (space: SpaceRuntime, document: DocumentRuntime, open: OpenDocument, run: Run, update: Uint8Array): Promise<void> => {
    const right = deps.listens(space.id) && windowOf(space, document).idle() ? standingNow(space) : null;
    const drafts = await open.drafts();
    if (right === null || drafts.length > 0) await open.keep(run, update);
    else await numberOne(numberDeps(space), document, open, right, { run, payload: update, drafts: [] });
  };

  const editAlone = async (space: SpaceRuntime, document: DocumentRuntime, open: OpenDocument, run: Run, command: Json): Promise<Result<EditDone, EditFailure>> => {
    try {
      const edited = await open.edit(run, command);
      if (edited.update.length === 0) return ok({ answer: edited.answer, changed: false });
      if (edited.update.length > EDIT_BYTES_MAX) {
        await open.discard();
        return err({ code: 'refused', message: 'this edit is larger than 8 MiB: split it into smaller ones' });
      }
      await keep(space, document, open, run, edited.update);
      return ok({ answer: edited.answer, changed: true });
    } catch (error) {
      if (error instanceof CommandRefused) return err({ code: 'refused', message: error.message });
      // The replica holds an edit that the disk does not.
      await open.discard();
      if (error instanceof StoreFull) return err({ code: 'store-full', message: 'the disk is full: the edit was not kept. Free some space and try again' });
      if (error instanceof StoreBroken) return err({ code: 'store-broken', message: 'the store cannot be written: the edit was not kept. Run leanvibe doctor' });
      throw error;
    }
  };

  return {
    edit(space, id, kind, command) {
      const run = runOf(space, id);
      if (run === null || !space.group.mayWrite(identity.device) || space.removedAt() !== null)
        return Promise.resolve(err({ code: 'not-editor', message: 'this device may not edit here' }));
      const document = space.document(id, kind);
      if (document.kind !== kind) return Promise.resolve(err({ code: 'refused', message: 'that document is of another kind' }));
      return track(
        (async () => {
          if (deps.listens(space.id) && usableEpoch(space, crypto) === null) await standing(space);
          const done = await document.exclusive((open) => editAlone(space, document, open, run, command));
          if (done.ok && done.value.changed) {
            windowOf(space, document).touch();
            deps.emit({ type: 'document', space: space.id, document: id, origin: 'here' });
          }
          return done;
        })(),
      );
    },
    listening(space) {
      const all = async (): Promise<void> => {
        for (const id of await space.drafted()) {
          const document = await space.known(id);
          if (document !== null) await offerDrafts(space, document);
        }
      };
      track(all()).catch(deps.trouble);
    },
    async settled() {
      while (busy.size > 0) await Promise.allSettled([...busy]);
    },
    stop() {
      for (const window of windows.values()) window.stop();
    },
  };
}
