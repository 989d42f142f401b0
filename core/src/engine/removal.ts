/** What a removal carries: the frontier of what was written before it (C5), and a paper key where only paper has the rank (C4). */
import { type Frontier, part } from '@leanvibe/protocol/change';
import type { DeviceId, Hash, LinkId, PersonId } from '@leanvibe/protocol/ids';
import { DEVICE_KINDS } from '@leanvibe/protocol/link';
import { encode } from '@leanvibe/protocol/shape';
import { signConsent } from '../group/consent.js';
import type { Sealer } from '../keys/entry.js';
import type { NewEntry } from '../ports/store.js';
import { writeFrontier } from './frontier.js';
import { createIdentity, type Identity } from './identity.js';
import { entryOf, type Line, type MembersDeps } from './line.js';
import type { SpaceRuntime } from './space.js';

const PAPER = DEVICE_KINDS.indexOf('paper');
const SECRET_BYTES = 32;

export interface Attached {
  readonly hash: Hash;
  /** Attachments to be stored with the link that names the hash. */
  readonly parts: readonly Uint8Array[];
}

/** The last applied change of each chain in every document it wrote to. */
export async function frontierRows(space: SpaceRuntime, chains: readonly LinkId[]): Promise<Frontier> {
  const rows: Frontier[number][] = [];
  for (const document of await space.documents()) {
    const judge = await (await space.known(document))?.judge();
    for (const chain of judge === undefined ? [] : chains) {
      const tip = judge?.tips().get(chain)?.[0];
      const row = tip === undefined ? null : (judge?.row(tip) ?? null);
      if (row !== null) rows.push({ document, addedBy: chain, seq: row.seq, changeId: row.id });
    }
  }
  return rows;
}

export function attachFrontier(space: SpaceRuntime, rows: Frontier): Attached {
  const parts: Uint8Array[] = [];
  const hash = writeFrontier(rows, (bytes) => {
    parts.push(bytes);
    return space.attach(bytes);
  });
  return { hash, parts };
}

export const partEntries = (space: SpaceRuntime, sealer: Sealer, parts: readonly Uint8Array[]): readonly NewEntry[] =>
  parts.map((bytes) => entryOf(space, 2, sealer.seal('part', encode(part, { bytes }))));

/** A person's live devices in a space. */
export const devicesOf = (space: SpaceRuntime, person: PersonId): readonly DeviceId[] =>
  space.group.persons().find((one) => one.person === person)?.devices ?? [];

/** True when only paper may act on the person: an owner with a live paper device outranks every other device (G4). */
export function needsPaper(space: SpaceRuntime, person: PersonId): boolean {
  return space.group.members().some((one) => one.live && one.person === person && one.role === 'owner' && one.card.kind === PAPER);
}

/** Adds a paper device of this person that exists for this act alone: its key is never stored. */
export function addPaper(deps: MembersDeps, space: SpaceRuntime, line: Line, person: PersonId): Identity {
  const { crypto, random } = deps;
  const paper = createIdentity(crypto, random.bytes(SECRET_BYTES), random.bytes(SECRET_BYTES), PAPER);
  line.add({ type: 'add-device', person, device: signConsent(crypto, paper.signing, paper.card, space.id, person) });
  return paper;
}

/** The paper device of an act goes again; it wrote nothing. */
export function dropPaper(space: SpaceRuntime, line: Line, paper: Identity): readonly Uint8Array[] {
  const { hash, parts } = attachFrontier(space, []);
  line.add({ type: 'remove-device', device: paper.device, frontier: hash }, paper);
  return parts;
}
