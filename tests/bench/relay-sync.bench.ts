/** B2 and B3 of the relay: an editing trace, and single keystrokes, between two devices that meet only through it, beside y-websocket and its server. */
import { count, kilobytes, median, ms, quantile, times } from './kit/figures.js';
import { inFolder } from './kit/folders.js';
import { costs, spent, startTrio } from './kit/pair.js';
import { startRelayPair } from './kit/relay-pair.js';
import type { Report } from './kit/report.js';
import { loadTrace } from './kit/trace.js';

interface Run {
  /** From the first keystroke until the other end shows the last. */
  readonly visibleMs: number;
  /** … and it is on disk wherever this engine keeps it. */
  readonly durableMs: number;
  /** Writer, reader, server. */
  readonly cpuMs: readonly number[];
  /** Of the writer. */
  readonly bytesOut: number;
  readonly bytesBack: number;
}

type Folder = (name: string) => string;

function runOf(startMs: number, seenMs: number, durableMs: number, used: Awaited<ReturnType<typeof costs>>): Run {
  return {
    visibleMs: seenMs - startMs,
    durableMs: durableMs - startMs,
    cpuMs: used.map((one) => one.cpuMs),
    bytesOut: used[0]?.bytesOut ?? 0,
    bytesBack: used[0]?.bytesIn ?? 0,
  };
}

async function ours(folder: Folder, size: number, windowMs: number, how: 'replay' | 'replayRaw', together: number): Promise<Run> {
  const pair = await startRelayPair(folder, `lv-${size}-${windowMs}-${how}-${Math.random()}`, windowMs);
  const { a, b, relay } = pair;
  const document = await a.call('newDocument');
  const before = await costs([a, b, relay.child]);
  const seen = b.call('untilReplayed', document, size);
  const typed = await a.call(how, document, 0, size, together);
  const seenMs = await seen;
  const durableMs = Math.max(seenMs, typed.keptMs, await a.call('inStepWithRelay'), await b.call('inStepWithRelay'));
  const used = spent(before, await costs([a, b, relay.child]));
  await pair.stop();
  return runOf(typed.startMs, seenMs, durableMs, used);
}

async function theirs(folder: Folder, size: number, together: number): Promise<Run> {
  const trio = await startTrio(folder(`y-${size}-${together}-${Math.random()}`), 'x');
  const before = await costs([trio.a, trio.b, trio.server]);
  const seen = trio.b.call('untilReplayed', 'x', size);
  const typed = await trio.a.call('replay', 'x', 0, size, together);
  const seenMs = await seen;
  const durableMs = await trio.server.call('durable');
  const used = spent(before, await costs([trio.a, trio.b, trio.server]));
  await trio.stop();
  return runOf(typed.startMs, seenMs, durableMs, used);
}

interface Contender {
  readonly name: string;
  readonly run: (folder: Folder, size: number) => Promise<Run>;
}

const STREAMS: readonly Contender[] = [
  { name: 'LeanVibe 1/tx', run: (folder, size) => ours(folder, size, 100, 'replay', 1) },
  { name: 'y-websocket 1/tx', run: (folder, size) => theirs(folder, size, 1) },
  { name: 'LeanVibe 100/tx', run: (folder, size) => ours(folder, size, 100, 'replayRaw', 100) },
  { name: 'y-websocket 100/tx', run: (folder, size) => theirs(folder, size, 100) },
];
const EACH: readonly Contender[] = [
  { name: 'LeanVibe 1/entry', run: (folder, size) => ours(folder, size, 0, 'replay', 1) },
  { name: 'y-websocket, as many', run: (folder, size) => theirs(folder, size, 1) },
];

