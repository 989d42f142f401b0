/** The register: which operations concern which device and person, whether they turn out valid or not. Grows with the graph, never judges. */
import type { DeviceId, MailboxId, PersonId } from '@leanvibe/protocol/ids';
import { DEVICE_KINDS, type DeviceCard } from '@leanvibe/protocol/link';
import { addedCards } from './cards.js';
import type { Clock } from './clock.js';
import { holds, type Node, operationOf } from './node.js';
import { noteOp, type OpList } from './oplist.js';

export interface DeviceOps {
  /** Genesis, add-person and add-device links that name it. */
  readonly adds: OpList;
  /** Remove-device and succeed links that end it. */
  readonly removes: OpList;
  /** Every add in the order it came, with the person it names. */
  readonly named: { readonly node: Node; readonly person: PersonId; readonly card: DeviceCard }[];
}

export interface PersonOps {
  /** Genesis, add-person and set-role links: each gives the person a role. */
  readonly roles: OpList;
  readonly leaves: OpList;
  readonly devices: Set<DeviceId>;
  readonly papers: Set<DeviceId>;
}

/** Links about one mailbox at one relay. */
export interface MailboxOps {
  readonly opens: OpList;
  readonly closes: OpList;
}

export interface Register {
  readonly nodes: readonly Node[];
  readonly epochs: Node[];
  readonly grants: Node[];
  readonly accepts: Node[];
  readonly drops: Node[];
  readonly successions: Node[];
  readonly mailboxes: ReadonlyMap<string, MailboxOps>;
  readonly persons: ReadonlyMap<PersonId, PersonOps>;
  readonly devices: ReadonlyMap<DeviceId, DeviceOps>;
  /** Takes in the nodes the graph gained since the last call. */
  catchUp(): void;
  device(id: DeviceId): DeviceOps;
  mailbox(key: string): MailboxOps;
  person(id: PersonId): PersonOps;
  /** The persons under whom links in the set name the device: one, unless the device itself consented to two. */
  personsOf(device: DeviceId, set: Clock): readonly PersonId[];
}

export const PAPER = DEVICE_KINDS.indexOf('paper');

/** The person an operation names; null for those that name none. In a home space the genesis names itself. */
export function namedPerson(node: Node): PersonId | null {
  const op = operationOf(node);
  if (op.type === 'genesis') return op.person ?? (node.link.id as string as PersonId);
  return 'person' in op ? op.person : null;
}

/** Names one mailbox at one relay; an origin holds no space. */
export function mailboxKey({ relay, mailbox }: { readonly relay: string; readonly mailbox: MailboxId }): string {
  return `${relay} ${mailbox}`;
}

const deviceOps = (): DeviceOps => ({ adds: new Map(), removes: new Map(), named: [] });
const personOps = (): PersonOps => ({ roles: new Map(), leaves: new Map(), devices: new Set(), papers: new Set() });
const mailboxOps = (): MailboxOps => ({ opens: new Map(), closes: new Map() });
/** What nothing concerns; never written. */
const NO_DEVICE_OPS = deviceOps();
const NO_PERSON_OPS = personOps();
const NO_MAILBOX_OPS = mailboxOps();

export function createRegister(nodes: readonly Node[]): Register {
  const devices = new Map<DeviceId, DeviceOps>();
  const persons = new Map<PersonId, PersonOps>();
  const mailboxes = new Map<string, MailboxOps>();
  const lists = { epoch: [] as Node[], grant: [] as Node[], accept: [] as Node[], drop: [] as Node[], succeed: [] as Node[] };
  let seen = 0;

  const device = (id: DeviceId): DeviceOps => devices.get(id) ?? NO_DEVICE_OPS;
  const person = (id: PersonId): PersonOps => persons.get(id) ?? NO_PERSON_OPS;
  const deviceRow = (id: DeviceId): DeviceOps => {
    const row = devices.get(id) ?? deviceOps();
    devices.set(id, row);
    return row;
  };
  const personRow = (id: PersonId): PersonOps => {
    const row = persons.get(id) ?? personOps();
    persons.set(id, row);
    return row;
  };

  const mailboxRow = (key: string): MailboxOps => {
    const row = mailboxes.get(key) ?? mailboxOps();
    mailboxes.set(key, row);
    return row;
  };

  const note = (node: Node): void => {
    const op = operationOf(node);
    const named = namedPerson(node);
    if (named !== null) {
      const row = personRow(named);
      if (op.type === 'genesis' || op.type === 'add-person' || op.type === 'set-role') noteOp(row.roles, node);
      if (op.type === 'remove-person') noteOp(row.leaves, node);
      for (const card of addedCards(op)) {
        const ops = deviceRow(card.device);
        noteOp(ops.adds, node);
        ops.named.push({ node, person: named, card });
        row.devices.add(card.device);
        if (card.kind === PAPER) row.papers.add(card.device);
      }
    }
    if (op.type === 'mailbox') {
      const { opens, closes } = mailboxRow(mailboxKey(op));
      noteOp(op.open ? opens : closes, node);
    }
    if (op.type === 'remove-device') noteOp(deviceRow(op.device).removes, node);
    if (op.type === 'succeed') noteOp(deviceRow(op.previous).removes, node);
    if (op.type === 'epoch' || op.type === 'grant' || op.type === 'accept' || op.type === 'drop' || op.type === 'succeed')
      lists[op.type].push(node);
  };

  return {
    nodes,
    epochs: lists.epoch,
    grants: lists.grant,
    accepts: lists.accept,
    drops: lists.drop,
    successions: lists.succeed,
    mailboxes,
    persons,
    devices,
    catchUp() {
      while (seen < nodes.length) note(nodes[seen++] as Node);
    },
    device,
    mailbox: (key) => mailboxes.get(key) ?? NO_MAILBOX_OPS,
    person,
    personsOf(id, set) {
      const { named } = device(id);
      const first = named[0];
      if (first === undefined) return [];
      if (named.length === 1) return holds(set, first.node) ? [first.person] : [];
      return [...new Set(named.filter((one) => holds(set, one.node)).map((one) => one.person))];
    },
  };
}
