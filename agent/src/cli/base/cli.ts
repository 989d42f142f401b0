/** What every command works with: where it was typed, where it may write, how it looks, and what the program is called here. */
import type { Readable, Writable } from 'node:stream';
import { createProgress, type Progress } from '../term/progress.js';
import { safeJson } from '../term/safe.js';
import { createStyle, type Style, wantsColour } from '../term/style.js';

export type Env = Readonly<Record<string, string | undefined>>;

export interface Cli {
  readonly env: Env;
  readonly cwd: string;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** A person reads stdout. */
  readonly watched: boolean;
  /** A person can be asked: stdin and stderr are a terminal. */
  readonly canAsk: boolean;
  /** At most 100. */
  readonly columns: number;
  readonly rows: number;
  readonly style: Style;
  /** What to type to run this program: `leanvibe` where that works, else a path. */
  readonly self: string;
  nowMs(): number;
  line(text?: string): void;
  lines(all: readonly string[]): void;
  json(value: unknown): void;
  /** Remarks beside the answer: stderr. */
  note(text: string): void;
  progress(label: string, unit: string): Progress;
}

const COLUMNS_MAX = 100;

interface MaybeTty {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

export interface CliOptions {
  readonly env: Env;
  readonly cwd: string;
  readonly stdin: Readable & MaybeTty;
  readonly stdout: Writable & MaybeTty;
  readonly stderr: Writable & MaybeTty;
  readonly self: string;
  readonly nowMs: () => number;
}

export function createCli(options: CliOptions): Cli {
  const { env, stdin, stdout, stderr, nowMs } = options;
  const style = createStyle(wantsColour(stdout.isTTY === true, env));
  const columns = Math.max(40, Math.min(COLUMNS_MAX, stdout.columns ?? COLUMNS_MAX));
  const line = (text = ''): void => void stdout.write(`${text}\n`);
  return {
    env,
    cwd: options.cwd,
    stdin,
    stdout,
    stderr,
    watched: stdout.isTTY === true,
    canAsk: stdin.isTTY === true && stderr.isTTY === true,
    columns,
    rows: stdout.rows ?? 24,
    style,
    self: options.self,
    nowMs,
    line,
    lines: (all) => all.forEach(line),
    json: (value) => line(safeJson(value, 2)),
    note: (text) => void stderr.write(`  ${text}\n`),
    progress: (label, unit) =>
      createProgress(
        {
          write: (text) => void stderr.write(text),
          live: stderr.isTTY === true && env['TERM'] !== 'dumb',
          columns,
          symbol: style.working,
          nowMs,
        },
        label,
        unit,
      ),
  };
}
