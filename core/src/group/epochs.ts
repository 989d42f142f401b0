/** Epochs as membership sees them: who holds which, which are current, which may still be written under (C11, C12). */
import type { DeviceId, EpochId, LinkId } from '@leanvibe/protocol/ids';
import type { Operation } from '@leanvibe/protocol/link';
import { codeOf, type Court, reasonOf, VALID, verdictOf, type VoidReason } from './judgement.js';
import { holds, type Node, operationOf } from './node.js';
import { EDITOR } from './rank.js';
import { roleOf, seatOf } from './standing.js';

export type RotationReason =
  /** The space has no valid epoch yet. */
  | 'no-epoch'
  /** A holder was removed, forked, succeeded, or never validly added. */
  | 'removed'
  /** A holder of W may no longer write. */
  | 'demoted'
  /** The epoch itself is void. */
  | 'void';

export interface RotationDebt {
  readonly epoch: EpochId | null;
  readonly reason: RotationReason;
  readonly device: DeviceId | null;
}

export interface EpochState {
  readonly epoch: EpochId;
  readonly author: DeviceId;
  readonly operation: Extract<Operation, { type: 'epoch' }>;
  readonly verdict: 'valid' | VoidReason;
  /** No valid epoch replaces it. */
  readonly maximal: boolean;
}

export interface Holders {
  /** Who was given R, ascending. */
  readonly read: readonly DeviceId[];
  /** Who was given W, ascending. */
  readonly append: readonly DeviceId[];
}

export interface Epochs {
  readonly states: ReadonlyMap<EpochId, EpochState>;
  readonly maximal: readonly EpochId[];
  readonly usable: readonly EpochId[];
  readonly owed: readonly RotationDebt[];
}

/** Grants that were void for want of authority gave nothing an honest device vouched for; struck ones did hand the secrets over. */
function handedOver(court: Court, node: Node): boolean {
  return verdictOf(court, node) === VALID || (court.roots[node.ordinal] ?? -1) >= 0;
}

/** Recipients, author and grantees. */
export function holdersOf(court: Court, epoch: EpochId): Holders {
  const node = court.graph.node(epoch as string as LinkId);
  const op = node === null ? null : operationOf(node);
  if (node === null || op?.type !== 'epoch' || !holds(court.set, node)) return { read: [], append: [] };
  const read = new Set<DeviceId>([node.link.body.author]);
  const append = new Set<DeviceId>([node.link.body.author]);
  for (const one of op.recipients) {
    read.add(one.device);
    if (one.append) append.add(one.device);
  }
  for (const grant of court.register.grants) {
    const given = operationOf(grant);
    if (given.type !== 'grant' || given.epoch !== epoch || !holds(court.set, grant) || !handedOver(court, grant)) continue;
    read.add(given.device);
    if (given.append) append.add(given.device);
  }
  return { read: [...read].sort(), append: [...append].sort() };
}

/** Why nobody who holds this set may seal under the epoch; empty when one may. */
function debtsOf(court: Court, state: EpochState): readonly RotationDebt[] {
  const { epoch } = state;
  if (state.verdict !== 'valid') return [{ epoch, reason: 'void', device: null }];
  const holders = holdersOf(court, epoch);
  const appenders = new Set(holders.append);
  const debts: RotationDebt[] = [];
  for (const device of holders.read) {
    const seat = seatOf(court, device, court.set, 'high');
    if (seat === null) debts.push({ epoch, reason: 'removed', device });
    else if (appenders.has(device) && (roleOf(court, seat.person, court.set, 'high') ?? 0) < EDITOR)
      debts.push({ epoch, reason: 'demoted', device });
  }
  return debts;
}

export function epochsOf(court: Court): Epochs {
  const nodes = court.register.epochs.filter((node) => holds(court.set, node)).sort((a, b) => (a.link.id < b.link.id ? -1 : 1));
  const replaced = replacedBy(court, nodes);
  const states = new Map<EpochId, EpochState>();
  for (const node of nodes) {
    const operation = operationOf(node);
    if (operation.type !== 'epoch') continue;
    const epoch = node.link.id as string as EpochId;
    const reason = reasonOf(verdictOf(court, node));
    states.set(epoch, {
      epoch,
      author: node.link.body.author,
      operation,
      verdict: reason ?? 'valid',
      maximal: isCurrent(court, node) && !replaced.has(node.link.id),
    });
  }
  const current = [...states.values()].filter((state) => state.maximal);
  const debts = current.map((state) => debtsOf(court, state));
  const usable = current.filter((_, at) => debts[at]?.length === 0).map((state) => state.epoch);
  const none: readonly RotationDebt[] = [{ epoch: null, reason: 'no-epoch', device: null }];
  const owed = usable.length > 0 ? [] : current.length === 0 ? none : debts.flat();
  return { states, maximal: current.map((state) => state.epoch), usable, owed };
}

/** An epoch nobody with authority opened binds nobody; one that fell later may hold what honest devices sealed. */
function isCurrent(court: Court, node: Node): boolean {
  const verdict = verdictOf(court, node);
  return verdict === VALID || verdict === codeOf('struck') || verdict === codeOf('demoted') || (court.roots[node.ordinal] ?? -1) >= 0;
}

function replacedBy(court: Court, nodes: readonly Node[]): Set<string> {
  const replaced = new Set<string>();
  const queue = nodes.filter((node) => verdictOf(court, node) === VALID);
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    const op = operationOf(node);
    for (const parent of op.type === 'epoch' ? op.parents : []) {
      const older = replaced.has(parent) ? null : court.graph.node(parent as string as LinkId);
      replaced.add(parent);
      if (older !== null) queue.push(older);
    }
  }
  return replaced;
}
