/** Adding, listing and removing projects. */
import { realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, parse } from 'node:path';
import type { Queue } from '@leanvibe/core/base/queue';
import type { Engine } from '@leanvibe/core/engine/api';
import type { DocumentId } from '@leanvibe/protocol/ids';
import { ControlFailure } from '../control/error.js';
import type { IndexProgress } from '../control/leaf-views.js';
import type { AddedProject, ProjectView } from '../control/views.js';
import type { ProjectIndex } from '../index/project-index.js';
import { mayWrite } from './access.js';
import { type Catalogs, follow, type KnownProject } from './catalog.js';
import type { FactsWriter } from './facts.js';
import { cleanName } from './names.js';
import { projectView, type ViewDeps } from './project-views.js';
import { markOf, sameRepository } from './same.js';

export interface ProjectsDeps extends ViewDeps {
  readonly engine: Engine;
  readonly catalogs: Catalogs;
  readonly facts: FactsWriter;
  /** Folders change hands one at a time. */
  readonly queue: Queue;
  /** The catalog has something to share now. */
  readonly shared: () => Promise<void>;
}

export interface Projects {
  /** `path`: absolute. */
  add(path: string, name: string | undefined, progress: (progress: IndexProgress) => void, signal: AbortSignal): Promise<AddedProject>;
  /** Those that moved only while they have words their new place lacks, or with `all`. */
  list(all?: boolean): Promise<readonly ProjectView[]>;
  remove(project: KnownProject, everywhere: boolean): Promise<{ readonly id: string; readonly name: string; readonly everywhere: boolean }>;
  /** After this device took another home: folders whose repository is known there move over. */
  rehome(): Promise<void>;
}

/** The folder itself, links resolved. Refuses what is not there or no folder. */
async function realFolder(path: string): Promise<string> {
  if (!isAbsolute(path)) throw new ControlFailure('bad-request', 'path must be absolute');
  try {
    const real = await realpath(path);
    if ((await stat(real)).isDirectory()) return await projectFolder(real);
  } catch (error) {
    if (error instanceof ControlFailure) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    if (code === 'ENOENT') throw new ControlFailure('not-found', `there is no folder ${path}`, 'check the path');
    throw new ControlFailure('refused', `${path} cannot be read (${code})`, 'check its permissions');
  }
  throw new ControlFailure('refused', `${path} is not a folder`, 'name the folder that holds it');
}

/** A whole disk or a person's whole home is no project, unless it is a repository. */
async function projectFolder(folder: string): Promise<string> {
  const whole = folder === parse(folder).root || folder === (await realpath(homedir()).catch(() => null));
  const isRepository = await stat(join(folder, '.git')).then(
    () => true,
    () => false,
  );
  if (!whole || isRepository) return folder;
  throw new ControlFailure('refused', `${folder} is everything you have, not a project`, 'name the folder of one project');
}

