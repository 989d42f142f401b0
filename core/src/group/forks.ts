/** Fork proofs: two links of one device with one index. Whoever holds both needs nobody's word (C3, C5, C44). */
import type { DeviceId, LinkId } from '@leanvibe/protocol/ids';
import type { Clock } from './clock.js';
import { holds, type Node } from './node.js';

export interface ForkProof {
  readonly device: DeviceId;
  /** The lowest index that two links share. */
  readonly index: number;
  /** Two links that share it, the lowest ids if there are more, ascending: two convict as well as ten thousand. */
  readonly links: readonly LinkId[];
  /** The last link common to the forked lines (the frontier of C5); null when the device forked at its first link. */
  readonly lastCommon: LinkId | null;
}

export interface Forks {
  note(node: Node): void;
  /** True when the set holds two links of the device with one index. */
  knownIn(device: DeviceId, set: Clock): boolean;
  /** True when any link held shares its index with another of its device. */
  isForked(device: DeviceId): boolean;
  /** The device's own; null when it kept one line there. */
  proof(device: DeviceId, set: Clock): ForkProof | null;
  /** Every device's, ascending. */
  proofs(set: Clock): readonly ForkProof[];
}

interface Line {
  /** The first link that came with each index. */
  readonly first: number[];
  /** Every ordinal at an index that more than one link has, by index. */
  readonly shared: Map<number, number[]>;
}

export function createForks(nodes: readonly Node[]): Forks {
  const byDevice = new Map<DeviceId, Line>();
  const forked = new Set<DeviceId>();

  const groups = (device: DeviceId, set: Clock): [index: number, held: Node[]][] => {
    if (!forked.has(device)) return [];
    return [...(byDevice.get(device) as Line).shared]
      .map(([index, ordinals]): [number, Node[]] => [index, ordinals.map((one) => nodes[one] as Node).filter((one) => holds(set, one))])
      .filter(([, held]) => held.length > 1)
      .sort(([a], [b]) => a - b);
  };

  const proof = (device: DeviceId, set: Clock): ForkProof | null => {
    const lowest = groups(device, set)[0];
    if (lowest === undefined) return null;
    const [index, held] = lowest;
    const before = index === 0 ? undefined : nodes[(byDevice.get(device) as Line).first[index - 1] as number];
    const links = held
      .map((one) => one.link.id)
      .sort()
      .slice(0, 2);
    return { device, index, links, lastCommon: before?.link.id ?? null };
  };

  return {
    note(node) {
      const { author, index } = node.link.body;
      const line = byDevice.get(author) ?? { first: [], shared: new Map<number, number[]>() };
      byDevice.set(author, line);
      const other = line.first[index];
      if (other === undefined) {
        line.first[index] = node.ordinal;
        return;
      }
      forked.add(author);
      const group = line.shared.get(index);
      if (group === undefined) line.shared.set(index, [other, node.ordinal]);
      else group.push(node.ordinal);
    },
    knownIn(device, set) {
      if (!forked.has(device)) return false;
      for (const ordinals of (byDevice.get(device) as Line).shared.values()) {
        let held = 0;
        for (const one of ordinals) if (holds(set, nodes[one] as Node) && ++held > 1) return true;
      }
      return false;
    },
    isForked: (device) => forked.has(device),
    proof,
    proofs: (set) =>
      [...forked]
        .sort()
        .map((device) => proof(device, set))
        .filter((one) => one !== null),
  };
}
