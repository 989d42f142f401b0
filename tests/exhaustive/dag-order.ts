/** Tells of small graphs that are alike but for names and order of writing which one stands for them all: the one whose list of keys is smallest. */
import type { Act, Deed } from './dags.js';

/** What must have been written before it: its past, and what it names by hash. */
export function basisOf(acts: readonly Act[], act: Act): number {
  let set = act.past;
  if (act.deed.type === 'epoch')
    acts.forEach((other, at) => {
      if (act.deed.type === 'epoch' && (act.deed.parents >> at) & 1) set |= (1 << at) | basisOf(acts, other);
    });
  return set;
}

/** People and devices in the order in which they got their new numbers. */
export interface Names {
  readonly people: number[];
  readonly devices: number[];
}

/** The founder and the founding device, who have theirs. */
export function namesOf(): Names {
  return { people: [0], devices: [0] };
}

const CODES: Readonly<Record<Deed['type'], number>> = {
  'add-person': 0,
  'add-device': 1,
  'remove-device': 2,
  'remove-person': 3,
  'set-role': 4,
  succeed: 5,
  accept: 6,
  epoch: 7,
  grant: 8,
};

function named(names: number[], old: number): number {
  const at = names.indexOf(old);
  return at < 0 ? names.push(old) - 1 : at;
}

function moved(set: number, places: readonly number[] | null): number {
  if (places === null) return set;
  let image = 0;
  for (let at = 0; set >> at > 0; at++) if ((set >> at) & 1) image |= 1 << (places[at] as number);
  return image;
}

/** The link as a number, links (`null`: not) and names renumbered; names first met here are given their numbers. */
export function keyOf(act: Act, places: readonly number[] | null, names: Names): number {
  const { deed } = act;
  const parts = [moved(act.parents, places), named(names.devices, act.author), CODES[deed.type]];
  const device = (old: number): number => named(names.devices, old);
  const person = (old: number): number => named(names.people, old);
  switch (deed.type) {
    case 'add-person':
      parts.push(person(deed.person), deed.role, device(deed.device));
      break;
    case 'add-device':
      parts.push(device(deed.device), deed.paper ? 1 : 0, 0);
      break;
    case 'remove-device':
      parts.push(device(deed.device), 0, 0);
      break;
    case 'remove-person':
      parts.push(person(deed.person), 0, 0);
      break;
    case 'set-role':
      parts.push(person(deed.person), deed.role, 0);
      break;
    case 'succeed':
      parts.push(device(deed.previous), device(deed.next), 0);
      break;
    case 'accept':
      parts.push(0, 0, 0);
      break;
    case 'epoch':
      parts.push(moved(deed.parents, places), 0, 0);
      break;
    case 'grant':
      parts.push(places === null ? deed.epoch : (places[deed.epoch] as number), device(deed.device), 0);
      break;
  }
  return parts.reduce((key, part) => key * 128 + part, 0);
}

/** True when no other order in which these links could have been written has a smaller list of keys. What holds for a graph holds for its beginnings. */
export function isFirst(acts: readonly Act[], basis: readonly number[], keys: readonly number[], fixed: number): boolean {
  const size = acts.length;
  const smaller = (at: number, done: number, places: readonly number[], names: Names): boolean => {
    if (at === size) return false;
    for (let next = 0; next < size; next++) {
      if ((done >> next) & 1 || (basis[next] as number) & ~done) continue;
      const mine = { people: [...names.people], devices: [...names.devices] };
      const moves = places.slice();
      moves[next] = at;
      const key = keyOf(acts[next] as Act, moves, mine);
      if (key < (keys[at] as number)) return true;
      if (key === keys[at] && smaller(at + 1, done | (1 << next), moves, mine)) return true;
    }
    return false;
  };
  const names = namesOf();
  for (let at = 0; at < fixed; at++) keyOf(acts[at] as Act, null, names);
  const places = acts.map((_, at) => at);
  return !smaller(fixed, (1 << fixed) - 1, places, names);
}
