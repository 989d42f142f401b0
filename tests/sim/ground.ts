/** What is true of a quiet world, by the links and entries on one survivor's disk and a resolver no test has decorated. */
import type { ChangeId, DeviceId, DocumentId } from '@leanvibe/protocol/ids';
import { changesOn, draftsOn, groupOn, holdsLabel, type StoredChange, type StoredDraft } from './disk.js';
import type { Machine } from './machine.js';
import type { World } from './simulate.js';

export interface Ground {
  /** Live, an editor or above, and the space is not read-only. */
  writes(machine: Machine): boolean;
  /** Nothing speaks against the chain this change is of: then it stands, and so does all it builds on. */
  unharmed(change: ChangeId): boolean;
  /** It went of its own accord, so that what it says last is heard. */
  leftByItself(device: DeviceId): boolean;
  /** In a change that stands aside, where somebody may still accept it. */
  aside(label: string): boolean;
  /** Still drafts on this machine's disk, of somebody who may no longer write them, and of which documents. */
  stranded(machine: Machine): ReadonlySet<DocumentId>;
  strandedAt(machine: Machine, label: string): boolean;
}

export async function groundOf(world: World, survivors: readonly Machine[]): Promise<Ground> {
  const survivor = survivors[0] as Machine;
  const group = await groupOn(survivor, world.space);
  const view = group.view(() => null);
  const changes = await changesOn(survivor, world.space);
  const byId = new Map<ChangeId, StoredChange>(changes.map((one) => [one.row.id, one]));
  const audit = await survivor.engine?.audit(world.space);
  const quarantined = (audit?.documents ?? []).flatMap((document) =>
    document.changes.filter(({ verdict }) => verdict.startsWith('quarantined')).map(({ change }) => byId.get(change)?.text ?? ''),
  );
  const writes = (machine: Machine): boolean => group.mayWrite(machine.device);
  const alone = survivors.length === 1;
  const drafts = new Map<Machine, readonly StoredDraft[]>();
  for (const machine of survivors) {
    const own = await draftsOn(machine, world.space, group);
    drafts.set(machine, world.team === null ? [] : own.filter(({ earlier }) => earlier || alone || !writes(machine)));
  }
  return {
    writes,
    unharmed(change) {
      const row = byId.get(change)?.row;
      return row !== undefined && view.removals(row.addedBy).length === 0;
    },
    leftByItself: group.leftByItself,
    aside: (label) => world.team !== null && quarantined.some((text) => holdsLabel(text, label)),
    stranded: (machine) => new Set((drafts.get(machine) ?? []).map(({ document }) => document)),
    strandedAt: (machine, label) => (drafts.get(machine) ?? []).some(({ text }) => holdsLabel(text, label)),
  };
}
