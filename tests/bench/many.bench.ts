/** B6 and B7: many small documents, met for the first time, and met again after ten of them changed. */
import type { DocumentId } from '@leanvibe/protocol/ids';
import type { HocuspocusCalls } from './hocuspocus.js';
import { type Child, startChild } from './kit/child.js';
import { count, exponent, kilobytes, ms, times } from './kit/figures.js';
import { inFolder } from './kit/folders.js';
import { type Cost, costBetween } from './kit/meter.js';
import { type Pair, startPair } from './kit/pair.js';
import type { Report } from './kit/report.js';
import type { YServerCalls } from './yserver.js';

interface Meeting {
  readonly ms: number;
  readonly messages: number;
  readonly bytes: number;
  /** Both processes. */
  readonly cpuMs: number;
  /** The one that had the documents first. */
  readonly firstCpuMs: number;
}

interface Meetings {
  readonly first: Meeting;
  readonly again: Meeting;
}

const DOCUMENT_BYTES = 1000;
const CHANGED = 10;
const MARK = ' changed';

function meeting(fromMs: number, endMs: number, messages: number, reader: Cost, first: Cost): Meeting {
  return {
    ms: endMs - fromMs,
    messages,
    bytes: reader.bytesIn + reader.bytesOut,
    cpuMs: reader.cpuMs + first.cpuMs,
    firstCpuMs: first.cpuMs,
  };
}

/** Dials, and measures from the end of the transport's handshake until `done` and both are in step. */
async function meet({ a, b, addressOfA }: Pair, done: () => Promise<number>): Promise<Meeting> {
  const firstBefore = await a.call('cost');
  const finished = done();
  const start = await b.call('connect', addressOfA);
  const endMs = Math.max(await finished, await b.call('inStep'));
  await a.call('inStep');
  const [cost, wire, first] = [await b.call('cost'), await b.call('wire'), await a.call('cost')];
  const messages = wire.framesIn + wire.framesOut - start.wire.framesIn - start.wire.framesOut;
  return meeting(start.atMs, endMs, messages, costBetween(start.cost, cost), costBetween(firstBefore, first));
}

async function part({ a, b }: Pair): Promise<void> {
  await Promise.all([a.call('disconnect'), b.call('disconnect')]);
  await new Promise((go) => setTimeout(go, 300));
}

async function ours(folder: (name: string) => string, size: number): Promise<Meetings> {
  const pair = await startPair({ folders: [folder(`a${size}`), folder(`b${size}`)], windowMs: 100, apart: true });
  const documents: readonly DocumentId[] = await pair.a.call('fill', size, DOCUMENT_BYTES);
  const first = await meet(pair, () => pair.b.call('untilTold', size));
  if ((await pair.b.call('readAll', documents, '')) !== size) throw new Error('a document is missing');
  await part(pair);
  const changed = documents.slice(0, CHANGED);
  await pair.a.call('append', changed, MARK);
  const again = await meet(pair, () => pair.b.call('untilEnding', changed, MARK));
  await pair.stop();
  return { first, again };
}

interface Peer {
  joinAll(port: number, count: number): Promise<{ readonly startMs: number; readonly endMs: number }>;
  leaveAll(): void;
  ending(text: string): number;
  cost(): Cost;
  wire(): { readonly framesIn: number; readonly framesOut: number };
}

interface PeerSetup {
  readonly client: Child<Peer>;
  readonly serverCost: () => Promise<Cost>;
  readonly endServer: () => Promise<void>;
  readonly port: number;
  readonly change: () => Promise<void>;
}

async function peerMeeting({ client, serverCost, port }: PeerSetup, size: number, text: string, wanted: number): Promise<Meeting> {
  const [cost, wire, first] = [await client.call('cost'), await client.call('wire'), await serverCost()];
  const { startMs, endMs } = await client.call('joinAll', port, size);
  // `synced` of both libraries is told before the content is there.
  let doneMs = endMs;
  while ((await client.call('ending', text)) < wanted) {
    await new Promise((go) => setTimeout(go, 1));
    doneMs = Number(process.hrtime.bigint()) / 1e6;
  }
  const [costAfter, wireAfter, firstAfter] = [await client.call('cost'), await client.call('wire'), await serverCost()];
  const messages = wireAfter.framesIn + wireAfter.framesOut - wire.framesIn - wire.framesOut;
  return meeting(startMs, doneMs, messages, costBetween(cost, costAfter), costBetween(first, firstAfter));
}

async function peerMeetings(setup: PeerSetup, size: number): Promise<Meetings> {
  const first = await peerMeeting(setup, size, '', size);
  await setup.client.call('leaveAll');
  await new Promise((go) => setTimeout(go, 500));
  await setup.change();
  const again = await peerMeeting(setup, size, MARK, CHANGED);
  await Promise.all([setup.client.end(), setup.endServer()]);
  return { first, again };
}

async function yWebsocket(size: number): Promise<Meetings> {
  const [server, client] = [startChild<YServerCalls>('yserver.js'), startChild<Peer>('yclient.js')];
  const port = await server.call('start');
  await server.call('fill', size, DOCUMENT_BYTES);
  return peerMeetings(
    {
      client,
      port,
      serverCost: () => server.call('cost'),
      endServer: () => server.end(),
      change: () => server.call('append', 0, CHANGED, MARK),
    },
    size,
  );
}

