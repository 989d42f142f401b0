/** `restore`: a backup in the place of an empty database, under a new store id, so that every client notices and offers again what is missing. */
import { copyFileSync, chmodSync, existsSync, mkdirSync } from 'node:fs';
import { err, ok, type Result } from '@leanvibe/core/base/result';
import type { Random } from '@leanvibe/core/ports/random';
import type { Settings } from '../config/settings.js';
import { sqlitePath } from '../db/place.js';
import { type Content, differences, measure, type Manifest, newerSteps, readManifest, rowsOf } from './manifest.js';
import { restorePostgres } from './postgres.js';
import { checkedContent, inspectTarget, newStoreId, removeFile, replaceFile } from './sqlite.js';

export interface RestoreOptions {
  readonly settings: Pick<Settings, 'data' | 'databaseUrl'>;
  /** Absolute. */
  readonly backup: string;
  /** Sets aside what is there. */
  readonly force: boolean;
  /** Migrations this program knows. */
  readonly knownSteps: readonly string[];
  readonly random: Random;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly nowMs: number;
}

export interface Restored {
  readonly storeId: string;
  /** Null where nobody had written down what the backup held. */
  readonly rows: number | null;
  /** Where what stood there is kept: a file, or a schema of the database. */
  readonly aside: string | null;
}

/** Afterwards the schema may be an older one: migrate it before it is served. */
export async function restore(options: RestoreOptions): Promise<Result<Restored, string>> {
  const { settings, backup, knownSteps, random } = options;
  if (!existsSync(backup)) return err(`there is no backup at ${backup}`);
  const manifest = await readManifest(backup);
  if (!manifest.ok) return manifest;
  const refused = manifest.value === null ? null : await refuse(manifest.value, options);
  if (refused !== null) return err(refused);
  const wanted = manifest.value?.content ?? null;
  const storeId = Buffer.from(random.bytes(16)).toString('hex');
  const judge = (found: Content): string | null => {
    const newer = newerSteps(found, knownSteps);
    if (newer.length > 0) return newerWords(newer);
    const wrong = wanted === null ? [] : differences(wanted, found);
    return wrong.length > 0 ? `what came back is not what was backed up: ${wrong.join('; ')}` : null;
  };
  const { databaseUrl: url } = settings;
  const aside = url === null ? restoreSqlite(options, judge, storeId) : await restorePostgres({ ...options, url, judge, storeId });
  return aside.ok ? ok({ storeId, rows: wanted === null ? null : rowsOf(wanted), aside: aside.value }) : aside;
}

async function refuse(manifest: Manifest, { settings, backup, knownSteps }: RestoreOptions): Promise<string | null> {
  const dialect = settings.databaseUrl === null ? 'sqlite' : 'postgres';
  const words = { sqlite: 'an SQLite file', postgres: 'a PostgreSQL database' } as const;
  if (manifest.dialect !== dialect) return `this is a backup of ${words[manifest.dialect]}, and the settings name ${words[dialect]}`;
  const newer = newerSteps(manifest.content, knownSteps);
  if (newer.length > 0) return newerWords(newer);
  const { bytes, sha256 } = await measure(backup);
  return bytes === manifest.bytes && sha256 === manifest.sha256 ? null : 'the backup is damaged: it is not the file that was written';
}

function newerWords(steps: readonly string[]): string {
  return `this backup was made by a newer relay (${steps.at(-1) ?? ''}); update this program, then restore`;
}

function restoreSqlite(options: RestoreOptions, judge: (found: Content) => string | null, storeId: string): Result<string | null, string> {
  const { settings, backup, force, nowMs } = options;
  const path = sqlitePath(settings);
  mkdirSync(settings.data, { recursive: true });
  const target = inspectTarget(path);
  if (target === 'in use') return err(`a relay has ${path} open; stop it first`);
  if (target === 'full' && !force) return err(`${path} is not empty; choose another --data, or --force to set it aside`);
  const draft = `${path}.restoring`;
  removeFile(draft);
  try {
    copyFileSync(backup, draft);
    chmodSync(draft, 0o600);
    const found = checkedContent(draft);
    if (!found.ok) return err(`the backup is damaged: ${found.error}`);
    const wrong = judge(found.value);
    if (wrong !== null) return err(wrong);
    newStoreId(draft, storeId);
    const aside = target !== 'full' ? null : `${path}.before-restore-${nowMs}`;
    replaceFile(draft, path, aside);
    return ok(aside);
  } finally {
    removeFile(draft);
  }
}
