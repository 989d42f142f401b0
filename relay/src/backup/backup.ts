/** `backup`: one file with everything, and its description beside it. */
import { existsSync } from 'node:fs';
import { err, ok, type Result } from '@leanvibe/core/base/result';
import type { Settings } from '../config/settings.js';
import { sqlitePath } from '../db/place.js';
import { type Manifest, manifestPath, measure, writeManifest } from './manifest.js';
import { backupPostgres } from './postgres.js';
import { backupSqlite } from './sqlite.js';

export interface BackupOptions {
  readonly settings: Pick<Settings, 'data' | 'databaseUrl'>;
  /** Absolute; must not exist. */
  readonly target: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly nowMs: number;
}

/** Both files are readable by their user only: they hold mail addresses and password hashes. */
export async function backup({ settings, target, env, version, nowMs }: BackupOptions): Promise<Result<Manifest, string>> {
  for (const path of [target, manifestPath(target)])
    if (existsSync(path)) return err(`${path} exists already; a backup never writes over another`);
  const { databaseUrl } = settings;
  const content = databaseUrl === null ? await backupSqlite(sqlitePath(settings), target) : await backupPostgres(databaseUrl, target, env);
  if (!content.ok) return content;
  const dialect = databaseUrl === null ? 'sqlite' : 'postgres';
  const manifest: Manifest = { format: 1, dialect, version, madeMs: nowMs, ...(await measure(target)), content: content.value };
  await writeManifest(target, manifest);
  return ok(manifest);
}