export async function benchRelayReplay(quick: boolean): Promise<Report> {
  const trace = loadTrace();
  const full = quick ? 5_000 : trace.edits.length;
  const few = Math.min(full, quick ? 1_000 : 16_000);
  const rounds = quick ? 1 : 2;
  const found = new Map<string, Run[]>();
  await inFolder(async (folder) => {
    for (let round = 0; round < rounds; round++)
      for (const [size, contenders] of [
        [full, STREAMS],
        [few, EACH],
      ] as const)
        for (const { name, run } of contenders) found.set(name, [...(found.get(name) ?? []), await run(folder, size)]);
  });
  const at = (name: string, pick: (run: Run) => number): number => median((found.get(name) ?? []).map(pick));
  const ratio = (one: string, other: string, pick: (run: Run) => number): number => at(one, pick) / at(other, pick);
  const server = (run: Run): number => run.cpuMs[2] ?? Number.NaN;
  const walls = ['1/tx', '100/tx'].map((how) => ratio(`LeanVibe ${how}`, `y-websocket ${how}`, (run) => run.visibleMs));
  const relayCpu = ['1/tx', '100/tx'].map((how) => ratio(`LeanVibe ${how}`, `y-websocket ${how}`, server));
  const bytes = ratio('LeanVibe 100/tx', 'y-websocket 100/tx', (run) => run.bytesOut);
  const loss = (pick: (run: Run) => number): number => ratio('LeanVibe 1/entry', 'y-websocket, as many', pick);
  return {
    id: 'relay-replay',
    work: 'B2 through the relay: an editing trace replayed live to a second device, as fast as each takes them',
    columns: ['', 'edits', 'visible ms', 'durable', 'CPU: writer', 'reader', 'server', 'out', 'back'],
    rows: [...STREAMS, ...EACH].map(({ name }, row) => [
      name,
      count(row < STREAMS.length ? full : few),
      ms(at(name, (run) => run.visibleMs)),
      ms(at(name, (run) => run.durableMs)),
      ...[0, 1, 2].map((who) => count(at(name, (run) => run.cpuMs[who] ?? Number.NaN))),
      kilobytes(at(name, (run) => run.bytesOut)),
      kilobytes(at(name, (run) => run.bytesBack)),
    ]),
    judged: [
      { goal: 'wall ≤ 1.0x y (1/tx, 100/tx)', measured: walls.map(times).join(', '), met: walls.every((one) => one <= 1) },
      {
        goal: 'relay CPU until durable ≤ 0.15x y (1/tx, 100/tx)',
        measured: relayCpu.map(times).join(', '),
        met: relayCpu.every((one) => one <= 0.15),
      },
      { goal: 'bytes ≤ 1.3x y at 100 per transaction', measured: times(bytes), met: bytes <= 1.3 },
      {
        goal: 'one entry per edit (window 0), to know the loss',
        measured: `visible ${times(loss((run) => run.visibleMs))} of y, relay CPU ${times(loss(server))}, bytes ${times(loss((run) => run.bytesOut))}`,
        met: loss((run) => run.visibleMs) <= 1,
      },
    ],
    notes: [
      `Trace: ${trace.source}. ${rounds} rounds, contenders taking turns, the median. 1/tx: one transaction per edit; 100/tx: one per 100; 1/entry: our window set to 0, so that each edit is signed and sealed by itself.`,
      'Ours: two agents’ engines with stores on disk and one relay (SQLite, flushed), each a process; the devices were paired before and have no other line than their WebSockets to the relay. The account is of the largest tier: a device of it may append 2,000 entries at once and 200 a second after that, which holds one entry per edit back once there are more.',
      'Theirs: two clients and @y/websocket-server with y-leveldb, in three processes; LevelDB writes without fsync, the clients keep nothing. Hocuspocus is not in this one.',
      'Bytes are those of the writer’s TCP sockets, out and back. CPU is that of whole processes, all threads, until everything is durable.',
    ],
    data: { source: trace.source, full, few, runs: Object.fromEntries(found) },
  };
}

const EVERY_MS = 20;
const SLICE = 100;

interface Typist {
  readonly name: string;
  readonly delays: number[];
  slice(): Promise<void>;
  stop(): Promise<void>;
}

interface Ends {
  /** What the reader has before a slice. */
  clocks(): Promise<number>;
  seen(base: number): Promise<readonly number[]>;
  typed(): Promise<readonly number[]>;
  stop(): Promise<void>;
}

function typist(name: string, { clocks, seen, stop, typed }: Ends): Typist {
  const delays: number[] = [];
  return {
    name,
    delays,
    async slice() {
      const seeing = seen(await clocks());
      const at = await typed();
      const shown = await seeing;
      delays.push(...at.map((one, index) => (shown[index] ?? Number.NaN) - one));
    },
    stop,
  };
}

