/** Which CRDTs this program knows. */
import type { CrdtKind } from '@leanvibe/protocol/change';
import type { Crdt } from './crdt.js';
import { createFactsCrdt } from './facts.js';
import { createModelCrdt } from './model.js';
import { createYjsCrdt } from './yjs.js';

/** A CRDT whose replicas are opaque to the caller. */
export type AnyCrdt = Crdt<unknown>;
/** Null for a kind this program does not know: its changes wait for a newer program. */
export type Crdts = (kind: CrdtKind) => AnyCrdt | null;

/** Facts and Yjs; the model only where a simulation asks for it. */
export function createCrdts(options: { readonly model?: boolean } = {}): Crdts {
  const known = new Map<CrdtKind, AnyCrdt>([
    ['facts', createFactsCrdt() as AnyCrdt],
    ['yjs', createYjsCrdt() as AnyCrdt],
  ]);
  if (options.model === true) known.set('model', createModelCrdt() as AnyCrdt);
  return (kind) => known.get(kind) ?? null;
}
