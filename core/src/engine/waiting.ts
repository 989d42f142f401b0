/** Edits that wait for their document's turn, and how a turn is cut: what one author wrote in a row goes together. */
import type { ChangeToken } from '@leanvibe/protocol/change';
import type { Result } from '../base/result.js';
import type { Json } from '../doc/crdt.js';
import type { EditDone, EditFailure } from './api.js';

export interface Asked {
  readonly command: Json;
  /** The robot it is made for; null for the device's own person. */
  readonly token: ChangeToken | null;
}

export interface Waiting extends Asked {
  readonly settle: (done: Result<EditDone, EditFailure> | Promise<never>) => void;
}

/** In their order; a change has one author, so a turn is cut wherever the author changes (C46). */
export function byAuthor(waiting: readonly Waiting[]): readonly (readonly [token: ChangeToken | null, edits: readonly Waiting[]])[] {
  const groups: [ChangeToken | null, Waiting[]][] = [];
  for (const one of waiting) {
    const last = groups.at(-1);
    if (last !== undefined && last[0]?.id === one.token?.id) last[1].push(one);
    else groups.push([one.token, [one]]);
  }
  return groups;
}

export function bytesOf(updates: readonly Uint8Array[]): number {
  return updates.reduce((sum, update) => sum + update.length, 0);
}
