/** A small world for group tests: named people and devices, links made without signatures, the membership in one line. */
import { createHash } from 'node:crypto';
import type { DeviceId, EpochId, Hash, LinkId, MailboxId, PersonId, SpaceId } from '@leanvibe/protocol/ids';
import {
  type ConsentedCard,
  DEVICE_KINDS,
  type DeviceCard,
  type DeviceKind,
  linkBody,
  type LinkBody,
  type Operation,
  type Role,
  ROLES,
} from '@leanvibe/protocol/link';
import { encode } from '@leanvibe/protocol/shape';
import { createGraph, type Graph } from '@leanvibe/core/internal/group/graph';
import { type Link, spaceOf } from '@leanvibe/core/internal/group/link';
import type { Membership } from '@leanvibe/core/internal/group/membership';
import { createResolver } from '@leanvibe/core/internal/group/resolve';

export function digest(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}
/** A device is named `person.kind` or `person.kind.number`. */
export function device(name: string): DeviceId {
  return digest(`device ${name}`) as DeviceId;
}
export function person(name: string): PersonId {
  return digest(`person ${name}`) as PersonId;
}
export const FRONTIER = digest('frontier') as Hash;

export function card(name: string): DeviceCard {
  const kind = (name.split('.')[1] ?? 'computer') as DeviceKind;
  return { device: device(name), sealingKey: new Uint8Array(32), kind: Math.max(0, DEVICE_KINDS.indexOf(kind)) };
}
export function consented(name: string): ConsentedCard {
  return { card: card(name), consent: new Uint8Array(64) };
}
export function ownerOf(deviceName: string): string {
  return deviceName.split('.')[0] as string;
}

export function mailbox(name: string): MailboxId {
  return digest(`mailbox ${name}`) as MailboxId;
}
const mailboxLink = (name: string, relay: string, open: boolean): Operation => ({ type: 'mailbox', relay, mailbox: mailbox(name), open });

export const act = {
  addPerson: (name: string, role: Role, ...devices: string[]): Operation => ({
    type: 'add-person',
    person: person(name),
    role: ROLES.indexOf(role),
    devices: devices.map(consented),
  }),
  addDevice: (name: string): Operation => ({ type: 'add-device', person: person(ownerOf(name)), device: consented(name) }),
  removeDevice: (name: string): Operation => ({ type: 'remove-device', device: device(name), frontier: FRONTIER }),
  removePerson: (name: string): Operation => ({ type: 'remove-person', person: person(name), frontier: FRONTIER }),
  setRole: (name: string, role: Role): Operation => ({
    type: 'set-role',
    person: person(name),
    role: ROLES.indexOf(role),
    frontier: role === 'viewer' ? FRONTIER : null,
  }),
  succeed: (previous: string, next: string): Operation => ({ type: 'succeed', previous: device(previous), next: device(next) }),
  accept: (...changes: string[]): Operation => ({ type: 'accept', changes: changes.map((one) => digest(one)).sort() as never }),
  drop: (...changes: string[]): Operation => ({ type: 'drop', changes: changes.map((one) => digest(one)).sort() as never }),
  openMailbox: (name: string, relay = 'https://relay.example'): Operation => mailboxLink(name, relay, true),
  closeMailbox: (name: string, relay = 'https://relay.example'): Operation => mailboxLink(name, relay, false),
  epoch: (parents: readonly Link[], ...holders: string[]): Operation => ({
    type: 'epoch',
    parents: parents.map((one) => one.id as string as EpochId).sort(),
    commitRead: new Uint8Array(32),
    commitAppend: new Uint8Array(32),
    recipients: holders.map((one) => ({ device: device(one.replace('?', '')), append: !one.endsWith('?') })),
    priors: [],
  }),
  grant: (epoch: Link, name: string, append = true): Operation => ({
    type: 'grant',
    epoch: epoch.id as string as EpochId,
    device: device(name),
    append,
    box: new Uint8Array(112),
  }),
};

export function linkFrom(body: LinkBody): Link {
  const id = digest(Buffer.concat([Buffer.from('leanvibe/v1/link:'), encode(linkBody, body)])) as LinkId;
  return { id, space: spaceOf(id, body), body, signature: new Uint8Array(64) };
}

export interface World {
  readonly space: SpaceId;
  readonly genesis: Link;
  readonly links: Link[];
  readonly graph: Graph;
  /** Writes a link after these (all heads when left out) and gives it to the graph. */
  say(author: string, operation: Operation, after?: readonly Link[]): Link;
  now(): Membership;
  /** `ann:owner(2) bob:editor(1)`: members, roles, live devices. */
  tell(membership?: Membership): string;
  why(link: Link): string;
}

/** The founder's first device is `<name>.computer`. */
export function foundWorld(founder: string, nonce = 'nonce'): World {
  const first = `${founder}.computer`;
  const genesis = linkFrom({
    space: null,
    parents: [],
    author: device(first),
    index: 0,
    operation: { type: 'genesis', home: false, person: person(founder), card: card(first), nonce: Buffer.from(digest(nonce), 'hex') },
  });
  const graph = createGraph(genesis.space);
  const resolver = createResolver(graph);
  const links = [genesis];
  graph.add(genesis);
  return {
    space: genesis.space,
    genesis,
    links,
    graph,
    say(author, operation, after) {
      const parents = [...new Set((after ?? graph.heads().map((id) => ({ id }))).map((one) => one.id))].sort();
      const own = links.filter(
        (one) => one.body.author === device(author) && (parents.includes(one.id) || parents.some((head) => graph.isAncestor(one.id, head))),
      );
      const index = own.reduce((next, one) => Math.max(next, one.body.index + 1), 0);
      const link = linkFrom({ space: genesis.space, parents, author: device(author), index, operation });
      const added = graph.add(link);
      if (added.state !== 'added') throw new Error(`not added: ${JSON.stringify(added)}`);
      links.push(link);
      return link;
    },
    now: () => resolver.now(),
    tell(membership) {
      const known = new Map(['ann', 'bob', 'cat', 'dan', 'eve', 'pup', founder].map((name) => [person(name) as string, name]));
      return (membership ?? resolver.now()).persons
        .map((one) => `${known.get(one.person) ?? one.person.slice(0, 6)}:${one.role}(${one.devices.length})`)
        .sort()
        .join(' ');
    },
    why: (link) => resolver.now().verdict(link.id) ?? 'unknown',
  };
}

/** Everything a membership says, as text that two devices can compare. */
export function snapshot(membership: Membership): string {
  const value = {
    persons: membership.persons,
    devices: [...membership.devices],
    voids: membership.voids,
    epochs: [...membership.epochs].map(([id, state]) => [id, state.verdict, state.maximal]),
    maximal: membership.maximalEpochs,
    usable: membership.usableEpochs,
    owed: membership.rotationOwed,
    removals: membership.removals,
    demotions: membership.demotions,
    forks: membership.forkProofs,
    accepted: [...membership.accepted].sort(),
    dropped: [...membership.dropped].sort(),
    successions: membership.successions,
    mailboxes: membership.mailboxes,
    readOnly: membership.readOnly,
  };
  return JSON.stringify(value, (_, one: unknown) => (one instanceof Uint8Array ? Buffer.from(one).toString('hex') : one));
}

/** The membership a device reaches that receives these links in this order. */
export function receive(space: SpaceId, links: readonly Link[]): Membership {
  const graph = createGraph(space);
  const resolver = createResolver(graph);
  for (const link of links) graph.add(link);
  return resolver.now();
}
