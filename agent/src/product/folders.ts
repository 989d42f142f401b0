/** Which folder on this machine belongs to which project: local, sealed, never shared. */
import { realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import type { Json } from '@leanvibe/core/doc/crdt';
import type { LocalRecords } from './local.js';

export interface Folders {
  pathOf(project: string): string | null;
  /** The project whose folder this is exactly. */
  at(path: string): string | null;
  /** The project whose folder holds this one, the nearest of several. */
  around(folder: string): Promise<string | null>;
  all(): readonly { readonly project: string; readonly path: string }[];
  set(project: string, path: string): Promise<void>;
  remove(project: string): Promise<void>;
}

const PREFIX = 'folder/';

export async function createFolders(local: LocalRecords): Promise<Folders> {
  const byProject = new Map<string, string>();
  for (const { key, value } of await local.all(PREFIX)) {
    const path = pathIn(value);
    if (path !== null) byProject.set(key.slice(PREFIX.length), path);
  }
  return {
    pathOf: (project) => byProject.get(project) ?? null,
    at: (path) => [...byProject].find(([, known]) => known === path)?.[0] ?? null,
    async around(folder) {
      const real = await realpath(folder).catch(() => folder);
      const holding = [...byProject].filter(([, path]) => real === path || real.startsWith(path.endsWith(sep) ? path : `${path}${sep}`));
      return holding.sort(([, a], [, b]) => b.length - a.length)[0]?.[0] ?? null;
    },
    all: () => [...byProject].map(([project, path]) => ({ project, path })),
    async set(project, path) {
      await local.put(`${PREFIX}${project}`, { path });
      byProject.set(project, path);
    },
    async remove(project) {
      await local.remove(`${PREFIX}${project}`);
      byProject.delete(project);
    },
  };
}

function pathIn(value: Json): string | null {
  if (typeof value !== 'object' || value === null || !('path' in value)) return null;
  return typeof value.path === 'string' ? value.path : null;
}
