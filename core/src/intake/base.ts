/** What a judge starts from instead of the covered changes (C35): where every chain and client id stands in the checkpoints one trusts. Pure. */
import type { CheckpointBody, Cover } from '@leanvibe/protocol/checkpoint';
import { type ChangeId, type DeviceId, type EntryId, type LinkId, makeId } from '@leanvibe/protocol/ids';
import { cutId, holdsCut } from './ids.js';
import type { ChangeRow } from './row.js';

export interface BaseClient {
  readonly clientId: number;
  readonly addedBy: LinkId;
  readonly device: DeviceId;
  readonly clock: number;
}

/** The join of checkpoints: chains, clocks and covered changes of all of them. */
export interface Base {
  readonly crdt: number;
  /** One per chain, the furthest. */
  readonly covers: readonly Cover[];
  readonly clients: readonly BaseClient[];
  /** True for a change whose effects are in the state. */
  holds(id: ChangeId): boolean;
  /** Nobody attested it: shown, and nothing is written on top of it. */
  readonly provisional: boolean;
}

/** What of a checkpoint a base is made of. */
export type Covering = Pick<CheckpointBody, 'crdt' | 'covers' | 'ids' | 'clients'>;

/** Of two covers of a chain the one that goes further; of two branches at one seq the lower id, alike everywhere. */
function further(a: Cover | undefined, b: Cover): Cover {
  if (a === undefined || b.seq > a.seq) return b;
  return b.seq === a.seq && b.changeId < a.changeId ? b : a;
}

/** `also`: changes that were tried on the state and made no difference (C38). Null without any checkpoint. */
export function joinBase(all: readonly Covering[], also: ReadonlySet<ChangeId>, provisional: boolean): Base | null {
  const first = all[0];
  if (first === undefined) return null;
  const covers = new Map<string, Cover>();
  const clients = new Map<number, BaseClient>();
  for (const one of all) {
    for (const cover of one.covers) {
      const name = `${cover.addedBy}${cover.device}`;
      covers.set(name, further(covers.get(name), cover));
    }
    for (const { clientId, cover, clock } of one.clients) {
      const chain = one.covers[cover];
      const known = clients.get(clientId);
      if (chain === undefined || (known !== undefined && known.clock >= clock)) continue;
      clients.set(clientId, { clientId, addedBy: chain.addedBy, device: chain.device, clock });
    }
  }
  return {
    crdt: first.crdt,
    covers: [...covers.values()],
    clients: [...clients.values()],
    provisional,
    holds(id) {
      const cut = cutId(id);
      return also.has(id) || all.some((one) => holdsCut(one.ids, cut));
    },
  };
}

/** True when everything `b` covers, `a` covers too: then `b` may go. */
export function coversAll(a: Pick<Covering, 'covers' | 'ids'>, b: Pick<Covering, 'covers'>): boolean {
  return b.covers.every((cover) => holdsCut(a.ids, cutId(cover.changeId)));
}

const NO_ENTRY = makeId<EntryId>(new Uint8Array(32));

/** A chain's last covered change as far as anything later needs it. */
export function coveredRow(base: Base, { addedBy, device, seq, changeId }: Cover): ChangeRow {
  return {
    id: changeId,
    entry: NO_ENTRY,
    device,
    addedBy,
    seq,
    previous: null,
    dependencies: [],
    authHeads: [],
    crdt: base.crdt,
    claims: [],
    structure: 0,
    writes: [],
    reads: [],
    structs: 0,
    token: null,
  };
}
