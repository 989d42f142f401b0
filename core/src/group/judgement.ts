/** A judgement: what is decided about each link of one set, in arrays by ordinal; and who stands where by what is decided. */
import type { DeviceId, PersonId } from '@leanvibe/protocol/ids';
import type { Clock } from './clock.js';
import type { ForkProof } from './forks.js';
import type { Graph } from './graph.js';
import type { Node } from './node.js';
import type { Register } from './register.js';

/** The lines of devices whose persons are the same, among persons that were ever made admins. */
export interface Gallery {
  readonly persons: readonly PersonId[];
  readonly lines: number[];
}

/** A line and the first place on it from which its links stand on a given one. */
export interface Heirs {
  readonly row: readonly number[];
  readonly from: number;
  readonly count: number;
}

/** Why a link does not count. The place in this list is the code in `verdicts`, after 0 undecided and 1 valid. */
export const VOID_REASONS = [
  /** Its author was no live device where it wrote. */
  'not-live',
  /** Its author may not do this, or not to this one (G8). */
  'rank',
  /** There is nothing there to act on. */
  'no-target',
  /** What it adds is there already, or belongs to another person. */
  'already',
  /** It adds a device that has a fork proof. */
  'forked',
  /** It cites an epoch its own past does not have. */
  'epoch',
  /** A removal it did not know outranks or equals it, and nobody else had built on it. */
  'struck',
  /** A demotion it did not know leaves its author too little. */
  'demoted',
] as const;
export type VoidReason = (typeof VOID_REASONS)[number];

export const UNDECIDED = 0;
export const VALID = 1;

/** Codes in `stands` after 0 undecided; above them a role's number plus STANDS. */
export const NO_SEAT = 1;
export const STRUCK = 2;
export const STANDS = 3;

export function codeOf(reason: VoidReason): number {
  return VOID_REASONS.indexOf(reason) + 2;
}

/** The reason of a code; null for valid and undecided. */
export function reasonOf(code: number): VoidReason | null {
  return VOID_REASONS[code - 2] ?? null;
}

export interface Judgement {
  /** The set of links that was judged. */
  readonly set: Clock;
  readonly verdicts: Uint8Array;
  /** What its author was where it wrote, after concurrent removals and demotions: the half of a verdict that witnesses are asked for. */
  readonly stands: Uint8Array;
  /** The author's rank where it wrote (rank.ts); before any concurrent demotion. */
  readonly ranks: Uint8Array;
  /** For a void link, the ordinal of the struck link its fall began with, itself perhaps; -1 when it never had authority. */
  readonly roots: Int32Array;
  /** Links somebody's concurrent removal, demotion or fork proof aims at: the only ones a later link can still change. */
  readonly contested: number[];
}

/** A judgement in the making and what it is made from. */
export interface Court extends Judgement {
  readonly graph: Graph;
  readonly nodes: readonly Node[];
  readonly register: Register;
  /** Worked out when first needed: fork proofs, who may be a witness and who may for which link, and ways past links already ruled out. */
  readonly proofs: Map<DeviceId, ForkProof | null>;
  readonly galleries: Gallery[];
  readonly heirs: Map<number, readonly Heirs[]>;
  readonly steps: Map<readonly number[], Int32Array>;
  readonly detours: Map<readonly number[], Int32Array>;
}

export function emptyJudgement(set: Clock, size: number): Judgement {
  return {
    set,
    verdicts: new Uint8Array(size),
    stands: new Uint8Array(size),
    ranks: new Uint8Array(size),
    roots: new Int32Array(size).fill(-1),
    contested: [],
  };
}

/** A copy that has room for every node of the graph. */
export function grownJudgement(base: Judgement, set: Clock, size: number): Judgement {
  const grown = emptyJudgement(set, size);
  grown.verdicts.set(base.verdicts);
  grown.stands.set(base.stands);
  grown.ranks.set(base.ranks);
  grown.roots.set(base.roots);
  grown.contested.push(...base.contested);
  return grown;
}

export function verdictOf(judgement: Judgement, node: Node): number {
  return judgement.verdicts[node.ordinal] ?? UNDECIDED;
}

/** Undecided, NO_SEAT, STRUCK, or STANDS and above. */
export function standOf(judgement: Judgement, node: Node): number {
  return judgement.stands[node.ordinal] ?? UNDECIDED;
}
