/** A benchmark's result, for people on the terminal and for programs as JSON. */
import { cpus, release, totalmem } from 'node:os';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../help/root.js';

export interface Judged {
  /** What was promised. */
  readonly goal: string;
  /** What was measured, in words. */
  readonly measured: string;
  readonly met: boolean;
}

export interface Report {
  readonly id: string;
  readonly work: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly judged: readonly Judged[];
  /** Conditions and limits a reader must know. */
  readonly notes: readonly string[];
  /** Everything measured, unrounded. */
  readonly data: unknown;
}

const WIDTH = 100;

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [columns, ...rows];
  const widths = columns.map((_, at) => Math.max(...all.map((row) => (row[at] ?? '').length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(columns), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}

function wrap(text: string, indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join(`\n${indent}`);
}

export function shown(report: Report): string {
  const judged = report.judged.map(({ goal, measured, met }) => `  ${wrap(`${met ? 'met ' : 'LOST'} ${goal}: ${measured}`, '       ')}`);
  return [
    wrap(`${report.id}  ${report.work}`, '    '),
    '',
    table(report.columns, report.rows),
    '',
    ...judged,
    ...report.notes.map((note) => `  · ${wrap(note, '    ')}`),
    '',
  ].join('\n');
}

/** Writes `bench-results/<id>.json` and answers its path. */
export function save(report: Report): string {
  const folder = join(ROOT, 'bench-results');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${report.id}.json`);
  const machine = {
    node: process.version,
    system: `${process.platform} ${release()}`,
    cpus: cpus().length,
    cpu: cpus()[0]?.model,
    memoryBytes: totalmem(),
  };
  writeFileSync(path, `${JSON.stringify({ at: new Date().toISOString(), machine, ...report }, null, 2)}\n`);
  return path;
}
