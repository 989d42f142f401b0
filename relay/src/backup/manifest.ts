/** What a backup holds, written beside it: enough to know later that everything came back, and that it is not from a newer relay. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { err, ok, type Result } from '@leanvibe/core/base/result';
import { z } from 'zod';

const content = z.object({
  /** Migrations that were done, in order. */
  steps: z.array(z.string().max(200)).max(10_000),
  /** By table; a hash over all its rows, comparable within one dialect only. It finds accidents; it is no seal. */
  tables: z.record(z.string(), z.object({ rows: z.int().min(0), hash: z.string().max(128) })),
});

const manifest = z.object({
  format: z.literal(1),
  dialect: z.enum(['sqlite', 'postgres']),
  /** Of the program that made it. */
  version: z.string().max(64),
  madeMs: z.int().min(0),
  bytes: z.int().min(1),
  /** Of the backup file, hex. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  content,
});

export type Content = z.infer<typeof content>;
export type Manifest = z.infer<typeof manifest>;

export function manifestPath(backup: string): string {
  return `${backup}.json`;
}

export async function writeManifest(backup: string, about: Manifest): Promise<void> {
  await writeFile(manifestPath(backup), `${JSON.stringify(about, null, 2)}\n`, { mode: 0o600, flush: true });
}

/** Null where there is none; an error where there is one that cannot be believed. */
export async function readManifest(backup: string): Promise<Result<Manifest | null, string>> {
  let text: string;
  try {
    text = await readFile(manifestPath(backup), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ok(null);
    return err(`${manifestPath(backup)} cannot be read`);
  }
  try {
    const parsed = manifest.safeParse(JSON.parse(text));
    return parsed.success ? ok(parsed.data) : err(`${manifestPath(backup)} is not the description of a backup`);
  } catch {
    return err(`${manifestPath(backup)} is not JSON`);
  }
}

export async function measure(path: string): Promise<Pick<Manifest, 'bytes' | 'sha256'>> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return { bytes: (await stat(path)).size, sha256: hash.digest('hex') };
}

/** Each difference in words; empty when `found` holds exactly what `wanted` does. */
export function differences(wanted: Content, found: Content): readonly string[] {
  const names = new Set([...Object.keys(wanted.tables), ...Object.keys(found.tables)]);
  return [...names].toSorted().flatMap((name) => {
    const [want, have] = [wanted.tables[name], found.tables[name]];
    if (want === undefined) return [`the table ${name} should not be there`];
    if (have === undefined) return [`the table ${name} is missing`];
    if (want.rows !== have.rows) return [`the table ${name} has ${have.rows} rows instead of ${want.rows}`];
    return want.hash === have.hash ? [] : [`the rows of ${name} are not those that were backed up`];
  });
}

/** Steps this program does not know: the backup was made by a newer one. */
export function newerSteps({ steps }: Content, known: readonly string[]): readonly string[] {
  return steps.filter((step) => !known.includes(step));
}

export function rowsOf({ tables }: Content): number {
  return Object.values(tables).reduce((all, { rows }) => all + rows, 0);
}

/** Tables a relay fills by itself, so that they alone do not make a database worth keeping. */
const OWN = new Set(['migration', 'meta', 'plan']);

export function isEmpty({ tables }: Content): boolean {
  return Object.entries(tables).every(([name, { rows }]) => rows === 0 || OWN.has(name));
}
