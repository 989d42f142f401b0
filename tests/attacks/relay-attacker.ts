/** Hostile clients as a process of their own: `node relay-attacker.js '<orders as JSON>'`. Told to end, it says as JSON what became of their sockets. */
import { setPriority } from 'node:os';
import { AIMED, HELD, type Sent } from './relay-offences.js';
import { holdUnread } from './relay-unread.js';

export interface Order {
  /** A key of HELD or AIMED, or `unread-sync`. */
  readonly kind: string;
  readonly port: number;
  /** Sockets held at once, or new ones a second. */
  readonly count: number;
  /** Device tokens with spaces between, for those who have accounts. */
  readonly token: string;
}

export interface Outcome {
  readonly opened: number;
  /** Sockets the relay has not ended. */
  readonly left: number;
  /** From a socket's first byte until it was ended. */
  readonly longestMs: number;
  /** First lines of answers, by status. */
  readonly answers: Readonly<Record<string, number>>;
  readonly sentBytesMax: number;
}

const orders = JSON.parse(process.argv[2] ?? '') as readonly Order[];
const sent = new Map<string, Sent[]>(orders.map(({ kind }) => [kind, []]));
// An attacker is another machine: what is measured is the relay, not who of two wins a core of this one.
setPriority(19);

function outcome(all: readonly Sent[]): Outcome {
  const now = performance.now();
  const answers: Record<string, number> = {};
  for (const { status } of all) answers[status] = (answers[status] ?? 0) + 1;
  return {
    opened: all.length,
    left: all.filter(({ endedMs }) => endedMs === null).length,
    longestMs: Math.max(0, ...all.map(({ beganMs, endedMs }) => (endedMs ?? now) - beganMs)),
    answers,
    sentBytesMax: Math.max(0, ...all.map(({ bytes }) => bytes())),
  };
}

process.on('SIGTERM', () => {
  const outcomes = Object.fromEntries([...sent].map(([kind, all]) => [kind, outcome(all)]));
  process.stdout.write(`${JSON.stringify(outcomes)}\n`, () => process.exit(0));
});
for (const order of orders) {
  const mine = sent.get(order.kind) ?? [];
  const held = HELD[order.kind];
  const aimed = AIMED[order.kind];
  if (order.kind === 'unread-sync') mine.push(...(await holdUnread(order.port, order.count, order.token)));
  else if (held !== undefined) for (let at = 0; at < order.count; at++) mine.push(held(order));
  else if (aimed !== undefined) setInterval(() => mine.push(aimed(order)), 1_000 / order.count);
  else throw new Error(`no such offence: ${order.kind}`);
}
// It waits to be asked, with sockets or without.
setInterval(() => undefined, 60_000);
process.stdout.write('begun\n');
