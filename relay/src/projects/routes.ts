/** Projects over HTTP. */
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { RandomDep } from '@leanvibe/core/ports/random';
import { pageQuery } from '@leanvibe/protocol/http/base';
import { projectId } from '@leanvibe/protocol/http/metrics';
import {
  project,
  projects,
  PROJECTS_MAX,
  putProject as putProjectBody,
  SEALED_NAME_BYTES_MAX,
  type Project,
} from '@leanvibe/protocol/http/projects';
import { z } from 'zod';
import type { DatabaseDep } from '../db/database.js';
import { transact } from '../db/transact.js';
import { Refusal } from '../http/problem.js';
import { defineRoute, type Route } from '../http/route.js';
import type { Act, AuditDep } from '../ports/audit.js';
import { listProjects, putProject, removeProject } from './keep.js';
import type { ProjectTable } from './tables.js';

export interface ProjectRouteDeps extends DatabaseDep, ClockDep, RandomDep, AuditDep {}

const path = '/api/v1/projects/{id}';
const params = z.strictObject({ id: projectId });

export function projectRoutes(deps: ProjectRouteDeps): readonly Route[] {
  return [list(deps), put(deps), remove(deps)];
}

function list(deps: ProjectRouteDeps): Route {
  return defineRoute(
    {
      method: 'get',
      path: '/api/v1/projects',
      tag: 'projects',
      summary: 'Projects of the account, in the order of their ids',
      auth: 'access-or-device',
      scope: 'projects.read',
      limit: 'default',
      query: pageQuery,
      answer: { status: 200, schema: projects },
      refusals: [],
    },
    async ({ who, query }) => {
      const found = await listProjects(deps.db.reads, who.account, query.cursor ?? null, query.limit);
      return { items: found.projects.map(shown), next: found.next };
    },
  );
}

function put(deps: ProjectRouteDeps): Route {
  return defineRoute(
    {
      method: 'put',
      path,
      tag: 'projects',
      summary: 'Keeps a project and its sealed name',
      auth: 'access-or-device',
      scope: 'projects.write',
      limit: 'default',
      params,
      body: putProjectBody,
      answer: { status: 200, schema: project },
      refusals: ['quota-reached', 'invalid'],
    },
    async ({ who, params: { id }, body, address }) => {
      const name = body.name === null ? null : bytesOf(body.name);
      const made = await transact(deps.db, deps, async (session) => {
        const row = await putProject(session, who.account, id, name, deps.clock.nowMs());
        if (row === null) throw new Refusal('quota-reached', `an account keeps at most ${PROJECTS_MAX} projects; remove one first`);
        return row;
      });
      deps.audit.note(act(who, 'project.put', id, address));
      return shown(made);
    },
  );
}

function remove(deps: ProjectRouteDeps): Route {
  return defineRoute(
    {
      method: 'delete',
      path,
      tag: 'projects',
      summary: 'Removes a project and every number counted for it',
      auth: 'access-or-device',
      scope: 'projects.write',
      limit: 'default',
      params,
      answer: { status: 204 },
      refusals: ['not-found'],
    },
    async ({ who, params: { id }, address }) => {
      // In any try: after a lost answer the next one finds it gone.
      let removed = false;
      await transact(deps.db, deps, async (session) => {
        if (await removeProject(session, who.account, id)) removed = true;
      });
      if (!removed) throw new Refusal('not-found', 'there is no such project');
      deps.audit.note(act(who, 'project.remove', id, address));
      return undefined;
    },
  );
}

type Asking = { readonly account: string } & (
  | { readonly type: 'access' }
  | { readonly type: 'device'; readonly caller: { readonly device: string } }
);

function act(who: Asking, word: string, subject: string, address: string): Act {
  return { account: who.account, device: who.type === 'device' ? who.caller.device : null, act: word, subject, outcome: 'done', address };
}

/** Throws for base64 that another text could stand for as well, and for more bytes than a name has. */
function bytesOf(name: string): Uint8Array {
  const bytes = Buffer.from(name, 'base64');
  if (bytes.toString('base64') !== name || bytes.length > SEALED_NAME_BYTES_MAX)
    throw new Refusal('invalid', `name: expected base64 of at most ${SEALED_NAME_BYTES_MAX} bytes`);
  return new Uint8Array(bytes);
}

function shown({ project: id, name, madeMs, changedMs }: ProjectTable): Project {
  return { project: id, name: name === null ? null : Buffer.from(name).toString('base64'), madeMs, changedMs };
}
