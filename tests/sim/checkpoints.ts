/** Checkpoints in the simulation: worlds in which they come early, and that end with somebody who joins with nothing. */
import type { Audit } from '@leanvibe/core/internal/engine/audit-report';
import { toHex } from '@leanvibe/protocol/ids';
import type { Machine, Mutation } from './machine.js';
import type { World } from './simulate.js';

/** Simulations in which checkpoints come after two changes or three. No rule is broken. */
export const CHECKPOINTS: Mutation = { name: 'checkpoints', checkpointTailMin: 3_000 };

/** A document as one device shows it: its state, and what it records of every change it still holds. */
export interface Shown {
  readonly canonical: string;
  readonly verdicts: ReadonlyMap<string, string>;
}

export async function shownBy(world: World, machine: Machine, audit: Audit): Promise<ReadonlyMap<string, Shown>> {
  const states = new Map<string, Shown>();
  for (const { document, changes } of audit.documents) {
    const canonical = (await machine.engine?.canonical(world.space, document)) ?? null;
    const honest = changes.filter((one) => !world.forgeries.has(one.change));
    states.set(document, {
      canonical: canonical === null ? '' : toHex(canonical),
      verdicts: new Map(honest.map((one) => [one.change, one.verdict])),
    });
  }
  return states;
}

/** Empty when both show the same, and say the same of every change both hold. */
export function unalike(a: ReadonlyMap<string, Shown>, b: ReadonlyMap<string, Shown>): string {
  const found: string[] = [];
  for (const document of new Set([...a.keys(), ...b.keys()])) {
    const [one, other] = [a.get(document), b.get(document)];
    const name = document.slice(0, 6);
    if (one?.canonical !== other?.canonical)
      found.push(`${name}: ${one?.canonical.length ?? 'none'} / ${other?.canonical.length ?? 'none'}`);
    for (const [change, verdict] of one?.verdicts ?? []) {
      const theirs = other?.verdicts.get(change);
      if (theirs !== undefined && theirs !== verdict) found.push(`${name} ${change.slice(0, 4)}: ${verdict} / ${theirs}`);
    }
  }
  return found.join('; ');
}

/** Predicate 6: whatever was pruned is in a checkpoint this disk starts from. */
export async function checkPruned(world: World, machine: Machine): Promise<void> {
  const disk = machine.disk();
  const rows = await disk.rows(world.space, 2, 0, { rows: 100_000, bytes: 1e9 });
  if (rows.every((row) => row.sealed !== null)) return;
  world.trace.count('pruned');
  const bases = await disk.scan('base', `${world.space}/`, null, 10_000);
  if (bases.length === 0) world.broken.push({ predicate: 6, detail: `${machine.name} pruned by no checkpoint` });
}
