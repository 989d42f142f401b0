/** What a device's own changes say of a checkpoint's tables: covers, client ids, covered ids (C35, C36). Pure. */
import type { CheckpointBody, ClientClock, Cover } from '@leanvibe/protocol/checkpoint';
import { type ChangeId, type DeviceId, type LinkId, toHex } from '@leanvibe/protocol/ids';
import type { ClientSpan, Inspection } from '../doc/crdt.js';
import type { BaseClient, Covering } from '../intake/base.js';
import { countIds, cutId, holdsCut, ID_BYTES, idAt, packIds } from '../intake/ids.js';
import type { Judge } from '../intake/judge.js';
import { type ChangeRow, structureOf } from '../intake/row.js';

/** Rows a checkpoint covers that passed C8 here, in causal order. */
export function coveredRows(judge: Judge, body: Pick<CheckpointBody, 'ids'>): readonly ChangeRow[] {
  return judge.sound().filter((row) => holdsCut(body.ids, cutId(row.id)));
}

/** True when the state says of every client id what the table says, and refers to nothing beyond. */
export function agreesWithState(body: Pick<CheckpointBody, 'clients'>, state: Inspection): boolean {
  const spans = new Map<number, ClientSpan>(state.writes.map((span) => [span.clientId, span]));
  // Claimed and not written yet: the state knows nothing of it.
  const clocks = new Map(body.clients.filter(({ clock }) => clock > 0).map(({ clientId, clock }) => [clientId, clock]));
  if (spans.size !== clocks.size || spans.size !== state.writes.length) return false;
  for (const [clientId, { clockStart, clockEnd }] of spans) if (clockStart !== 0 || clocks.get(clientId) !== clockEnd) return false;
  return state.reads.every(({ clientId, clockEnd }) => clockEnd <= (clocks.get(clientId) ?? 0));
}

interface Owned {
  readonly addedBy: LinkId;
  readonly device: DeviceId;
  readonly clock: number;
}

/** Where client ids stand after these rows on top of what was covered before. */
export function clientsOf(rows: readonly ChangeRow[], before: readonly BaseClient[]): ReadonlyMap<number, Owned> {
  const clients = new Map<number, Owned>(before.map((one) => [one.clientId, one]));
  for (const row of rows) {
    if (structureOf(row) !== 'sound') continue;
    for (const { clientId } of row.claims)
      if (!clients.has(clientId)) clients.set(clientId, { addedBy: row.addedBy, device: row.device, clock: 0 });
    for (const { clientId, clockEnd } of row.writes) {
      const known = clients.get(clientId);
      const owner = known ?? { addedBy: row.addedBy, device: row.device };
      clients.set(clientId, { addedBy: owner.addedBy, device: owner.device, clock: Math.max(known?.clock ?? 0, clockEnd) });
    }
  }
  return clients;
}

export interface Holding {
  readonly rows: readonly ChangeRow[];
  readonly accepted: readonly Covering[];
  readonly clients: ReadonlyMap<number, Owned>;
}

/**
 * `whole`: every covered change is held here, or was covered before; and all that was covered before is. `beside`: every one is here, but what was
 * covered before is more, so that it cannot be replayed alone. `part`: some are not here.
 */
export type Extent = 'whole' | 'beside' | 'part';

export function extentOf(body: Covering, { rows, accepted }: Holding): Extent {
  const packed = packIds(allIds(accepted));
  const here = new Set<string>(rows.map(({ id }) => id.slice(0, 2 * ID_BYTES)));
  let more = false;
  for (let at = 0; at < countIds(packed); at++) {
    const cut = idAt(packed, at);
    if (holdsCut(body.ids, cut)) here.add(toHex(cut));
    else more = true;
  }
  if (here.size < countIds(body.ids)) return 'part';
  return more ? 'beside' : 'whole';
}

function* allIds(all: readonly Covering[]): Generator<Uint8Array> {
  for (const one of all) for (let at = 0; at < countIds(one.ids); at++) yield idAt(one.ids, at);
}

/** False when the tables contradict what is held: a covered change without what it stands on, a chain that ends elsewhere, a client id of another. `whole`: everything covered is held. */
export function agreesWithRows(body: Covering, judge: Judge, holding: Holding, whole: boolean): boolean {
  const isHeld = (id: ChangeId): boolean => holdsCut(body.ids, cutId(id)) || holding.accepted.some((one) => holdsCut(one.ids, cutId(id)));
  for (const row of holding.rows) {
    if (row.previous !== null && !isHeld(row.previous)) return false;
    if (!row.dependencies.every(isHeld)) return false;
  }
  for (const cover of body.covers) {
    if (!holdsCut(body.ids, cutId(cover.changeId))) return false;
    const row = judge.row(cover.changeId);
    if (row === null ? whole : row.seq !== cover.seq || row.addedBy !== cover.addedBy || row.device !== cover.device) return false;
  }
  const theirs = new Map(body.clients.map((one) => [one.clientId, one]));
  if (whole && theirs.size !== holding.clients.size) return false;
  for (const [clientId, mine] of holding.clients) {
    const one = theirs.get(clientId);
    if (one === undefined) {
      // Covered before by a checkpoint this one knows nothing of.
      const isOf = (span: { readonly clientId: number }): boolean => span.clientId === clientId;
      if (whole || holding.rows.some((row) => row.writes.some(isOf) || row.claims.some(isOf))) return false;
      continue;
    }
    const chain = body.covers[one.cover];
    if (chain?.addedBy !== mine.addedBy || chain.device !== mine.device) return false;
    const written = holding.rows.some((row) => row.writes.some((span) => span.clientId === clientId && span.clockEnd > one.clock));
    if (whole ? one.clock !== mine.clock : written) return false;
  }
  return true;
}

/** The tables of a checkpoint over everything applied here; null when chains forked or something stands beside what was applied. */
export function tablesOf(judge: Judge, accepted: readonly Covering[]): Pick<CheckpointBody, 'covers' | 'ids' | 'clients'> | null {
  if (judge.forks().length > 0) return null;
  const covers: Cover[] = [];
  for (const tips of judge.tips().values()) {
    for (const tip of tips) {
      const row = judge.row(tip);
      if (row === null) return null;
      covers.push({ addedBy: row.addedBy, device: row.device, seq: row.seq, changeId: row.id });
    }
  }
  covers.sort((a, b) => (`${a.addedBy}${a.device}` < `${b.addedBy}${b.device}` ? -1 : 1));
  const counted = judge.sound().filter((row) => judge.verdict(row.id)?.state !== 'quarantined');
  const ids = packIds([...allIds(accepted), ...counted.map((row) => cutId(row.id))]);
  if (covers.length === 0 || countIds(ids) !== covers.reduce((sum, one) => sum + one.seq, 0)) return null;
  const clients: ClientClock[] = [];
  for (const [clientId, { addedBy, device, clock }] of clientsOf(counted, judge.base?.clients ?? [])) {
    const cover = covers.findIndex((one) => one.addedBy === addedBy && one.device === device);
    if (cover < 0) return null;
    clients.push({ clientId, cover, clock });
  }
  return { covers, ids, clients: clients.sort((a, b) => a.clientId - b.clientId) };
}
