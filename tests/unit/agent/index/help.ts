/** Temporary repositories and the few verbs the indexer's tests are told in. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { IndexFailure } from '@leanvibe/agent/internal/index/index-error';
import type { IndexErrorCode, IndexProgress } from '@leanvibe/agent/internal/index/project-index';
import { type Scanned, scanFolder } from '@leanvibe/agent/internal/index/scan';
import { NOTHING_REMEMBERED, type Remembered } from '@leanvibe/agent/internal/index/snapshot';
import { afterAll } from 'vitest';

const made: string[] = [];

afterAll(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

export function tempFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'leanvibe-index-')));
  made.push(folder);
  return folder;
}

export function run(folder: string, program: string, args: readonly string[], input?: Buffer): Buffer {
  const env = { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'))), LC_ALL: 'C' };
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: folder,
    env,
    maxBuffer: 1 << 28,
    ...(input === undefined ? {} : { input }),
  });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr.toString('utf8')}`);
  return stdout;
}

export function git(folder: string, ...args: readonly string[]): string {
  return run(folder, 'git', [
    '-c',
    'user.name=Test',
    '-c',
    'user.email=test@example.invalid',
    '-c',
    'commit.gpgsign=false',
    '-c',
    'init.defaultBranch=main',
    '-c',
    'protocol.file.allow=always',
    ...args,
  ])
    .toString('utf8')
    .trim();
}

export function write(folder: string, path: string, content: string | Buffer): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

export function tempRepository(files: Readonly<Record<string, string | Buffer>> = {}): string {
  const folder = tempFolder();
  git(folder, 'init', '-q', '.');
  for (const [path, content] of Object.entries(files)) write(folder, path, content);
  if (Object.keys(files).length > 0) commitAll(folder);
  return folder;
}

export function commitAll(folder: string): void {
  git(folder, 'add', '-A', '-f', '.');
  git(folder, 'commit', '-q', '--allow-empty', '-m', 'all');
}

export async function scan(
  path: string,
  remembered: Remembered = NOTHING_REMEMBERED,
  onProgress: (progress: IndexProgress) => void = () => undefined,
  signal = new AbortController().signal,
): Promise<Scanned> {
  return scanFolder({ path, signal, remembered: () => remembered, onProgress });
}

export async function failureOf(work: Promise<unknown>): Promise<IndexErrorCode | 'none'> {
  try {
    await work;
    return 'none';
  } catch (error) {
    if (error instanceof IndexFailure) return error.failure.code;
    throw error;
  }
}

/** What git and `wc -l` say: tracked files of mode 100…, each path once, and newlines in those without NUL in their first 8,000 bytes. */
export function witness(folder: string): { readonly files: number; readonly lines: number } {
  const paths = new Set<string>();
  for (const entry of run(folder, 'git', ['ls-files', '-s', '-z']).toString('latin1').split('\0')) {
    if (entry.startsWith('100')) paths.add(entry.slice(entry.indexOf('\t') + 1));
  }
  const list = Buffer.from([...paths].map((path) => `${path}\0`).join(''), 'latin1');
  const script =
    'while IFS= read -r -d "" f; do [ -f "$f" ] && [ ! -L "$f" ] && [ "$(head -c 8000 -- "$f" | tr -d -c "\\000" | wc -c)" = 0 ] && cat -- "$f"; done | wc -l; true';
  return { files: paths.size, lines: Number(run(folder, 'bash', ['-c', script], list).toString('utf8').trim()) };
}

export const clock = {
  turn: () => Promise.resolve(),
  nowMs: () => Date.now(),
  after: (delayMs: number, work: () => void): (() => void) => {
    const timer = setTimeout(work, delayMs);
    return () => clearTimeout(timer);
  },
};

export async function until(what: () => boolean, withinMs = 10_000): Promise<void> {
  const end = Date.now() + withinMs;
  while (!what()) {
    if (Date.now() > end) throw new Error('it did not happen in time');
    await new Promise((done) => setTimeout(done, 10));
  }
}