export async function benchRelayKeystroke(quick: boolean): Promise<Report> {
  const trace = loadTrace();
  const sizes = quick ? [0, 1_000] : [0, 10_000];
  const slices = quick ? 2 : 6;
  const found = new Map<string, readonly number[]>();
  await inFolder(async (folder) => {
    for (const size of sizes) {
      const typists: Typist[] = [];
      for (const windowMs of [0, 100]) typists.push(await oursTyping(folder, size, windowMs));
      typists.splice(1, 0, await theirsTyping(folder, size));
      for (const one of typists) await one.slice(); // warms up, thrown away
      for (const one of typists) one.delays.length = 0;
      for (let slice = 0; slice < slices; slice++) for (const one of typists) await one.slice();
      for (const one of typists) {
        await one.stop();
        found.set(`${one.name}/${size}`, one.delays);
      }
    }
  });
  const at = (name: string, size: number, part: number): number => quantile(found.get(`${name}/${size}`) ?? [], part);
  const ratios = (part: number): readonly number[] => sizes.map((size) => at(OURS(0), size, part) / at(THEIRS, size, part));
  const judge = (goal: string, part: number, most: number): Report['judged'][number] => ({
    goal,
    measured: ratios(part).map(times).join(', '),
    met: ratios(part).every((one) => one <= most),
  });
  return {
    id: 'relay-keystroke',
    work: 'B3 through the relay: a keystroke, until the other device can read it; 50 a second',
    columns: ['', 'document', 'p50 ms', 'p99 ms', 'p50 to y', 'p99 to y'],
    rows: sizes.flatMap((size) =>
      [OURS(0), THEIRS, OURS(100)].map((name) => [
        name,
        size === 0 ? 'empty' : `${count(size)} edits`,
        ms(at(name, size, 0.5)),
        ms(at(name, size, 0.99)),
        times(at(name, size, 0.5) / at(THEIRS, size, 0.5)),
        times(at(name, size, 0.99) / at(THEIRS, size, 0.99)),
      ]),
    ),
    judged: [judge('window 0: p50 ≤ 1.2x y', 0.5, 1.2), judge('window 0: p99 ≤ 1.0x y', 0.99, 1)],
    notes: [
      `Trace for the documents’ past: ${trace.source}. ${slices * SLICE} keystrokes for each figure, contenders taking turns of ${SLICE}.`,
      'Ours is on three disks before it is shown: the writer’s, the relay’s, the reader’s. Theirs is in memory everywhere; shown means the update event. Hocuspocus is not in this one.',
    ],
    data: Object.fromEntries(found),
  };
}

const OURS = (windowMs: number): string => (windowMs === 0 ? 'LeanVibe, window 0' : `LeanVibe, window ${windowMs} ms`);
const THEIRS = 'y-websocket';

async function oursTyping(folder: Folder, size: number, windowMs: number): Promise<Typist> {
  const pair = await startRelayPair(folder, `typed-${windowMs}-${size}`, windowMs);
  const { a, b } = pair;
  const document = await a.call('newDocument');
  if (size > 0) {
    const there = b.call('untilReplayed', document, size);
    await a.call('replayRaw', document, 0, size, 100);
    await there;
  }
  return typist(OURS(windowMs), {
    typed: () => a.call('type', document, SLICE, EVERY_MS),
    clocks: () => b.call('clocks', document),
    seen: (base) => b.call('seen', document, base, SLICE),
    stop: () => pair.stop(),
  });
}

async function theirsTyping(folder: Folder, size: number): Promise<Typist> {
  const trio = await startTrio(folder(`y-typed-${size}`), 'x');
  const there = trio.b.call('untilReplayed', 'x', size);
  await trio.a.call('replay', 'x', 0, size, 100);
  await there;
  return typist(THEIRS, {
    typed: () => trio.a.call('type', 'x', SLICE, EVERY_MS),
    clocks: () => trio.b.call('clocks', 'x'),
    seen: (base) => trio.b.call('seen', 'x', base, SLICE),
    stop: () => trio.stop(),
  });
}
