/** Where the relay's database lies, by its settings. */
import { join } from 'node:path';
import type { Settings } from '../config/settings.js';
import type { DatabasePlace } from './open.js';

export const SQLITE_FILE = 'leanvibe-relay.db';

export function sqlitePath({ data }: Pick<Settings, 'data'>): string {
  return join(data, SQLITE_FILE);
}

export function databasePlace(settings: Pick<Settings, 'data' | 'databaseUrl' | 'replicaUrl'>): DatabasePlace {
  const { databaseUrl, replicaUrl } = settings;
  if (databaseUrl === null) return { sqliteFile: sqlitePath(settings) };
  return { url: databaseUrl, ...(replicaUrl === null ? {} : { replicaUrl }) };
}
