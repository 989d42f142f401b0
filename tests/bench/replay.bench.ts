/** B2: an editing trace replayed live from one device to another, durable, beside two y-websocket clients through their server. */
import { count, exponent, kilobytes, median, ms, times } from './kit/figures.js';
import { inFolder } from './kit/folders.js';
import { costs, spent, startPair, startTrio } from './kit/pair.js';
import type { Report } from './kit/report.js';
import { loadTrace } from './kit/trace.js';

interface Run {
  /** From the first keystroke until the other end shows the last. */
  readonly visibleMs: number;
  /** … and everything is on disk wherever this engine keeps it. */
  readonly durableMs: number;
  readonly cpuMs: readonly number[];
  readonly bytesOut: number;
  readonly bytesBack: number;
}

type Folder = (name: string) => string;

async function ours(folder: Folder, size: number, windowMs: number, how: 'replay' | 'replayRaw', together: number): Promise<Run> {
  const name = `lv-${size}-${windowMs}-${how}-${together}-${Math.random()}`;
  const pair = await startPair({ folders: [folder(`${name}-a`), folder(`${name}-b`)], windowMs });
  const document = await pair.a.call('newDocument');
  const before = await costs([pair.a, pair.b]);
  const seen = pair.b.call('untilReplayed', document, size);
  const typed = await pair.a.call(how, document, 0, size, together);
  const seenMs = await seen;
  const used = spent(before, await costs([pair.a, pair.b]));
  await pair.stop();
  return {
    visibleMs: seenMs - typed.startMs,
    durableMs: Math.max(seenMs, typed.keptMs) - typed.startMs,
    cpuMs: used.map((one) => one.cpuMs),
    bytesOut: used[0]?.bytesOut ?? 0,
    bytesBack: used[0]?.bytesIn ?? 0,
  };
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
  return {
    visibleMs: seenMs - typed.startMs,
    durableMs: durableMs - typed.startMs,
    cpuMs: used.map((one) => one.cpuMs),
    bytesOut: used[0]?.bytesOut ?? 0,
    bytesBack: used[0]?.bytesIn ?? 0,
  };
}

interface Contender {
  readonly name: string;
  /** Leaves out the largest size. */
  readonly slow?: boolean;
  readonly run: (folder: Folder, size: number) => Promise<Run>;
}

const CONTENDERS: readonly Contender[] = [
  { name: 'LeanVibe 1/tx', run: (folder, size) => ours(folder, size, 100, 'replay', 1) },
  { name: 'y-websocket 1/tx', run: (folder, size) => theirs(folder, size, 1) },
  { name: 'LeanVibe 100/tx', run: (folder, size) => ours(folder, size, 100, 'replayRaw', 100) },
  { name: 'y-websocket 100/tx', run: (folder, size) => theirs(folder, size, 100) },
  { name: 'LeanVibe 1/entry', slow: true, run: (folder, size) => ours(folder, size, 0, 'replay', 1) },
];

interface Row {
  readonly name: string;
  readonly edits: number;
  readonly runs: readonly Run[];
}

const mid = (row: Row, pick: (run: Run) => number): number => median(row.runs.map(pick));
const cpu = (run: Run): number => run.cpuMs.reduce((sum, one) => sum + one, 0);

