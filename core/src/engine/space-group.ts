/** A running space's membership: the graph and resolver's answers in the engine's words. */
import { type DeviceId, type EpochId, fromHex, type Hash, type LinkId, type PersonId, type SpaceId, toHex } from '@leanvibe/protocol/ids';
import type { DeviceCard, Operation, Role } from '@leanvibe/protocol/link';
import { concat } from '@leanvibe/protocol/bytes';
import { createGraph } from '../group/graph.js';
import type { Link } from '../group/link.js';
import type { Holders, RotationDebt } from '../group/epochs.js';
import type { Membership, PersonState } from '../group/membership.js';
import { createResolver } from '../group/resolve.js';
import type { GroupView } from '../intake/group-view.js';
import type { Hashing } from '../ports/crypto.js';

export interface Member {
  readonly device: DeviceId;
  readonly person: PersonId;
  readonly card: DeviceCard;
  readonly role: Role;
  readonly live: boolean;
  readonly addedBy: LinkId;
  /** Valid additions of the device so far: more than one when it was removed and came back. */
  readonly additions: number;
}

export type EpochOperation = Operation & { readonly type: 'epoch' };

export interface SpaceGroup {
  /** `full`: too many links wait for parents; offer it again when others came. */
  add(link: Link): 'grew' | 'waiting' | 'known' | 'refused' | 'full';
  empty(): boolean;
  /** All that the resolver makes of every link held. */
  now(): Membership;
  /** Every link held, parents first, in the same order on every device that holds the same ones. */
  links(): readonly Link[];
  /** What a new change cites, or a new link of this author (C3, C6). */
  cite(author?: DeviceId): readonly LinkId[];
  /** The next index of a device's own line. */
  nextIndex(device: DeviceId): number;
  member(device: DeviceId): Member | null;
  members(): readonly Member[];
  /** Members as people; their live devices only. */
  persons(): readonly PersonState[];
  /** No device of an owner is live: nothing may be written. */
  readOnly(): boolean;
  /** Somebody's own devices rather than a space made to be shared. */
  ofOnePerson(): boolean;
  standing(device: DeviceId): 'live' | 'removed' | 'unknown';
  /** Nobody but its own person took it out. */
  leftByItself(device: DeviceId): boolean;
  /** A fork proof convicts it: it is never added again. */
  forked(device: DeviceId): boolean;
  mayWrite(device: DeviceId): boolean;
  /** Keys are renewed also where no owner is left: it tells the removed that they are. */
  mayRotate(device: DeviceId): boolean;
  /** What a rotation names as parents, lowest id first. */
  maximalEpochs(): readonly EpochId[];
  /** C12: those a writer may use, lowest id first. */
  usableEpochs(): readonly EpochId[];
  epochOperation(epoch: EpochId): EpochOperation | null;
  /** The same, also of a link that still waits for its parents: the epoch's id is its hash, and so vouches for it. */
  epochWords(epoch: EpochId): EpochOperation | null;
  /** C12: who was given an epoch's R, and who its W. */
  holders(epoch: EpochId): Holders;
  /** Who wrote a link. */
  authorOf(link: LinkId): DeviceId | null;
  /** Removed devices that a rotation still has to shut out. */
  owed(): readonly DeviceId[];
  /** Why the next writer must rotate first; empty while an epoch is usable. */
  debts(): readonly RotationDebt[];
  /** Grants written for a device. */
  grantsTo(device: DeviceId): readonly Grant[];
  /** Frontier attachments that removals name. */
  frontiers(): readonly Hash[];
  /** Changes whenever a removal, demotion, fork proof or accept link appears or falls. */
  contestKey(): string;
  /** P5: epochs whose author gave a secret to a device that its own past shows removed. */
  leakedEpochs(): readonly EpochId[];
  /** `seqOf`: what a frontier attachment keeps of a chain; null when it is missing here. */
  view(seqOf: (frontier: Hash, addedBy: LinkId) => number | null): GroupView;
}

export type Grant = Operation & { readonly type: 'grant' };

/** How a space comes by its membership: the resolver in products, a decorated one where a test breaks a rule on purpose. */
export type MembershipFactory = (hashing: Hashing, space: SpaceId) => SpaceGroup;

