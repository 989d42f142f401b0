/** B9: indexing a repository of real source lines, cold, again, and after one edit, beside `wc -l` and cloc in the same run. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createIndexer } from '@leanvibe/agent/internal/index/indexer';

export interface B9Row {
  readonly lines: number;
  readonly files: number;
  readonly bytes: number;
  /** Medians, milliseconds. `cold` includes starting the indexer's thread and all of git's questions. */
  readonly coldMs: number;
  /** A second scan in the same thread without anything remembered. */
  readonly warmMs: number;
  /** A scan that remembers the last one, one file having been edited. */
  readonly rescanMs: number;
  /** From saving a file to being told, less the 100 ms that edits are gathered for. */
  readonly watchedEditMs: number;
  readonly wcMs: number;
  /** Null where cloc is not installed. */
  readonly clocMs: number | null;
  readonly timesWc: number;
  readonly timesFasterThanCloc: number | null;
}

export interface B9Result {
  readonly id: 'B9';
  readonly work: string;
  readonly goal: string;
  readonly rows: readonly B9Row[];
  /** Of time against lines, between the smallest and the largest size: 1 is linear. */
  readonly exponents: { readonly cold: number; readonly wc: number; readonly cloc: number | null };
  readonly met: boolean;
  readonly table: string;
}

const LINES_A_FILE = 125;
const FILES_A_FOLDER = 40;
const GATHER_MS = 100;