export async function benchReplay(quick: boolean): Promise<Report> {
  const trace = loadTrace();
  const full = quick ? 20_000 : trace.edits.length;
  const sizes = [Math.round(full / 16), Math.round(full / 4), full];
  const runs = new Map<string, Run[]>();
  await inFolder(async (folder) => {
    for (const size of sizes) {
      for (let round = 0; round < (quick || size === full ? 1 : 2); round++) {
        for (const { name, slow, run } of CONTENDERS) {
          if (slow === true && size === full) continue;
          const list = runs.get(`${name}/${size}`) ?? [];
          runs.set(`${name}/${size}`, list);
          list.push(await run(folder, size));
        }
      }
    }
  });
  const row = (at: number, size: number): Row => {
    const name = CONTENDERS[at]?.name ?? '';
    return { name, edits: size, runs: runs.get(`${name}/${size}`) ?? [] };
  };
  const quarter = sizes[1] ?? full;
  const [one, theirOne, hundred, theirHundred] = [row(0, full), row(1, full), row(2, full), row(3, full)];
  const [each, theirEach] = [row(4, quarter), row(1, quarter)];
  const rows = [one, theirOne, hundred, theirHundred, each, theirEach];
  const growth = CONTENDERS.map(({ name }) => {
    const measured = sizes.filter((size) => runs.has(`${name}/${size}`));
    const points = measured.map((size) => [size, median((runs.get(`${name}/${size}`) ?? []).map((run) => run.durableMs))] as const);
    return `${name} ${exponent(points).toFixed(2)}`;
  });
  const visible = mid(one, (run) => run.visibleMs) / mid(theirOne, (run) => run.visibleMs);
  const durable = mid(one, (run) => run.durableMs) / mid(theirOne, (run) => run.durableMs);
  const hundredVisible = mid(hundred, (run) => run.visibleMs) / mid(theirHundred, (run) => run.visibleMs);
  const bytes = mid(hundred, (run) => run.bytesOut) / mid(theirHundred, (run) => run.bytesOut);
  const loss = mid(each, (run) => run.visibleMs) / mid(theirEach, (run) => run.visibleMs);
  return {
    id: 'B2',
    work: `an editing trace replayed live to a second device, as fast as each takes them`,
    columns: ['', 'edits', 'visible ms', 'durable', 'CPU: writer', 'reader', 'server', 'out', 'back'],
    rows: rows.map((row) => [
      row.name,
      count(row.edits),
      ms(mid(row, (run) => run.visibleMs)),
      ms(mid(row, (run) => run.durableMs)),
      ...[0, 1, 2].map((at) => (row.runs[0]?.cpuMs[at] === undefined ? '-' : count(mid(row, (run) => run.cpuMs[at] ?? 0)))),
      kilobytes(mid(row, (run) => run.bytesOut)),
      kilobytes(mid(row, (run) => run.bytesBack)),
    ]),
    judged: [
      { goal: 'wall ≤ 1.0x y, edit by edit', measured: `visible ${times(visible)}, durable ${times(durable)}`, met: visible <= 1 },
      { goal: 'wall ≤ 1.0x y, 100 per transaction', measured: `visible ${times(hundredVisible)}`, met: hundredVisible <= 1 },
      { goal: 'bytes ≤ 1.3x y at 100 per transaction', measured: times(bytes), met: bytes <= 1.3 },
      {
        goal: 'one entry per edit (window 0), to know the loss',
        measured: `visible ${times(loss)} of y, CPU ${times(mid(each, cpu) / mid(theirEach, cpu))}, bytes ${times(mid(each, (run) => run.bytesOut) / mid(theirEach, (run) => run.bytesOut))}`,
        met: loss <= 1,
      },
    ],
    notes: [
      `1/tx: one transaction per edit; 100/tx: one per 100; 1/entry: our window set to 0, so that each edit is signed and sealed by itself. Trace: ${trace.source}. Growth exponents of time until durable: ${growth.join('; ')}.`,
      'Ours: two agents’ engines (SQLite with an fsync per commit, document worker, libp2p + Noise on loopback), up to 256 commands under way: `note.replace` per edit, or another app’s Y.Doc handing over its updates (`yjs.update`), one per 100 edits. Edits that come while a commit is under way share the next one; the 100 ms window makes one signed change of what was typed in it.',
      'Theirs: two clients and @y/websocket-server with y-leveldb, in three processes; LevelDB writes without fsync, the clients keep nothing; one Yjs transaction per edit, or per 100.',
      'Bytes are those of the writer’s TCP sockets, headers of the transport included. CPU is that of whole processes, all threads.',
    ],
    data: { source: trace.source, sizes, runs: Object.fromEntries(runs) },
  };
}
