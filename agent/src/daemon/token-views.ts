/** Tokens as people see them: projects by name, times as text, never a secret. */
import type { TokenView } from '../control/leaf-views.js';
import type { TokenRecord } from '../tokens/record.js';
import { scopeWords } from '../tokens/scope.js';
import type { Agent } from './agent.js';

const iso = (ms: number): string => new Date(ms).toISOString();

/** Names of projects by id; of one that is gone, the start of its id. */
export async function projectNames({ product }: Pick<Agent, 'product'>): Promise<(project: string) => string> {
  const names = new Map((await product.catalogs.projects()).map(({ id, name }) => [id as string, name]));
  return (project) => names.get(project) ?? project.slice(0, 8);
}

export function tokenView(record: TokenRecord, nameOf: (project: string) => string): TokenView {
  const { id, name, role, scope, end, createdMs, expiresMs, usedMs, acts } = record;
  return {
    id,
    name,
    state: end === null ? 'live' : end.how,
    role,
    space: scope.space,
    documents: scopeWords(scope, nameOf),
    createdAt: iso(createdMs),
    expiresAt: iso(expiresMs),
    endedAt: end === null ? null : iso(end.atMs),
    lastUsedAt: usedMs === null ? null : iso(usedMs),
    acts,
  };
}
