/** Links of the chains of prefix hashes that were made out before: positions are asked in order, and a prefix hash never changes. */

export interface Link {
  readonly position: number;
  readonly prefix: Buffer;
}

export interface Links {
  /** Position and prefix hash of a link to go on from: the one kept under this name, if it lies between `otherwise` and the position. */
  nearest(name: string, position: number, otherwise: Link): [number, Buffer];
  keep(name: string, link: Link): void;
  clear(): void;
}

/** One for each of the latest blocks. */
const KEPT_MAX = 64;

export function createLinks(): Links {
  const latest = new Map<string, Link>();
  return {
    nearest(name, position, otherwise) {
      const kept = latest.get(name);
      const best = kept !== undefined && kept.position <= position && kept.position > otherwise.position ? kept : otherwise;
      return [best.position, best.prefix];
    },
    keep(name, link) {
      for (const oldest of latest.size >= KEPT_MAX ? [...latest.keys()].slice(0, 1) : []) latest.delete(oldest);
      latest.set(name, link);
    },
    clear: () => latest.clear(),
  };
}
