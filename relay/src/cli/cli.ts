/** What every command works with: where it was typed, where it may write, and the ports of this machine. */
import type { Writable } from 'node:stream';
import type { Clock } from '@leanvibe/core/ports/clock';
import type { Random } from '@leanvibe/core/ports/random';
import type { Env } from '../config/load.js';
import { plain } from '../observe/plain.js';

export interface Cli {
  readonly env: Env;
  readonly cwd: string;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly clock: Clock;
  readonly random: Random;
  /** Milliseconds that never jump. */
  readonly elapsedMs: () => number;
  readonly fetch: typeof fetch;
  /** What is done about an error nobody expected before the program ends. */
  readonly onCrash: (tell: (error: unknown) => Promise<void>) => void;
  line(text?: string): void;
  json(value: unknown): void;
  /** Remarks beside the answer: stderr. */
  note(text: string): void;
}

export type CliOptions = Omit<Cli, 'line' | 'json' | 'note'>;

export function createCli(options: CliOptions): Cli {
  const line = (text = ''): void => void options.stdout.write(`${text}\n`);
  return {
    ...options,
    line,
    json: (value) => line(plain(JSON.stringify(value, null, 2))),
    note: (text) => void options.stderr.write(`  ${plain(text)}\n`),
  };
}

/** Columns under lower-case heads, two spaces in. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const all = [heads, ...rows];
  const widths = heads.map((_head, at) => Math.max(...all.map((row) => (row[at] ?? '').length)));
  return all.map((row) => `  ${row.map((cell, at) => plain(cell).padEnd(widths[at] ?? 0)).join('  ')}`.trimEnd());
}
