/** B1: the first look at a much edited document in a fresh process, beside plain Yjs reading its own file. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { DocumentId } from '@leanvibe/protocol/ids';
import type { DeviceCalls } from './device.js';
import { startChild } from './kit/child.js';
import { count, exponent, kilobytes, median, ms, times } from './kit/figures.js';
import { bytesIn, inFolder } from './kit/folders.js';
import { startPair } from './kit/pair.js';
import type { Report } from './kit/report.js';
import { endOf, loadTrace, type TraceEdit } from './kit/trace.js';
import type { PlainCalls } from './plain.js';

interface Row {
  readonly edits: number;
  readonly openMs: number;
  /** Store opened and checked, engine, then the same look. */
  readonly wholeMs: number;
  readonly bytesRead: number | null;
  readonly bytesStored: number;
  readonly plainMs: number;
  readonly plainBytes: number;
}

async function plainFile(path: string, size: number): Promise<void> {
  const plain = startChild<PlainCalls>('plain.js');
  await plain.call('write', path, size);
  await plain.end();
}

async function measure(folder: (name: string) => string, all: readonly TraceEdit[], size: number, rounds: number): Promise<Row> {
  const edits = all.slice(0, size);
  const folders = [folder(`a${size}`), folder(`b${size}`)] as const;
  const pair = await startPair({ folders, windowMs: 100 });
  const document: DocumentId = await pair.a.call('newDocument');
  const seen = pair.b.call('untilReplayed', document, size);
  await pair.a.call('replay', document, 0, size, 1);
  await seen;
  await pair.stop();
  const file = join(folder(`plain${size}`), 'doc');
  await plainFile(file, size);
  const characters = endOf(edits).text.length;
  const [opens, wholes, reads, plains] = [[], [], [], []] as [number[], number[], number[], number[]];
  for (let round = 0; round < rounds; round++) {
    const ours = startChild<DeviceCalls>('device.js');
    const started = await ours.call('timedStart', { folder: folders[1], windowMs: 100, network: false });
    const look = await ours.call('timedView', document);
    if (look.characters !== characters) throw new Error('the opened document is not the one that was written');
    opens.push(look.ms);
    wholes.push(started + look.ms);
    if (look.bytesRead !== null) reads.push(look.bytesRead);
    await ours.end();
    const plain = startChild<PlainCalls>('plain.js');
    const read = await plain.call('open', file);
    if (read.characters !== characters) throw new Error('plain Yjs read something else');
    plains.push(read.ms);
    await plain.end();
  }
  const bytesRead = reads.length === 0 ? null : median(reads);
  return {
    edits: size,
    openMs: median(opens),
    wholeMs: median(wholes),
    bytesRead,
    bytesStored: bytesIn(folders[1]),
    plainMs: median(plains),
    plainBytes: statSync(file).size,
  };
}

export async function benchOpen(quick: boolean): Promise<Report> {
  const trace = loadTrace();
  const full = quick ? 26_000 : trace.edits.length;
  const sizes = [Math.round(full / 16), Math.round(full / 4), full];
  const rows = await inFolder(async (folder) => {
    const measured: Row[] = [];
    for (const size of sizes) measured.push(await measure(folder, trace.edits, size, quick ? 3 : 7));
    return measured;
  });
  const last = rows.at(-1) as Row;
  const [limit, readRatio] = [last.plainMs * 1.15 + 2, last.bytesRead === null ? null : last.bytesRead / last.plainBytes];
  return {
    id: 'B1',
    work: `cold open of a document of ${count(last.edits)} edits from disk: engine.view in a fresh process, beside plain Yjs reading a file`,
    columns: ['edits', 'view ms', 'plain Yjs ms', 'ratio', 'start + view ms', 'read', 'Yjs file', 'whole store'],
    rows: rows.map((row) => [
      count(row.edits),
      ms(row.openMs),
      ms(row.plainMs),
      times(row.openMs / row.plainMs),
      ms(row.wholeMs),
      row.bytesRead === null ? '-' : kilobytes(row.bytesRead),
      kilobytes(row.plainBytes),
      kilobytes(row.bytesStored),
    ]),
    judged: [
      { goal: '≤ 1.15x plain Yjs + 2 ms', measured: `${ms(last.openMs)} ms against ${ms(limit)} ms allowed`, met: last.openMs <= limit },
      ...(readRatio === null ? [] : [{ goal: 'bytes read ≤ 1.2x', measured: times(readRatio), met: readRatio <= 1.2 }]),
    ],
    notes: [
      `Trace: ${trace.source}.`,
      `Growth exponent of time: ours ${exponent(rows.map((row) => [row.edits, row.openMs])).toFixed(2)}, plain Yjs ${exponent(rows.map((row) => [row.edits, row.plainMs])).toFixed(2)}.`,
      'Fresh processes, files in the page cache. "start + view" adds opening and checking the store and starting engine and document worker.',
      'The whole store holds the sealed log, its index and this device’s state cache; plain Yjs keeps no history of who wrote what.',
    ],
    data: { source: trace.source, rows },
  };
}
