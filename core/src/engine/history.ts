/** History: reads a space's links back from the store, checks every signature, resolves them from nothing, and compares with what is in use. */
import type { ChangeId, DeviceId, DocumentId, EntryId, LinkId, PersonId } from '@leanvibe/protocol/ids';
import { DEVICE_KINDS, type Operation, ROLES } from '@leanvibe/protocol/link';
import { readSealed } from '@leanvibe/protocol/sealed';
import { createGraph } from '../group/graph.js';
import type { Link } from '../group/link.js';
import type { Membership } from '../group/membership.js';
import { createResolver } from '../group/resolve.js';
import { openEntry } from '../intake/open.js';
import type { ChangesOf, Deed, History, HistoryFault, HistoryLink } from './history-report.js';
import type { Kernel } from './kernel.js';
import type { SpaceRuntime } from './space.js';

const PAGE = { rows: 1000, bytes: 8 * 1024 * 1024 };

export async function historyOf(kernel: Kernel, space: SpaceRuntime): Promise<History> {
  const stored = await readLinks(kernel, space);
  const graph = createGraph(space.id);
  for (const link of stored.links.values()) graph.add(link);
  const anew = createResolver(graph).now();
  const running = space.group.now();
  const faults = [...stored.faults];
  const sayWho = createWhose(space);
  const causes = new Map(running.voids.map((one) => [one.link, one.by]));
  const links: HistoryLink[] = [];
  let verified = 0;
  for (const link of space.group.links()) {
    const verdict = running.verdict(link.id) ?? 'not-live';
    if (graph.get(link.id) === null) faults.push({ entry: null, link: link.id, what: 'missing' });
    else if (anew.verdict(link.id) !== verdict) faults.push({ entry: null, link: link.id, what: 'verdict' });
    else verified++;
    links.push({
      link: link.id,
      author: link.body.author,
      person: personOf(running, link),
      index: link.body.index,
      parents: link.body.parents,
      deed: await deedOf(link, running, sayWho),
      verdict,
      cause: causes.get(link.id) ?? [],
    });
  }
  const forks = running.forkProofs.map(({ device, index, links: proof }) => ({ device, index, links: proof }));
  return { links, forks, verified, faults, sealed: stored.sealed };
}

interface StoredLinks {
  readonly links: Map<LinkId, Link>;
  readonly faults: readonly HistoryFault[];
  readonly sealed: number;
}

async function readLinks({ crypto, store, clock }: Kernel, space: SpaceRuntime): Promise<StoredLinks> {
  const links = new Map<LinkId, Link>();
  const faults: HistoryFault[] = [];
  let sealed = 0;
  const fault = (entry: EntryId, what: string): void => void faults.push({ entry, link: null, what });
  for (let after = 0; ; ) {
    const rows = await store.rows(space.id, 1, after, PAGE);
    for (const row of rows) {
      await clock.turn();
      const outside = row.sealed === null ? null : readSealed(row.sealed);
      if (outside?.ok !== true) {
        fault(row.entryId, 'damaged');
        continue;
      }
      if (outside.value.kind !== 'link') continue;
      const sealer = space.ring.sealer(outside.value.epoch);
      if (sealer === null) {
        sealed++;
        continue;
      }
      const opened = openEntry(crypto, space.id, sealer, outside.value);
      if (!opened.ok) fault(row.entryId, opened.error);
      else if (opened.value.type === 'link') links.set(opened.value.link.id, opened.value.link);
    }
    const last = rows.at(-1);
    if (last === undefined) return { links, faults, sealed };
    after = last.position;
  }
}

/** The author's person; a device that only its own genesis adds is that one's. */
function personOf(membership: Membership, link: Link): PersonId | null {
  return membership.devices.get(link.body.author)?.person ?? null;
}

type SayWho = (changes: readonly ChangeId[]) => Promise<readonly ChangesOf[]>;

async function deedOf(link: Link, membership: Membership, whose: SayWho): Promise<Deed> {
  const op: Operation = link.body.operation;
  switch (op.type) {
    case 'genesis':
      return { type: op.type, home: op.home, person: op.person ?? (link.id as string as PersonId), device: op.card.device };
    case 'add-person':
      return { type: op.type, person: op.person, role: ROLES[op.role] ?? 'viewer', devices: op.devices.map((one) => one.card.device) };
    case 'add-device':
      return {
        type: op.type,
        person: op.person,
        device: op.device.card.device,
        kind: DEVICE_KINDS[op.device.card.kind] ?? 'computer',
      };
    case 'remove-device':
      return { type: op.type, device: op.device, person: membership.devices.get(op.device)?.person ?? null };
    case 'remove-person':
      return { type: op.type, person: op.person };
    case 'set-role':
      return { type: op.type, person: op.person, role: ROLES[op.role] ?? 'viewer' };
    case 'epoch':
      return { type: op.type, recipients: op.recipients.map((one) => one.device), replaces: op.parents.length };
    case 'grant':
      return { type: op.type, epoch: op.epoch, device: op.device, append: op.append };
    case 'accept':
    case 'drop':
      return { type: op.type, changes: op.changes, of: await whose(op.changes) };
    case 'succeed':
      return { type: op.type, previous: op.previous, next: op.next };
    case 'mailbox':
      return { type: op.type, relay: op.relay, mailbox: op.mailbox, open: op.open };
  }
}

/** Finds the author and document of changes; one link's mostly lie together, so the document of the last one is tried first. */
function createWhose(space: SpaceRuntime): SayWho {
  let last: DocumentId | null = null;
  const authorIn = async (document: DocumentId, change: ChangeId): Promise<DeviceId | null> =>
    (await (await space.known(document))?.judge())?.row(change)?.device ?? null;
  const find = async (change: ChangeId): Promise<{ readonly document: DocumentId; readonly device: DeviceId } | null> => {
    const others = (await space.documents()).filter((document) => document !== last);
    for (const document of last === null ? others : [last, ...others]) {
      const device = await authorIn(document, change);
      if (device === null) continue;
      last = document;
      return { document, device };
    }
    return null;
  };
  return async (changes) => {
    const found = new Map<string, ChangesOf>();
    for (const change of changes) {
      const one = await find(change);
      if (one === null) continue;
      const key = `${one.document}/${one.device}`;
      found.set(key, { ...one, count: (found.get(key)?.count ?? 0) + 1 });
    }
    return [...found.values()];
  };
}
