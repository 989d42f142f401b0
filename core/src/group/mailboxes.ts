/** Mailboxes: which of those that links told of a space still has, in the order in which everyone uses them (C31, G24). */
import type { PersonId } from '@leanvibe/protocol/ids';
import { MAILBOXES_MAX } from '@leanvibe/protocol/limits';
import { type Court, STANDS, standOf, VALID, verdictOf } from './judgement.js';
import type { MailboxState } from './membership.js';
import { holds, isBefore, type Node, operationOf } from './node.js';
import { newest, type OpList } from './oplist.js';
import { ADMIN } from './rank.js';
import type { MailboxOps } from './register.js';
import { byAge, personOf } from './standing.js';

export function mailboxesIn(court: Court): readonly MailboxState[] {
  const found: Node[] = [];
  for (const ops of court.register.mailboxes.values()) {
    const open = openIn(court, ops);
    if (open !== null) found.push(open);
  }
  return found.sort(byAge).slice(0, MAILBOXES_MAX).map(stateOf);
}

function stateOf(open: Node): MailboxState {
  const op = operationOf(open);
  if (op.type !== 'mailbox') throw new Error('only a mailbox link opens a mailbox');
  return { relay: op.relay, mailbox: op.mailbox, by: open.link.body.author, link: open.link.id };
}

/** The first valid link that opens it and that none took back; null when there is none. */
function openIn(court: Court, { opens, closes }: MailboxOps): Node | null {
  const closed = closesIn(court, closes);
  let first: Node | null = null;
  for (const open of validIn(court, opens)) {
    if (first !== null && byAge(first, open) < 0) continue;
    const person = personOf(court, open.link.body.author, court.set);
    if (!closed.some((close) => isBefore(open, close.node) && (close.anybodys || close.person === person))) first = open;
  }
  return first;
}

interface Close {
  readonly node: Node;
  readonly anybodys: boolean;
  readonly person: PersonId | null;
}

/** What a line's close takes back its later closes know too: the last of each line suffices, and the last by an admin. */
function closesIn(court: Court, closes: OpList): readonly Close[] {
  const counts = (node: Node): boolean => verdictOf(court, node) === VALID;
  const byAdmin = (node: Node): boolean => counts(node) && standOf(court, node) >= STANDS + ADMIN;
  const last = (test: (node: Node) => boolean): Node[] => newest(court, closes, court.set, (node) => (test(node) ? 'stop' : 'skip'));
  return [
    ...last(counts).map((node) => ({ node, anybodys: false, person: personOf(court, node.link.body.author, court.set) })),
    ...last(byAdmin).map((node) => ({ node, anybodys: true, person: null })),
  ];
}

function validIn(court: Court, list: OpList): Node[] {
  return [...list.values()]
    .flat()
    .map((one) => court.nodes[one] as Node)
    .filter((node) => holds(court.set, node) && verdictOf(court, node) === VALID);
}
