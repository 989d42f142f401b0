/** B3: from a keystroke to the moment the other device can read it, at 50 a second, on documents of three ages. */
import { count, ms, quantile, times } from './kit/figures.js';
import { inFolder } from './kit/folders.js';
import { type Pair, startPair, startTrio, type YTrio } from './kit/pair.js';
import type { Report } from './kit/report.js';
import { loadTrace } from './kit/trace.js';
import type { DocumentId } from '@leanvibe/protocol/ids';

const EVERY_MS = 20;
const SLICE = 100;

interface Typist {
  readonly name: string;
  readonly size: number;
  readonly delays: number[];
  /** Types a slice and adds its delays. */
  slice(): Promise<void>;
  stop(): Promise<void>;
}

type Folder = (name: string) => string;

function delaysOf(typed: readonly number[], seen: readonly number[]): readonly number[] {
  return typed.map((at, index) => (seen[index] ?? Number.NaN) - at);
}

function oursTyping(pair: Pair, document: DocumentId, name: string, size: number): Typist {
  const delays: number[] = [];
  return {
    name,
    size,
    delays,
    async slice() {
      const seen = pair.b.call('seen', document, await pair.b.call('clocks', document), SLICE);
      delays.push(...delaysOf(await pair.a.call('type', document, SLICE, EVERY_MS), await seen));
    },
    stop: () => pair.stop(),
  };
}

function theirsTyping(trio: YTrio, size: number): Typist {
  const delays: number[] = [];
  return {
    name: 'y-websocket',
    size,
    delays,
    async slice() {
      const seen = trio.b.call('seen', 'x', await trio.b.call('clocks', 'x'), SLICE);
      delays.push(...delaysOf(await trio.a.call('type', 'x', SLICE, EVERY_MS), await seen));
    },
    stop: () => trio.stop(),
  };
}

/** A pair with one document of that age. */
async function oursOfAge(folder: Folder, size: number, windowMs: number, name: string): Promise<Typist> {
  const folders = [folder(`lv${windowMs}-${size}-a`), folder(`lv${windowMs}-${size}-b`)] as const;
  const young = await startPair({ folders, windowMs: 100 });
  const document = await young.a.call('newDocument');
  if (size > 0) {
    const seen = young.b.call('untilReplayed', document, size);
    await young.a.call('replay', document, 0, size, 1);
    await seen;
  }
  await young.stop();
  const pair = await startPair({ folders, windowMs, again: true });
  return oursTyping(pair, document, name, size);
}

async function theirsOfAge(folder: Folder, size: number): Promise<Typist> {
  const trio = await startTrio(folder(`y-${size}`), 'x');
  const seen = trio.b.call('untilReplayed', 'x', size);
  await trio.a.call('replay', 'x', 0, size, 100);
  await seen;
  await trio.server.call('durable');
  return theirsTyping(trio, size);
}

export async function benchKeystroke(quick: boolean): Promise<Report> {
  const trace = loadTrace();
  const sizes = quick ? [0, 1_000, 10_000] : [0, 10_000, trace.edits.length];
  const slices = quick ? 2 : 4;
  const typists: Typist[] = [];
  await inFolder(async (folder) => {
    for (const size of sizes) {
      const now = [
        await oursOfAge(folder, size, 0, 'LeanVibe, window 0'),
        await theirsOfAge(folder, size),
        await oursOfAge(folder, size, 100, 'LeanVibe, window 100 ms'),
      ];
      // The first slice warms the programs up and is thrown away.
      for (const typist of now) await typist.slice();
      for (const typist of now) typist.delays.length = 0;
      for (let slice = 0; slice < slices; slice++) for (const typist of now) await typist.slice();
      for (const typist of now) await typist.stop();
      typists.push(...now);
    }
  });
  const at = (name: string, size: number, part: number): number =>
    quantile(typists.find((one) => one.name === name && one.size === size)?.delays ?? [], part);
  const ratios = (part: number): readonly number[] =>
    sizes.map((size) => at('LeanVibe, window 0', size, part) / at('y-websocket', size, part));
  const flat = at('LeanVibe, window 0', sizes.at(-1) ?? 0, 0.5) / at('LeanVibe, window 0', 0, 0.5);
  return {
    id: 'B3',
    work: 'a keystroke, until the other device can read it; 50 a second',
    columns: ['', 'document', 'p50 ms', 'p99 ms', 'p50 to y', 'p99 to y'],
    rows: typists.map(({ name, size }) => [
      name,
      size === 0 ? 'empty' : `${count(size)} edits`,
      ms(at(name, size, 0.5)),
      ms(at(name, size, 0.99)),
      times(at(name, size, 0.5) / at('y-websocket', size, 0.5)),
      times(at(name, size, 0.99) / at('y-websocket', size, 0.99)),
    ]),
    judged: [
      { goal: 'window 0: p50 ≤ 1.2x y', measured: ratios(0.5).map(times).join(', '), met: ratios(0.5).every((ratio) => ratio <= 1.2) },
      { goal: 'window 0: p99 ≤ 1.0x y', measured: ratios(0.99).map(times).join(', '), met: ratios(0.99).every((ratio) => ratio <= 1) },
      { goal: 'flat in document size (p50 of the largest ≤ 1.3x empty)', measured: times(flat), met: flat <= 1.3 },
    ],
    notes: [
      `Trace: ${trace.source}. ${slices * SLICE} keystrokes for each figure, contenders taking turns of ${SLICE}.`,
      'Ours is on two disks before it is shown: an fsync here, one there, a signature and a seal, Noise on loopback; shown means told by an event and read back through engine.view. Theirs is in memory everywhere and goes through one more process; shown means the update event.',
    ],
    data: typists.map(({ name, size, delays }) => ({ name, size, delays })),
  };
}
