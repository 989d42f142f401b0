/** Predicate 9: what one device shows and records of every document is what all others show and record. */
import type { Audit } from '@leanvibe/core/internal/engine/audit-report';
import { type ChangeId, type DocumentId, toHex } from '@leanvibe/protocol/ids';
import { basesOn, type DiskBase } from './disk-checkpoints.js';
import type { Ground } from './ground.js';
import type { Machine } from './machine.js';
import type { World } from './simulate.js';

/** A document as one device shows it: its state, and what it records of every change it still holds. */
interface Shown {
  /** Null where its own drafts, which nobody else can see, are in it. */
  readonly canonical: string | null;
  readonly verdicts: ReadonlyMap<ChangeId, string>;
}

export interface ShownBy {
  readonly machine: Machine;
  readonly documents: ReadonlyMap<DocumentId, Shown>;
  /** Relays, ids and links, in the order in which they are used. */
  readonly mailboxes: string;
  readonly bases: ReadonlyMap<DocumentId, DiskBase>;
}

export async function shownBy(world: World, machine: Machine, audit: Audit, ground: Ground): Promise<ShownBy> {
  const documents = new Map<DocumentId, Shown>();
  for (const { document, changes } of audit.documents) {
    const honest = changes.filter((one) => !world.forgeries.has(one.change));
    // Somebody who may no longer write still sees what was written here before that was known.
    const alone = ground.stranded(machine).has(document);
    const canonical = alone ? null : ((await machine.engine?.canonical(world.space, document)) ?? new Uint8Array(0));
    documents.set(document, {
      canonical: canonical === null ? null : toHex(canonical),
      verdicts: new Map(honest.map((one) => [one.change, one.verdict])),
    });
  }
  const mailboxes = JSON.stringify(machine.engine?.mailboxes(world.space) ?? []);
  return { machine, documents, mailboxes, bases: world.prunes ? await basesOn(machine, world.space) : new Map() };
}

const NOTHING: Shown = { canonical: null, verdicts: new Map() };

/** Empty when both show the same, say the same of every change both hold, and what one of them lacks it has covered. */
export function unalike(a: ShownBy, b: ShownBy): string {
  const found: string[] = [];
  if (a.mailboxes !== b.mailboxes) found.push(`mailboxes ${a.mailboxes} / ${b.mailboxes}`);
  for (const document of new Set([...a.documents.keys(), ...b.documents.keys()])) {
    const [one, other] = [a.documents.get(document) ?? NOTHING, b.documents.get(document) ?? NOTHING];
    const name = document.slice(0, 6);
    const comparable = one.canonical !== null && other.canonical !== null;
    if (comparable && one.canonical !== other.canonical) found.push(`${name}: ${one.canonical?.length} / ${other.canonical?.length}`);
    for (const change of new Set([...one.verdicts.keys(), ...other.verdicts.keys()])) {
      const [ours, theirs] = [verdictOn(a, document, one, change), verdictOn(b, document, other, change)];
      if (ours !== theirs) found.push(`${name} ${change.slice(0, 4)}: ${ours} / ${theirs}`);
    }
  }
  return found.join('; ');
}

/** What is covered was applied, and never goes again (K4). */
function verdictOn(at: ShownBy, document: DocumentId, shown: Shown, change: ChangeId): string {
  if (at.bases.get(document)?.covers(change) === true) return 'applied';
  return shown.verdicts.get(change) ?? 'none';
}
