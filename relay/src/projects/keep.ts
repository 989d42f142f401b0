/** Keeps an account's projects: a random id, a sealed name, and nothing that could tell which document it is. */
import { PROJECTS_MAX } from '@leanvibe/protocol/http/projects';
import type { Session } from '../db/database.js';
import type { ProjectTable } from './tables.js';

export interface ProjectPage {
  readonly projects: readonly ProjectTable[];
  /** The last id of this page, when there are more. */
  readonly next: string | null;
}

/** One page, in the order of ids; `after` is the last id of the page before. */
export async function listProjects(session: Session, account: string, after: string | null, limit: number): Promise<ProjectPage> {
  const found = await session
    .selectFrom('project')
    .selectAll()
    .where('account', '=', account)
    .where('project', '>', after ?? '')
    .orderBy('project')
    .limit(limit + 1)
    .execute();
  const projects = found.slice(0, limit);
  return { projects, next: found.length > limit ? (projects.at(-1)?.project ?? null) : null };
}

/**
 * Makes room in the list for those that are new, and holds all of them until the transaction ends, so that a removal comes before or after what is counted.
 * False when the account would then have more than it may: roll back.
 */
export async function admitProjects(session: Session, account: string, projects: readonly string[], nowMs: number): Promise<boolean> {
  await session
    .insertInto('project')
    .values(projects.toSorted().map((project) => ({ account, project, name: null, madeMs: nowMs, changedMs: nowMs })))
    .onConflict((conflict) => conflict.columns(['account', 'project']).doUpdateSet((eb) => ({ changedMs: eb.ref('project.changedMs') })))
    .execute();
  return withinBounds(session, account);
}

/** Null when there is no room for another: roll back. */
export async function putProject(
  session: Session,
  account: string,
  project: string,
  name: Uint8Array | null,
  nowMs: number,
): Promise<ProjectTable | null> {
  const row = await session
    .insertInto('project')
    .values({ account, project, name, madeMs: nowMs, changedMs: nowMs })
    .onConflict((conflict) => conflict.columns(['account', 'project']).doUpdateSet({ name, changedMs: nowMs }))
    .returningAll()
    .executeTakeFirstOrThrow();
  return (await withinBounds(session, account)) ? row : null;
}

/** Its metrics go with it. False when there was none. */
export async function removeProject(session: Session, account: string, project: string): Promise<boolean> {
  const [gone] = await session
    .deleteFrom('project')
    .where('account', '=', account)
    .where('project', '=', project)
    .returning('project')
    .execute();
  if (gone === undefined) return false;
  for (const table of ['metricHour', 'metricDay'] as const)
    await session.deleteFrom(table).where('account', '=', account).where('project', '=', project).execute();
  return true;
}

export async function findProject(session: Session, account: string, project: string): Promise<ProjectTable | null> {
  const found = await session
    .selectFrom('project')
    .selectAll()
    .where('account', '=', account)
    .where('project', '=', project)
    .executeTakeFirst();
  return found ?? null;
}

/** Two requests at once may pass it by one each; the bound is there to keep an account small, not to be exact. */
async function withinBounds(session: Session, account: string): Promise<boolean> {
  const beyond = await session
    .selectFrom('project')
    .select('project')
    .where('account', '=', account)
    .orderBy('project')
    .offset(PROJECTS_MAX)
    .limit(1)
    .execute();
  return beyond.length === 0;
}
