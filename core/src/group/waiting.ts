/** The waiting room: links whose parents have not come yet, and the memory of refused ones so that what stands on them falls too. */
import type { LinkId } from '@leanvibe/protocol/ids';
import type { Link } from './link.js';

/** Links that may wait at once: a lane delivers parents first, so honest peers leave this almost empty. */
export const WAITING_MAX = 4096;
/** Refused ids remembered. One forgotten only makes its children wait instead of being refused; neither ever counts. */
const REFUSED_MAX = 4096;

export interface Waiting {
  has(id: LinkId): boolean;
  get(id: LinkId): Link | null;
  /** False when the room is full. */
  keep(link: Link, missing: readonly LinkId[]): boolean;
  /** Takes out the links that missed only this parent, ascending by id. */
  free(parent: LinkId): readonly Link[];
  /** Takes out everything that waits on a refused link, directly or not. */
  orphans(refused: LinkId): readonly LinkId[];
  refuse(id: LinkId): void;
  wasRefused(id: LinkId): boolean;
  missing(): readonly LinkId[];
}

export function createWaiting(): Waiting {
  const rows = new Map<LinkId, { readonly link: Link; readonly missing: Set<LinkId> }>();
  const children = new Map<LinkId, Set<LinkId>>();
  const refused = new Set<LinkId>();

  const settle = (parent: LinkId): readonly LinkId[] => {
    const waiters = [...(children.get(parent) ?? [])].sort();
    children.delete(parent);
    return waiters;
  };

  return {
    has: (id) => rows.has(id),
    get: (id) => rows.get(id)?.link ?? null,
    keep(link, missing) {
      if (rows.size >= WAITING_MAX) return false;
      rows.set(link.id, { link, missing: new Set(missing) });
      for (const parent of missing) {
        const waiters = children.get(parent);
        if (waiters === undefined) children.set(parent, new Set([link.id]));
        else waiters.add(link.id);
      }
      return true;
    },
    free(parent) {
      const freed: Link[] = [];
      for (const id of settle(parent)) {
        const row = rows.get(id);
        row?.missing.delete(parent);
        if (row === undefined || row.missing.size > 0) continue;
        rows.delete(id);
        freed.push(row.link);
      }
      return freed;
    },
    orphans(first) {
      const fallen: LinkId[] = [];
      for (const queue = [first]; queue.length > 0; ) {
        for (const id of settle(queue.shift() as LinkId)) {
          const row = rows.get(id);
          if (row === undefined) continue;
          rows.delete(id);
          for (const other of row.missing) children.get(other)?.delete(id);
          fallen.push(id);
          queue.push(id);
        }
      }
      return fallen;
    },
    refuse(id) {
      if (refused.size >= REFUSED_MAX)
        for (const oldest of refused) {
          refused.delete(oldest);
          break;
        }
      refused.add(id);
    },
    wasRefused: (id) => refused.has(id),
    missing: () =>
      [...children]
        .filter(([, waiters]) => waiters.size > 0)
        .map(([parent]) => parent)
        .sort(),
  };
}
