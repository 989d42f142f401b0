/** Predicates of worlds in which checkpoints are written and pruned by (C35 to C38, K1 to K6). */
import type { Machine } from './machine.js';
import { coversAll } from '@leanvibe/core/internal/intake/base';
import { basesOn, checkpointsOn, type DiskBase, type Pruned, prunedOn, wordsOn } from './disk-checkpoints.js';
import { holdsLabel } from './disk.js';
import type { World } from './simulate.js';

/** Turns of everybody, one after the other, and the words after each. */
export const CHECKPOINTS_MS = 10 * 60_000;

/** Predicate 6: whatever was pruned is in a durable checkpoint this disk starts from, which somebody else vouched for, and whose state has its effects. */
export async function checkPruned(world: World, machine: Machine): Promise<void> {
  const { space, trace } = world;
  const bases = await basesOn(machine, space);
  const words = await wordsOn(machine, space);
  const broken = (detail: string): void => void world.broken.push({ predicate: 6, detail: `${machine.name} ${detail}` });
  for (const entry of machine.again) broken(`stored ${entry.slice(0, 8)} again, which it had pruned`);
  for (const [document, base] of bases) {
    const name = document.slice(0, 6);
    trace.count('accepted');
    if (base.unread > 0) broken(`${name}: what it was pruned by cannot be read`);
    for (const { id, body } of base.accepted) {
      if (world.lies.has(id)) broken(`${name}: starts from a false checkpoint`);
      if (!words.some((word) => word.checkpoint === id && word.agrees && word.device !== body.device))
        broken(`${name}: starts from a checkpoint nobody else vouched for`);
    }
    if (base.accepted.some((one) => base.accepted.some((other) => one !== other && coversAll(other.body, one.body))))
      broken(`${name}: a checkpoint stays that another covers`);
  }
  for (const one of await prunedOn(machine, space)) {
    trace.count('prunedRows');
    const wrong = isLost(world, bases, one);
    if (wrong !== null) broken(`pruned ${one.entry.slice(0, 8)} ${wrong}`);
  }
  await checkWords(world, machine, broken);
}

function isLost(world: World, bases: ReadonlyMap<string, DiskBase>, { change }: Pruned): string | null {
  // Parts of large changes; nobody writes one here.
  if (change === null) return 'that was no change';
  const base = bases.get(change.body.document);
  if (base?.covers(change.id) !== true) return 'that no checkpoint covers';
  const text = Buffer.from(change.body.payload).toString('latin1');
  const states = base.accepted.map(({ body }) => Buffer.from(body.state).toString('latin1'));
  const author = world.machines.find(({ device }) => device === change.body.device);
  const lost = [...(author?.kept ?? [])].find(
    (label) => holdsLabel(text, label) && !world.deleted.has(label) && !states.some((state) => holdsLabel(state, label)),
  );
  return lost === undefined ? null : `whose ${lost} is in no state`;
}

/** Everybody here writes what is so, but for thieves: nobody's checkpoint is denied, and no thief's is vouched for. */
async function checkWords(world: World, machine: Machine, broken: (detail: string) => void): Promise<void> {
  const known = new Map((await checkpointsOn(machine, world.space)).map((one) => [one.id, one]));
  if (known.size > 0) world.trace.count('checkpointed');
  for (const { checkpoint, agrees } of await wordsOn(machine, world.space)) {
    const lie = world.lies.has(checkpoint);
    if (lie && !agrees) world.trace.count('refuted');
    if (lie === agrees) broken(`${lie ? 'vouches for a false' : 'denies a true'} checkpoint ${checkpoint.slice(0, 6)}`);
  }
}
