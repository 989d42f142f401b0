/** Which folder on this machine belongs to which project: local, sealed, never shared. */
import { realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import type { SpaceId } from '@leanvibe/protocol/ids';
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
  /** `project` may come back with its tasks and notes when its folder is added again. */
  remove(project: string, space?: SpaceId): Promise<void>;
  /** The project that was last taken off the list while this was its folder. */
  formerAt(path: string): Former | null;
}

export interface Former {
  readonly project: string;
  readonly space: string;
}

const PREFIX = 'folder/';
const FORMER = 'former-folder/';

export async function createFolders(local: LocalRecords): Promise<Folders> {
  const byProject = new Map<string, string>();
  for (const { key, value } of await local.all(PREFIX)) {
    const path = textIn(value, 'path');
    if (path !== null) byProject.set(key.slice(PREFIX.length), path);
  }
  const former = new Map<string, Former>();
  for (const { key, value } of await local.all(FORMER)) {
    const [path, space] = [textIn(value, 'path'), textIn(value, 'space')];
    if (path !== null && space !== null) former.set(path, { project: key.slice(FORMER.length), space });
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
    formerAt: (path) => former.get(path) ?? null,
    async set(project, path) {
      await local.remove(`${FORMER}${project}`);
      former.delete(path);
      await local.put(`${PREFIX}${project}`, { path });
      byProject.set(project, path);
    },
    async remove(project, space) {
      const path = byProject.get(project);
      if (space !== undefined && path !== undefined) {
        const before = former.get(path);
        if (before !== undefined) await local.remove(`${FORMER}${before.project}`);
        await local.put(`${FORMER}${project}`, { path, space });
        former.set(path, { project, space });
      }
      await local.remove(`${PREFIX}${project}`);
      byProject.delete(project);
    },
  };
}

function textIn(value: Json, name: string): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const text = (value as Readonly<Record<string, Json>>)[name];
  return typeof text === 'string' ? text : null;
}