export function createProjects(deps: ProjectsDeps): Projects {
  const { engine, catalogs, folders, indexing, facts, queue, shared } = deps;

  const find = async (index: ProjectIndex): Promise<{ readonly project: KnownProject; readonly by: 'root-commit' | 'remote' } | null> => {
    const mark = markOf(index.git);
    const home = engine.home();
    const all = await catalogs.projects();
    // The home space first: what was brought along from before is second choice.
    for (const project of [...all.filter(({ space }) => space === home), ...all.filter(({ space }) => space !== home)]) {
      const by = sameRepository(mark, project);
      if (by !== null && folders.pathOf(project.id) === null) return { project, by };
    }
    return null;
  };

  const freeName = async (wanted: string): Promise<string> => {
    const taken = new Set((await catalogs.projects()).map(({ name }) => name));
    for (let number = 1; ; number++) {
      const name = number === 1 ? wanted : `${wanted}-${number}`;
      if (!taken.has(name)) return name;
    }
  };

  const create = async (index: ProjectIndex, name: string | undefined): Promise<KnownProject> => {
    const id: DocumentId = engine.newDocument();
    const { kind, rootCommits, remote } = markOf(index.git);
    await catalogs.edit(engine.home(), {
      type: 'project.set',
      id,
      name: await freeName(cleanName(name ?? index.name)),
      kind,
      rootCommits,
      remote,
    });
    await shared();
    return known(id);
  };

  const known = async (id: string): Promise<KnownProject> => {
    const project = (await catalogs.projects()).find((one) => one.id === id);
    if (project === undefined) throw new ControlFailure('no-project', 'the project is gone', 'see: leanvibe projects');
    return project;
  };

  /** A project taken off the list whose folder this was comes back as it was: its tasks and notes were never touched. */
  const comeBack = async (path: string): Promise<KnownProject | null> => {
    const former = folders.formerAt(path);
    const view = engine.spaces().find((one) => one.space === former?.space);
    const space = view?.space;
    // Where this device may not write any more the folder becomes a new project at home.
    if (former === null || space === undefined || !mayWrite(view)) return null;
    await catalogs.edit(space, { type: 'project.set', id: former.project });
    return known(former.project);
  };

  const settle = async (index: ProjectIndex, name: string | undefined): Promise<AddedProject> => {
    const before = folders.at(index.path);
    const former = folders.formerAt(index.path);
    const here = (await catalogs.projects()).find(({ id }) => id === before);
    const same = here === undefined ? await find(index) : null;
    const project = here ?? same?.project ?? (await comeBack(index.path)) ?? (await create(index, name));
    if (here === undefined) {
      if (before !== null) await folders.remove(before);
      await folders.set(project.id, index.path);
    }
    await indexing.adopt(project.id, index);
    await facts.offer(project, index, true);
    if (name !== undefined && name !== project.name && (here !== undefined || project.id === former?.project))
      await catalogs.edit(project.space, { type: 'project.set', id: project.id, name: cleanName(name) });
    return {
      project: await projectView(deps, await known(project.id)),
      added: here === undefined,
      sameAs: same === null ? null : { by: same.by },
    };
  };

  return {
    async add(path, name, progress, signal) {
      const folder = await realFolder(path);
      const index = await indexing.scan(
        folder,
        (done, total) => progress({ phase: total === 0 ? 'listing' : 'reading', done, total }),
        signal,
      );
      progress({ phase: 'saving', done: index.files, total: index.files });
      return queue.run(() => settle(index, name));
    },
    async list(all = false) {
      const every = await catalogs.all();
      const views: ProjectView[] = [];
      for (const project of every)
        if (all || follow(every, project) === project || (await deps.late(project))) views.push(await projectView(deps, project));
      return views;
    },
    async remove(project, everywhere) {
      const others =
        engine
          .spaces()
          .find(({ space }) => space === project.space)
          ?.devices.filter((device) => !device.revoked && !device.thisDevice) ?? [];
      const all = everywhere || others.length === 0;
      if (all) await catalogs.edit(project.space, { type: 'project.rm', id: project.id });
      await folders.remove(project.id, all ? project.space : undefined);
      await indexing.forget(project.id);
      return { id: project.id, name: project.name, everywhere: all };
    },
    rehome: () =>
      queue.run(async () => {
        const home = engine.home();
        const all = await catalogs.projects();
        for (const { project: id, path } of folders.all()) {
          const old = all.find((one) => one.id === id);
          if (old === undefined || old.space === home) continue;
          const mark = { kind: old.kind, rootCommits: old.rootCommits, remote: old.remote };
          const same = all.find((one) => one.space === home && folders.pathOf(one.id) === null && sameRepository(mark, one) !== null);
          if (same === undefined) continue;
          // Nothing in the old project is touched: its tasks and notes stay where they are.
          await folders.set(same.id, path);
          await folders.remove(id);
          await indexing.forget(id);
          await indexing.watch(same.id, path);
        }
      }),
  };
}
