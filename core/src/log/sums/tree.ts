/** A 16-way tree of sums over entry ids (C27): the sum of any prefix in O(1), adding an id in O(log N). */
import type { EntryId } from '@leanvibe/protocol/ids';
import { LEAF_IDS_MAX } from '@leanvibe/protocol/limits';

const MASK = (1n << 256n) - 1n;
const DIGITS_MAX = 64;

export interface Sum {
  readonly count: number;
  /** Sum of the ids as 256-bit numbers, modulo 2^256. */
  readonly total: bigint;
}

interface Node {
  count: number;
  total: bigint;
  /** The ids while they are few. */
  ids: EntryId[] | null;
  kids: (Node | null)[] | null;
}

export interface SumTree {
  /** Adding an id twice is the caller's mistake: the tree does not look. */
  add(entryId: EntryId): void;
  sum(prefix: string): Sum;
  /** The ids under a prefix; only for prefixes with at most LEAF_IDS_MAX of them, else null. */
  leaf(prefix: string): readonly EntryId[] | null;
  readonly count: number;
}

const NOTHING: Sum = { count: 0, total: 0n };

function newNode(): Node {
  return { count: 0, total: 0n, ids: [], kids: null };
}

function kidFor(node: Node, digit: number): Node {
  const kids = (node.kids ??= Array.from({ length: 16 }, () => null));
  const kid = kids[digit] ?? newNode();
  kids[digit] = kid;
  return kid;
}

function digitAt(entryId: string, depth: number): number {
  return Number.parseInt(entryId.charAt(depth), 16);
}

function put(root: Node, from: number, entryId: EntryId, value: bigint): void {
  let node = root;
  for (let depth = from; ; depth++) {
    node.count++;
    node.total = (node.total + value) & MASK;
    if (node.ids !== null) {
      node.ids.push(entryId);
      if (node.ids.length > LEAF_IDS_MAX && depth < DIGITS_MAX) split(node, depth);
      return;
    }
    node = kidFor(node, digitAt(entryId, depth));
  }
}

function split(node: Node, depth: number): void {
  const ids = node.ids ?? [];
  node.ids = null;
  for (const one of ids) put(kidFor(node, digitAt(one, depth)), depth + 1, one, BigInt(`0x${one}`));
}

export function createSumTree(): SumTree {
  const root = newNode();
  /** The deepest node that holds all of the prefix, and whether it is exactly the prefix. */
  const find = (prefix: string): { readonly node: Node; readonly exact: boolean } | null => {
    let node = root;
    for (let depth = 0; depth < prefix.length; depth++) {
      if (node.ids !== null) return { node, exact: false };
      const kid = node.kids?.[digitAt(prefix, depth)] ?? null;
      if (kid === null) return null;
      node = kid;
    }
    return { node, exact: true };
  };
  const filtered = (node: Node, prefix: string): readonly EntryId[] => (node.ids ?? []).filter((entryId) => entryId.startsWith(prefix));
  const gather = (node: Node): readonly EntryId[] => node.ids ?? (node.kids ?? []).flatMap((kid) => (kid === null ? [] : gather(kid)));

  return {
    add: (entryId) => put(root, 0, entryId, BigInt(`0x${entryId}`)),
    sum(prefix) {
      const found = find(prefix);
      if (found === null) return NOTHING;
      if (found.exact) return { count: found.node.count, total: found.node.total };
      const ids = filtered(found.node, prefix);
      return { count: ids.length, total: ids.reduce((total, entryId) => (total + BigInt(`0x${entryId}`)) & MASK, 0n) };
    },
    leaf(prefix) {
      const found = find(prefix);
      if (found === null) return [];
      if (!found.exact) return filtered(found.node, prefix);
      return found.node.count <= LEAF_IDS_MAX ? gather(found.node) : null;
    },
    get count() {
      return root.count;
    },
  };
}