export function createSpaceGroup(hashing: Hashing, space: SpaceId): SpaceGroup {
  const graph = createGraph(space);
  const resolver = createResolver(graph);
  const grants = new Map<DeviceId, Grant[]>();
  let now: Membership | null = null;

  const current = (): Membership => {
    now ??= resolver.now();
    return now;
  };

  const memberOf = (device: DeviceId): Member | null => {
    const state = current().devices.get(device);
    if (state === undefined) return null;
    const person = current().persons.find((one) => one.person === state.person);
    return {
      device,
      person: state.person,
      card: state.card,
      role: person?.role ?? 'viewer',
      live: state.state === 'live' && person !== undefined,
      addedBy: state.addedBy,
      additions: state.history.length,
    };
  };

  return {
    add(link) {
      const added = graph.add(link);
      if (added.state !== 'added') return added.state;
      now = null;
      for (const id of added.links) noteGrant(grants, graph.get(id));
      return 'grew';
    },
    empty: () => graph.nodes.length === 0,
    now: current,
    links: () => graph.order().map((id) => graph.get(id) as Link),
    cite: (author) => resolver.cite(author),
    nextIndex: (device) =>
      graph.nodes.reduce((next, node) => (node.link.body.author === device ? Math.max(next, node.link.body.index + 1) : next), 0),
    member: memberOf,
    members: () => [...current().devices.keys()].map(memberOf).filter((member) => member !== null),
    persons: () => current().persons,
    readOnly: () => current().readOnly,
    ofOnePerson: () => {
      const genesis = graph.nodes[0]?.link.body.operation;
      return genesis?.type === 'genesis' && genesis.home;
    },
    standing(device) {
      const member = memberOf(device);
      return member === null ? 'unknown' : member.live ? 'live' : 'removed';
    },
    leftByItself(device) {
      const member = memberOf(device);
      const rows = member === null || member.live ? [] : current().removalsOf(member.addedBy);
      const own = (by: LinkId): boolean => {
        const author = graph.get(by)?.body.author;
        return author !== undefined && current().devices.get(author)?.person === member?.person;
      };
      return rows.length > 0 && rows.every(({ by, cause }) => cause === 'removed' && own(by));
    },
    forked: (device) => current().forkProofs.some((proof) => proof.device === device),
    mayWrite(device) {
      const member = memberOf(device);
      return member !== null && member.live && member.role !== 'viewer' && !current().readOnly;
    },
    mayRotate(device) {
      const member = memberOf(device);
      return member !== null && member.live && member.role !== 'viewer';
    },
    maximalEpochs: () => current().maximalEpochs,
    usableEpochs: () => current().usableEpochs,
    epochOperation: (epoch) => epochOf(graph.get(epoch as string as LinkId)),
    epochWords: (epoch) => epochOf(graph.get(epoch as string as LinkId) ?? graph.waits(epoch as string as LinkId)),
    holders: (epoch) => resolver.holders(epoch),
    authorOf: (link) => graph.get(link)?.body.author ?? null,
    owed: () => [
      ...new Set(
        current()
          .rotationOwed.map((debt) => debt.device)
          .filter((device) => device !== null),
      ),
    ],
    debts: () => current().rotationOwed,
    grantsTo: (device) => grants.get(device) ?? [],
    frontiers: () =>
      current()
        .removals.map((removal) => removal.frontier)
        .filter((frontier) => frontier !== null),
    contestKey() {
      const { accepted, removals } = current();
      const rows = [...removals.map((one) => `${one.addedBy}${one.by}`), ...[...accepted].sort()];
      return toHex(hashing.sha256(concat(...rows.map((row) => fromHex(row) ?? new Uint8Array(0)))));
    },
    leakedEpochs: () =>
      graph.nodes
        .filter((node) => {
          const { author, operation, parents } = node.link.body;
          if (operation.type !== 'epoch') return false;
          const known = resolver.at(parents);
          return operation.recipients.some((one) => one.device !== author && known?.devices.get(one.device)?.state === 'removed');
        })
        .map((node) => node.link.id as string as EpochId),
    view: (seqOf) => ({
      knows: (heads) => graph.closure(heads) !== null,
      mayWrite: (heads, device, addedBy) => resolver.mayWrite(heads, device, addedBy),
      includes: (heads, link) => graph.includes(heads, link),
      removals: (addedBy) =>
        current()
          .removalsOf(addedBy)
          .map(({ by, frontier }) => ({ by, frontierSeq: frontier === null ? 0 : seqOf(frontier, addedBy) })),
      accepted: (change) => current().accepted.has(change),
    }),
  };
}

function epochOf(link: Link | null): EpochOperation | null {
  const operation = link?.body.operation;
  return operation?.type === 'epoch' ? operation : null;
}

function noteGrant(grants: Map<DeviceId, Grant[]>, link: Link | null): void {
  const operation = link?.body.operation;
  if (operation?.type === 'grant') grants.set(operation.device, [...(grants.get(operation.device) ?? []), operation]);
}
