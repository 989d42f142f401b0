/** What one token may reach at this moment: asked anew at each call, since projects move, roles change and tokens end. */
import type { Handlers } from '../control/call.js';
import { ControlFailure } from '../control/error.js';
import { PERMITS, type PermittedName } from '../control/permits.js';
import type { KnownProject } from '../product/catalog.js';
import { type ProjectRef, resolveProject } from '../product/resolve.js';
import type { Bearer } from '../tokens/bearer.js';
import { onlyProject, type Reach, reaches } from '../tokens/scope.js';
import type { Agent } from './agent.js';
import { ownRole } from './token-methods.js';

export interface RobotAccess {
  /** Throws unless the token lives and may ask for this now. */
  check(name: PermittedName): void;
  reaches(project: KnownProject, reach: Reach): boolean;
  projects(reach: Reach): Promise<readonly KnownProject[]>;
  resolve(ref: ProjectRef, reach: Reach): Promise<KnownProject>;
  /** Reads for the token. */
  read<T>(name: PermittedName, ref: ProjectRef, run: (project: KnownProject) => Promise<T>): Promise<T>;
  /** Reads what is in no one project. */
  look<T>(name: PermittedName, run: () => Promise<T>): Promise<T>;
  /** Writes for the token: on its record before it is done. */
  write<T>(name: PermittedName, ref: ProjectRef, run: (project: KnownProject) => Promise<T>): Promise<T>;
}

export type RobotDeps = Pick<Agent, 'engine' | 'product' | 'port'>;
export type RobotHandlers = Pick<Handlers, PermittedName>;

export function createAccess({ engine, product }: RobotDeps, bearer: Bearer): RobotAccess {
  const record = bearer.record();
  const { scope } = record;

  const check = (name: PermittedName): void => {
    const permit = PERMITS[name];
    if (!bearer.live()) throw new ControlFailure('unauthorised', 'this token has ended', 'ask for a new one');
    const own = ownRole(engine, scope.space);
    if (own === null) throw new ControlFailure('not-permitted', 'this agent is not in the space of this token any more');
    if (permit.role === 'viewer') return;
    if (record.role === 'viewer')
      throw new ControlFailure('not-permitted', 'this token may read, not write', 'ask for one made with: --role editor');
    if (own === 'viewer') throw new ControlFailure('not-permitted', 'this agent may only read there now, so its tokens may too');
  };

  const projects = async (reach: Reach): Promise<readonly KnownProject[]> =>
    (await product.catalogs.projects()).filter((project) => reaches(scope, project, reach));

  const resolve = async (ref: ProjectRef, reach: Reach): Promise<KnownProject> => {
    // A token for one project means that one, wherever it is used.
    const only = ref.project === undefined ? onlyProject(scope) : null;
    const project = await resolveProject({ all: () => projects('any') }, product.folders, only === null ? ref : { project: only }).catch(
      (error: unknown) => {
        if (!(error instanceof ControlFailure) || error.error.code !== 'no-project') throw error;
        const words =
          ref.project === undefined ? 'this folder belongs to no project that this token sees' : 'this token sees no such project';
        throw new ControlFailure('no-project', words, 'see: leanvibe projects; name one with -p');
      },
    );
    if (reaches(scope, project, reach)) return project;
    throw new ControlFailure(
      'not-permitted',
      `this token may not see ${reach === 'whole' ? 'the whole of' : `the ${reach} of`} ${project.name}`,
    );
  };

  return {
    check,
    reaches: (project, reach) => reaches(scope, project, reach),
    projects,
    resolve,
    read: (name, ref, run) =>
      bearer.during(async () => {
        check(name);
        bearer.used();
        const answer = await run(await resolve(ref, PERMITS[name].reach));
        // What was revoked meanwhile is not answered.
        check(name);
        return answer;
      }),
    look: (name, run) =>
      bearer.during(async () => {
        check(name);
        bearer.used();
        const answer = await run();
        check(name);
        return answer;
      }),
    write: (name, ref, run) =>
      bearer.during(async () => {
        check(name);
        const project = await resolve(ref, PERMITS[name].reach);
        check(name);
        const settle = await bearer.begin({ method: name, project: project.id });
        try {
          check(name);
          const answer = await run(project);
          await settle('done', idIn(answer));
          return answer;
        } catch (error) {
          await settle(error instanceof ControlFailure ? error.error.code : 'failed', null);
          throw error;
        }
      }),
  };
}

function idIn(answer: unknown): string | null {
  return typeof answer === 'object' && answer !== null && 'id' in answer && typeof answer.id === 'string' ? answer.id : null;
}
