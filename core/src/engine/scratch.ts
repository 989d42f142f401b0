/** Replicas beside the open ones, for trying and comparing: closed again whatever happens. */
import { concat } from '@leanvibe/protocol/bytes';
import type { CrdtKind } from '@leanvibe/protocol/change';
import { type DeviceId, type DocumentId, idBytes, makeId } from '@leanvibe/protocol/ids';
import { label } from '../crypto/labels.js';
import type { Replicas } from '../doc/crdt.js';
import { ReplicaClosed } from '../doc/host.js';
import type { Hashing } from '../ports/crypto.js';

/** A payload with its author, or a whole state without. */
export interface Piece {
  readonly payload: Uint8Array;
  readonly author: DeviceId | null;
}

export interface Tried {
  readonly canonical: Uint8Array;
  /** The state saved, loaded and saved again: its one form, whatever led to it. */
  readonly state: Uint8Array;
}

export interface Scratch {
  /** `unsound`: the piece at `at` breaks a rule. `later`: the worker ran out of budget, or ended. */
  play(kind: CrdtKind, pieces: readonly Piece[]): Promise<Tried | { readonly failed: 'unsound' | 'later' }>;
}

export function createScratch(hashing: Hashing, replicas: Replicas, document: DocumentId): Scratch {
  const id = makeId<DocumentId>(hashing.sha256(concat(label('canonical-state'), idBytes(document))));
  const close = async (): Promise<void> => {
    if (replicas.isOpen(id)) await replicas.close(id);
  };
  const playOpen = async (kind: CrdtKind, pieces: readonly Piece[]): ReturnType<Scratch['play']> => {
    await replicas.open(id, kind, null);
    const applied = await replicas.apply(id, pieces);
    if (!applied.ok) return { failed: applied.error.reason === 'budget' ? 'later' : 'unsound' };
    const saved = await replicas.save(id);
    await close();
    await replicas.open(id, kind, saved);
    return { canonical: await replicas.canonical(id), state: await replicas.save(id) };
  };
  return {
    async play(kind, pieces) {
      try {
        await close();
        return await playOpen(kind, pieces);
      } catch (error) {
        if (error instanceof ReplicaClosed) return { failed: 'later' };
        throw error;
      } finally {
        await close().catch((error: unknown) => {
          if (!(error instanceof ReplicaClosed)) throw error;
        });
      }
    },
  };
}
