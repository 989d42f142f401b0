/**
 * Where a packed entry may be, found by 32 bits of its id: 10 to 13 bytes of memory for each. A hint is only a hint: the block decides, so
 * one that went stale costs a look and nothing else.
 */

export interface Hints {
  /** `place` is not 0. Saying a thing twice keeps it once. */
  add(entry: Uint8Array, place: number): void;
  /** The first place for which `is` holds; 0 when there is none. */
  find(entry: Uint8Array, is: (place: number) => boolean): number;
}

const LEAST = 8;
const FULL = 0.8;
const GROWTH = 1.25;

interface Part {
  /** Pairs of 32 bits of an id and its place; place 0 is free. Open addressing, in the order of ids. */
  slots: Uint32Array;
  count: number;
}

export function createHints(): Hints {
  /** 64 parts that grow each on its own, so that growing never holds the main loop for long. */
  const parts: (Part | undefined)[] = [];

  return {
    add(entry, place) {
      const print = printOf(entry);
      const part = (parts[print >>> 26] ??= { slots: new Uint32Array(LEAST * 2), count: 0 });
      if (!put(part.slots, print, place)) return;
      part.count += 1;
      if (part.count > (part.slots.length / 2) * FULL) grow(part);
    },
    find(entry, is) {
      const print = printOf(entry);
      const slots = parts[print >>> 26]?.slots;
      if (slots === undefined) return 0;
      for (let at = homeOf(print, slots); ; at = at + 2 === slots.length ? 0 : at + 2) {
        const place = slots[at + 1] as number;
        if (place === 0 || (slots[at] === print && is(place))) return place;
      }
    },
  };
}

/** Entry ids are hashes: any of their bits are as good as others. */
function printOf(entry: Uint8Array): number {
  return (((entry[0] as number) << 24) | ((entry[1] as number) << 16) | ((entry[2] as number) << 8) | (entry[3] as number)) >>> 0;
}

/** The upper six bits have chosen the part. */
function homeOf(print: number, slots: Uint32Array): number {
  return Math.floor(((print & 0x3ffffff) / 0x4000000) * (slots.length / 2)) * 2;
}

/** False when it is there already. */
function put(slots: Uint32Array, print: number, place: number): boolean {
  let at = homeOf(print, slots);
  for (; slots[at + 1] !== 0; at = at + 2 === slots.length ? 0 : at + 2) if (slots[at] === print && slots[at + 1] === place) return false;
  slots[at] = print;
  slots[at + 1] = place;
  return true;
}

function grow(part: Part): void {
  const before = part.slots;
  part.slots = new Uint32Array(Math.ceil((before.length / 2) * GROWTH) * 2);
  for (let at = 0; at < before.length; at += 2) if (before[at + 1] !== 0) put(part.slots, before[at] as number, before[at + 1] as number);
}