const clock = {
  nowMs: () => Date.now(),
  turn: () => Promise.resolve(),
  after: (delayMs: number, run: () => void): (() => void) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
const logger = { log: (): void => undefined };

function run(folder: string, program: string, args: readonly string[]): void {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
  const { status, stderr, error } = spawnSync(program, args, { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
  if (status !== 0) throw new Error(`${program} ${args[0] ?? ''} failed: ${error?.message ?? stderr.toString('utf8').slice(0, 300)}`);
}

function makeRepository(folder: string, lineCount: number): readonly string[] {
  const source = join(dirname(createRequire(import.meta.url).resolve('typescript')), 'typescript.js');
  const lines = readFileSync(source, 'utf8').split('\n');
  const files: string[] = [];
  for (let made = 0; made < lineCount; made += LINES_A_FILE) {
    const number = made / LINES_A_FILE;
    const inner = join('src', `part${Math.floor(number / FILES_A_FOLDER)}`);
    mkdirSync(join(folder, inner), { recursive: true });
    const start = made % (lines.length - LINES_A_FILE);
    const path = join(inner, `file${number}.${['js', 'ts', 'c', 'py'][number % 4]}`);
    // The mark keeps cloc from counting equal files once.
    writeFileSync(join(folder, path), `${[`file ${number}`, ...lines.slice(start, start + LINES_A_FILE - 1)].join('\n')}\n`);
    files.push(path);
  }
  run(folder, 'git', ['init', '-q', '.']);
  run(folder, 'git', ['add', '-A', '-f', '.']);
  run(folder, 'git', [
    '-c',
    'user.name=bench',
    '-c',
    'user.email=bench@example.invalid',
    '-c',
    'commit.gpgsign=false',
    'commit',
    '-q',
    '-m',
    'all',
  ]);
  return files;
}

function median(times: readonly number[]): number {
  return [...times].sort((one, other) => one - other)[Math.floor(times.length / 2)] ?? 0;
}

async function timed(work: () => unknown): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

async function timeWatchedEdit(folder: string, file: string): Promise<number> {
  const indexer = createIndexer({ clock, logger });
  let told: (lines: number) => void = () => undefined;
  const stop = indexer.watch(folder, null, (index) => index.ok && told(index.value.lines));
  try {
    const before = await new Promise<number>((done) => (told = done));
    // Quiet first: the look that follows a start must not be what notices the edit.
    await new Promise((done) => setTimeout(done, 500));
    const after = new Promise<void>((done) => (told = (lines) => lines === before + 1 && done()));
    return (
      (await timed(async () => {
        appendFileSync(join(folder, file), 'edited\n');
        await after;
      })) - GATHER_MS
    );
  } finally {
    stop();
    await indexer.close();
  }
}

async function measure(folder: string, lineCount: number, repeats: number, withCloc: boolean): Promise<B9Row> {
  const files = makeRepository(folder, lineCount);
  const list = join(folder, '..', `list${lineCount}`);
  writeFileSync(list, `${files.join('\n')}\n`);
  writeFileSync(`${list}.z`, files.join('\0'));
  const times = { cold: [] as number[], warm: [] as number[], rescan: [] as number[], wc: [] as number[], cloc: [] as number[] };
  let bytes = 0;
  for (let round = 0; round < repeats; round += 1) {
    const indexer = createIndexer({ clock, logger });
    let previous: Uint8Array | null = null;
    const scan = async (remember: Uint8Array | null): Promise<void> => {
      const index = await indexer.scan(folder, { previous: remember });
      if (!index.ok || index.value.lines !== lineCount + round + (remember === null ? 0 : 1)) throw new Error('the index is wrong');
      previous = index.value.snapshot;
      bytes = index.value.bytes;
    };
    times.wc.push(await timed(() => run(folder, 'xargs', ['-0', '-a', `${list}.z`, 'wc', '-l'])));
    times.cold.push(await timed(() => scan(null)));
    if (withCloc && round === 0)
      times.cloc.push(await timed(() => run(folder, 'cloc', ['--quiet', '--skip-uniqueness', `--list-file=${list}`])));
    times.warm.push(await timed(() => scan(null)));
    appendFileSync(join(folder, files[round] ?? ''), 'edited\n');
    times.rescan.push(await timed(() => scan(previous)));
    await indexer.close();
  }
  const [coldMs, warmMs, rescanMs, wcMs] = [median(times.cold), median(times.warm), median(times.rescan), median(times.wc)];
  const clocMs = withCloc ? median(times.cloc) : null;
  const watchedEditMs = await timeWatchedEdit(folder, files.at(-1) ?? '');
  return {
    lines: lineCount,
    files: files.length,
    bytes,
    coldMs,
    warmMs,
    rescanMs,
    watchedEditMs,
    wcMs,
    clocMs,
    timesWc: coldMs / wcMs,
    timesFasterThanCloc: clocMs === null ? null : clocMs / coldMs,
  };
}

function exponent(first: B9Row, last: B9Row, pick: (row: B9Row) => number): number {
  return Math.log(pick(last) / pick(first)) / Math.log(last.lines / first.lines);
}

function tableOf(rows: readonly B9Row[]): string {
  const head = [
    'lines',
    'files',
    'cold ms',
    'warm ms',
    'rescan ms',
    'watched edit ms',
    'wc -l ms',
    'cloc ms',
    'x wc -l',
    'x faster than cloc',
  ];
  const body = rows.map((row) => [
    row.lines,
    row.files,
    ...[row.coldMs, row.warmMs, row.rescanMs, row.watchedEditMs, row.wcMs].map(Math.round),
    row.clocMs === null ? '-' : Math.round(row.clocMs),
    row.timesWc.toFixed(2),
    row.timesFasterThanCloc?.toFixed(1) ?? '-',
  ]);
  return [head, head.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export async function benchIndex(sizes: readonly [number, number, number] = [10_000, 100_000, 1_000_000], repeats = 5): Promise<B9Result> {
  const withCloc = spawnSync('cloc', ['--version']).status === 0;
  const base = mkdtempSync(join(tmpdir(), 'leanvibe-b9-'));
  try {
    const rows: B9Row[] = [];
    for (const size of sizes) {
      const folder = join(base, `repository${size}`);
      mkdirSync(folder);
      rows.push(await measure(folder, size, repeats, withCloc));
    }
    const [first, , last] = rows as [B9Row, B9Row, B9Row];
    const clocExponent = withCloc ? exponent(first, last, (row) => row.clocMs ?? 0) : null;
    return {
      id: 'B9',
      work: 'index a git repository of real source lines',
      goal: '≥ 10x cloc, ≤ 4x `wc -l` time at 1,000,000 lines; < 50 ms for one edited file',
      rows,
      exponents: { cold: exponent(first, last, (row) => row.coldMs), wc: exponent(first, last, (row) => row.wcMs), cloc: clocExponent },
      met: last.timesWc <= 4 && (last.timesFasterThanCloc ?? Number.POSITIVE_INFINITY) >= 10 && last.watchedEditMs < 50,
      table: tableOf(rows),
    };
  } finally {
    if (existsSync(base)) rmSync(base, { recursive: true, force: true });
  }
}
