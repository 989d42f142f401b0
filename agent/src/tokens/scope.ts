/** What a token may see: projects of one space, each whole or in parts; everything else does not exist for it. */
import type { SpaceId } from '@leanvibe/protocol/ids';

export const PARTS = ['tasks', 'notes', 'suggestions'] as const;
export type Part = (typeof PARTS)[number];

export interface ScopeEntry {
  /** A project's id, or null for every project of the space, those added later too. */
  readonly project: string | null;
  /** Null: the whole project, with what its index found. */
  readonly parts: readonly Part[] | null;
}

export interface Scope {
  readonly space: SpaceId;
  readonly entries: readonly ScopeEntry[];
}

/** `any`: that the project is there; `whole`: its index and activity too. */
export type Reach = Part | 'any' | 'whole';

export function reaches({ space, entries }: Scope, project: { readonly id: string; readonly space: string }, reach: Reach): boolean {
  if (project.space !== space) return false;
  return entries.some((entry) => (entry.project === null || entry.project === project.id) && holds(entry, reach));
}

function holds({ parts }: ScopeEntry, reach: Reach): boolean {
  if (parts === null || reach === 'any') return true;
  return reach !== 'whole' && parts.includes(reach);
}

/** The one project it is for, if it is for one. */
export function onlyProject({ entries }: Scope): string | null {
  const [first, ...more] = new Set(entries.map(({ project }) => project));
  return more.length === 0 ? (first ?? null) : null;
}

/** `webapp`, or `webapp:tasks` and `webapp:notes`: as `token create --documents` takes them. */
export function scopeWords({ entries }: Scope, nameOf: (project: string) => string): readonly string[] {
  return entries.flatMap(({ project, parts }) => {
    const name = project === null ? 'all' : nameOf(project);
    return parts === null ? [name] : parts.map((part) => `${name}:${part}`);
  });
}

/** A name with a part behind it, if it can be read so. */
export function splitPart(text: string): { readonly name: string; readonly part: Part } | null {
  const colon = text.lastIndexOf(':');
  const part = PARTS.find((one) => one === text.slice(colon + 1));
  return colon < 1 || part === undefined ? null : { name: text.slice(0, colon), part };
}

/** One entry for each project: whole wins over parts. */
export function gathered(entries: readonly ScopeEntry[]): readonly ScopeEntry[] {
  const byProject = new Map<string | null, readonly Part[] | null>();
  for (const { project, parts } of entries) {
    const before = byProject.get(project);
    if (before === undefined) byProject.set(project, parts);
    else
      byProject.set(project, before === null || parts === null ? null : PARTS.filter((one) => before.includes(one) || parts.includes(one)));
  }
  return [...byProject].map(([project, parts]) => ({ project, parts }));
}
