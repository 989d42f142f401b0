/** B5 of the relay: what an idle connection costs beside a bare socket, y-websocket's server and Hocuspocus, and what a mailbox costs that nobody is connected to. */
import { newShared } from '../help/relay-client.js';
import type { HocuspocusCalls } from './hocuspocus.js';
import { startChild } from './kit/child.js';
import { count, kilobytes, median, times } from './kit/figures.js';
import { inFolder } from './kit/folders.js';
import type { Memory } from './kit/meter.js';
import { DEVICES_AT_ONCE, startRelay } from './kit/relay.js';
import type { Report } from './kit/report.js';
import type { RawServerCalls } from './rawserver.js';
import type { CrowdCalls, Wire } from './relay-crowd.js';
import type { YServerCalls } from './yserver.js';

const NAMES: Readonly<Record<Wire, string>> = { relay: 'LeanVibe relay', raw: 'raw ws', y: 'y-websocket', hocuspocus: 'Hocuspocus' };

interface Server {
  readonly origin: string;
  readonly tokens: readonly string[];
  memory(): Promise<Memory>;
  stop(): Promise<void>;
}

async function serverOf(wire: Wire, folder: string): Promise<Server> {
  if (wire === 'relay') {
    const relay = await startRelay(folder);
    const tokens = await relay.devices(DEVICES_AT_ONCE);
    return { origin: relay.origin, tokens, memory: () => relay.child.call('memory'), stop: () => relay.stop() };
  }
  if (wire === 'raw') {
    const child = startChild<RawServerCalls>('rawserver.js');
    return onPort(
      await child.call('start'),
      () => child.call('memory'),
      () => child.end(),
    );
  }
  if (wire === 'y') {
    const child = startChild<YServerCalls>('yserver.js');
    return onPort(
      await child.call('start'),
      () => child.call('memory'),
      () => child.end(),
    );
  }
  const child = startChild<HocuspocusCalls>('hocuspocus.js');
  return onPort(
    await child.call('serve', 0, 0),
    () => child.call('memory'),
    () => child.end(),
  );
}

function onPort(port: number, memory: () => Promise<Memory>, stop: () => Promise<void>): Server {
  return { origin: `http://127.0.0.1:${port}`, tokens: [], memory, stop };
}

interface Grown {
  readonly heap: number;
  readonly rss: number;
}

function grown(before: Memory, after: Memory, by: number): Grown {
  return { heap: (after.heapUsed + after.external - before.heapUsed - before.external) / by, rss: (after.rss - before.rss) / by };
}

/** One mailbox or document, so many connections to it; a tenth of them come first, so that what is made once is not counted. */
async function idle(wire: Wire, folder: string, connections: number): Promise<Grown> {
  const server = await serverOf(wire, folder);
  const shared = wire === 'relay' ? newShared() : null;
  const crowds = [startChild<CrowdCalls>('relay-crowd.js'), startChild<CrowdCalls>('relay-crowd.js')] as const;
  const options = { wire, origin: server.origin, shared, readers: server.tokens };
  await crowds[0].call('open', { ...options, subscribers: Math.ceil(connections / 10) });
  await quiet();
  const before = await server.memory();
  await crowds[1].call('open', { ...options, subscribers: connections });
  await quiet();
  const after = await server.memory();
  for (const crowd of crowds) {
    await crowd.call('leave');
    await crowd.end();
  }
  await server.stop();
  return grown(before, after, connections);
}

const quiet = (): Promise<void> => new Promise((go) => setTimeout(go, 1_500));

/** Mailboxes made, appended to and left again: the heap before and after as many more. */
async function stored(folder: string, mailboxes: number): Promise<Grown> {
  const relay = await startRelay(folder);
  const tokens = await relay.devices(DEVICES_AT_ONCE);
  const crowd = startChild<CrowdCalls>('relay-crowd.js');
  const visit = (count: number): Promise<void> => crowd.call('visit', { origin: relay.origin, tokens, mailboxes: count });
  await visit(mailboxes);
  await quiet();
  const before = await relay.child.call('memory');
  await visit(mailboxes);
  await quiet();
  const after = await relay.child.call('memory');
  await crowd.end();
  await relay.stop();
  return grown(before, after, mailboxes);
}

export async function benchRelayMemory(quick: boolean, long: boolean): Promise<Report> {
  const connections = quick ? 200 : long ? 5_000 : 1_000;
  const mailboxes = quick ? 100 : 1_000;
  const rounds = quick ? 1 : 3;
  const found = new Map<Wire, Grown[]>();
  const left: Grown[] = [];
  await inFolder(async (folder) => {
    for (let round = 0; round < rounds; round++) {
      for (const wire of Object.keys(NAMES) as Wire[])
        found.set(wire, [...(found.get(wire) ?? []), await idle(wire, folder(`${wire}-${round}`), connections)]);
      left.push(await stored(folder(`stored-${round}`), mailboxes));
    }
  });
  const at = (wire: Wire, pick: (one: Grown) => number): number => median((found.get(wire) ?? []).map(pick));
  const heap = (one: Grown): number => one.heap;
  const ratio = at('relay', heap) / at('raw', heap);
  const each = median(left.map(heap));
  return {
    id: 'relay-memory',
    work: 'B5: memory of an idle connection, and of a mailbox nobody is connected to',
    columns: ['', 'connections', 'heap and buffers each', 'to raw ws', 'resident each'],
    rows: [
      ...(Object.keys(NAMES) as Wire[]).map((wire) => [
        NAMES[wire],
        count(connections),
        kilobytes(at(wire, heap)),
        times(at(wire, heap) / at('raw', heap)),
        kilobytes(at(wire, (one) => one.rss)),
      ]),
      ['LeanVibe, a stored mailbox', '0', kilobytes(each), '-', kilobytes(median(left.map((one) => one.rss)))],
    ],
    judged: [
      { goal: 'an idle connection ≤ 1.3x raw ws', measured: times(ratio), met: ratio <= 1.3 },
      { goal: 'a stored mailbox nobody is connected to: 0 (below 64 bytes)', measured: `${each.toFixed(0)} bytes`, met: each < 64 },
    ],
    notes: [
      `${count(connections)} connections to one mailbox or document, after a tenth as many; ${count(mailboxes)} mailboxes made, appended to once and left, after as many before. Heap and buffers are after a full collection; resident memory is what the system gave the process, and moves for many reasons. ${rounds} rounds, the median.`,
      'Ours are authenticated, proved to the mailbox and in step with it; Hocuspocus’ were let in without a token check, y-websocket’s and the bare socket’s by nobody. The data are generated.',
    ],
    data: { idle: Object.fromEntries(found), stored: left },
  };
}