async function hocuspocus(size: number): Promise<Meetings> {
  const [server, client] = [startChild<HocuspocusCalls>('hocuspocus.js'), startChild<Peer>('hocuspocus.js')];
  const port = await server.call('serve', size, DOCUMENT_BYTES);
  return peerMeetings(
    {
      client,
      port,
      serverCost: () => server.call('cost'),
      endServer: () => server.end(),
      change: () => server.call('append', 0, CHANGED, MARK),
    },
    size,
  );
}

const NAMES = ['LeanVibe', 'Hocuspocus', 'y-websocket'] as const;
type Name = (typeof NAMES)[number];

/** One run serves both reports. */
let measured: Promise<ReadonlyMap<string, Meetings>> | null = null;

const sizesOf = (quick: boolean): readonly number[] => (quick ? [100, 300, 1_000] : [1_000, 3_000, 10_000]);

async function measure(quick: boolean): Promise<ReadonlyMap<string, Meetings>> {
  const found = new Map<string, Meetings>();
  await inFolder(async (folder) => {
    for (const size of sizesOf(quick)) {
      found.set(`LeanVibe/${size}`, await ours(folder, size));
      found.set(`Hocuspocus/${size}`, await hocuspocus(size));
      found.set(`y-websocket/${size}`, await yWebsocket(size));
    }
  });
  return found;
}

async function report(
  quick: boolean,
  pick: (meetings: Meetings) => Meeting,
): Promise<{
  readonly at: (name: Name, size: number) => Meeting;
  readonly rows: readonly (readonly string[])[];
  readonly growth: string;
  readonly data: unknown;
}> {
  measured ??= measure(quick);
  const found = await measured;
  const sizes = sizesOf(quick);
  const at = (name: Name, size: number): Meeting => pick(found.get(`${name}/${size}`) as Meetings);
  const rows = sizes.flatMap((size) =>
    NAMES.map((name) => {
      const one = at(name, size);
      return [count(size), name, ms(one.ms), count(one.messages), kilobytes(one.bytes), count(one.cpuMs), count(one.firstCpuMs)];
    }),
  );
  const grows = (cost: (one: Meeting) => number): string =>
    NAMES.map((name) => `${name} ${exponent(sizes.map((size) => [size, cost(at(name, size))])).toFixed(2)}`).join(', ');
  return {
    at,
    rows,
    growth: `Growth exponents of time: ${grows((one) => one.ms)}; of bytes: ${grows((one) => one.bytes)}.`,
    data: Object.fromEntries(found),
  };
}

const COLUMNS = ['documents', '', 'ms', 'messages', 'bytes, both ways', 'CPU ms, both', 'CPU ms, first holder'];
const NOTES = [
  'Ours: two agents on loopback, measured after the transport’s handshake until the reader was told of every document and both said they are in step; everything is on both disks by then. Messages are frames inside the transport; bytes are those of the TCP socket.',
  'Theirs: a client and a server holding all documents in memory, nothing on disk; y-websocket opens a socket for each document, Hocuspocus 3 one for all; HTTP handshakes are in.',
];

export async function benchReconnect(quick: boolean): Promise<Report> {
  const { at, rows, growth, data } = await report(quick, (meetings) => meetings.again);
  const sizes = sizesOf(quick);
  const [small, large] = [at('LeanVibe', sizes[0] ?? 0), at('LeanVibe', sizes.at(-1) ?? 0)];
  const most = (pick: (one: Meeting) => number): number => Math.max(pick(small), pick(large));
  return {
    id: 'B6',
    work: `reconnecting with many documents, ${CHANGED} of them changed meanwhile`,
    columns: COLUMNS,
    rows,
    judged: [
      { goal: '≤ 9 KB', measured: `${kilobytes(small.bytes)}, ${kilobytes(large.bytes)}`, met: most((one) => one.bytes) <= 9_000 },
      { goal: '≤ 20 messages', measured: `${small.messages}, ${large.messages}`, met: most((one) => one.messages) <= 20 },
      { goal: '≤ 55 ms at both sizes', measured: `${ms(small.ms)} and ${ms(large.ms)} ms`, met: most((one) => one.ms) <= 55 },
    ],
    notes: [growth, ...NOTES, 'The changes were made while nobody listened: numbering, signing and sealing them is part of the time.'],
    data,
  };
}

export async function benchFirst(quick: boolean): Promise<Report> {
  const { at, rows, growth, data } = await report(quick, (meetings) => meetings.first);
  const sizes = sizesOf(quick);
  const ratio = (pick: (one: Meeting) => number): readonly number[] =>
    sizes.map((size) => pick(at('LeanVibe', size)) / pick(at('Hocuspocus', size)));
  const payload = sizes.map((size) => at('LeanVibe', size).bytes / (size * DOCUMENT_BYTES));
  const [wall, cpu] = [ratio((one) => one.ms), ratio((one) => one.firstCpuMs)];
  return {
    id: 'B7',
    work: 'first sync of many 1 KB documents',
    columns: COLUMNS,
    rows,
    judged: [
      { goal: 'wall ≤ 0.4x Hocuspocus', measured: wall.map(times).join(', '), met: wall.every((one) => one <= 0.4) },
      { goal: 'bytes ≤ 1.6x payload, padding included', measured: payload.map(times).join(', '), met: payload.every((one) => one <= 1.6) },
      {
        goal: 'CPU of the first holder ≤ 0.1x Hocuspocus (a relay’s goal; here an agent signs and seals everything)',
        measured: cpu.map(times).join(', '),
        met: cpu.every((one) => one <= 0.1),
      },
    ],
    notes: [growth, ...NOTES, 'The documents were made while nobody listened: each is numbered, signed and sealed during the meeting.'],
    data,
  };
}
