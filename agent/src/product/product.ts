/** The product over the engine: wiring of catalogs, names, folders, indexing and work, and what happens when documents change. */
import type { Engine, EngineEvent } from '@leanvibe/core/engine/api';
import type { Cancel, ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { WrittenView } from '../control/leaf-views.js';
import type { ProjectDetail, ProjectView, WhyView } from '../control/views.js';
import type { Indexer } from '../index/indexer.js';
import type { Counts } from '../metrics/hours.js';
import { type Author, personOf } from './author.js';
import { type Catalogs, createCatalogs, type KnownProject } from './catalog.js';
import { createDocs } from './docs.js';
import { exportAll } from './export.js';
import { createFactsWriter } from './facts.js';
import { createFolders, type Folders } from './folders.js';
import { createQueue } from '@leanvibe/core/base/queue';
import { mayWrite, refusalToWrite } from './access.js';
import { createMoves, type Moves } from './moves.js';
import { createTeams, type Teams } from './teams.js';
import { createIndexing, type IndexNews } from './indexing.js';
import type { LocalRecords } from './local.js';
import { createNames, type Names } from './names.js';
import { projectDetail, projectView } from './project-views.js';
import { createProjects, type Projects } from './projects.js';
import { type ProjectRef, resolveProject } from './resolve.js';
import { createTrust, type Trust } from './trust.js';
import type { Reach } from './reach.js';
import { whyProject } from './why.js';
import { createWork, type Work } from './work.js';

export interface ProductDeps extends ClockDep, LoggerDep {
  readonly engine: Engine;
  readonly indexer: Indexer;
  readonly local: LocalRecords;
  /** A name chosen for this start, else null. */
  readonly name: string | null;
  readonly watch: boolean;
  readonly watched: () => boolean;
  readonly news: (news: Omit<IndexNews, 'index'>) => void;
  readonly reach: () => Reach;
  /** What was done in a project, as numbers. */
  readonly tally: (project: string, counts: Counts) => void;
}

export interface Product {
  readonly names: Names;
  readonly catalogs: Catalogs;
  readonly folders: Folders;
  readonly projects: Projects;
  readonly moves: Moves;
  readonly teams: Teams;
  /** In the name of this device's person. */
  readonly work: Work;
  workOf(author: Author): Work;
  readonly trust: Trust;
  resolve(ref: ProjectRef): Promise<KnownProject>;
  view(project: KnownProject): Promise<ProjectView>;
  detail(project: KnownProject): Promise<ProjectDetail>;
  why(project: KnownProject): Promise<readonly WhyView[]>;
  export(path: string, progress: (done: number, total: number) => void, signal: AbortSignal): Promise<WrittenView>;
  /** What a document is to the product: its word, and its project's id. */
  describe(
    event: Extract<EngineEvent, { readonly type: 'document' }>,
  ): Promise<{ readonly document: string; readonly project: string | null }>;
  /** Begins to watch the folders known from before. Does not wait for their first index. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Deleted tasks older than thirty days lose their words; looking for them is quiet work. */
const PURGE_EVERY_MS = 6 * 3_600_000;
const SETTLE_AFTER_MS = 300;
const RETRY_MS = 1_000;

export async function createProduct(deps: ProductDeps): Promise<Product> {
  const { clock, logger, engine, indexer, local, watch, watched, reach, tally } = deps;
  const self = engine.device;
  const failed = (error: unknown): void =>
    logger.log('error', 'product-failed', { why: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
  const docs = createDocs(engine, (space) => refusalToWrite(engine, names, space, 'this project'));
  const catalogs = createCatalogs(engine, docs);
  const names = await createNames({ engine, catalogs, local }, deps.name);
  const folders = await createFolders(local);
  const may = ({ space }: Pick<KnownProject, 'space'>): boolean => mayWrite(engine.spaces().find((one) => one.space === space));
  const facts = createFactsWriter({ clock, docs, watched, may, failed });

  const onNews = (news: IndexNews): void => {
    const { index, ...rest } = news;
    deps.news(rest);
    if (index === null || news.state !== 'done') return;
    if (index.filesRead > 0) tally(news.project, { filesProcessed: index.filesRead });
    const offer = async (): Promise<void> => {
      const project = (await catalogs.projects()).find(({ id }) => id === news.project);
      if (project !== undefined) await facts.offer(project, index, false);
    };
    offer().catch(failed);
  };
  const indexing = createIndexing({ clock, logger, indexer, local, news: onNews, watching: watch });
  const queue = createQueue();
  const moves = createMoves({ clock, engine, docs, catalogs, names, folders, indexing, local, queue });
  const views = { self, docs, folders, indexing, names, engine, late: (project: KnownProject) => moves.late(project) };
  const projects = createProjects({ ...views, catalogs, facts, queue, shared: () => names.refresh() });
  const teams = createTeams({ engine, catalogs, names });
  const workOf = (author: Author): Work => createWork({ clock, author, docs, names, tally });
  const work = workOf(personOf(self));

  const isCatalog = (event: Extract<EngineEvent, { readonly type: 'document' }>): boolean =>
    event.document === catalogs.placeOf(event.space).document;
  /** A space may go while it is read, when this device takes another home: then once more. */
  const refreshed = async (): Promise<void> => {
    await names.refresh().catch(() => new Promise<void>((resolve) => clock.after(RETRY_MS, resolve)).then(() => names.refresh()));
  };
  const stopListening = engine.subscribe((event) => {
    if (event.type === 'membership') refreshed().catch(failed);
    if (event.type === 'document' && event.origin === 'peer' && isCatalog(event))
      refreshed()
        .then(() => projects.rehome())
        .catch(failed);
    if (event.type === 'membership' || (event.type === 'document' && event.origin === 'peer')) settleSoon();
  });

  /** Documents arrive in bursts, and what moved is looked at once after each. */
  let stopSettling: Cancel | null = null;
  const settleSoon = (): void => settleLater(SETTLE_AFTER_MS);
  const settleLater = (ms: number): void => {
    stopSettling ??= clock.after(ms, () => {
      stopSettling = null;
      moves.settle().catch((error: unknown) => {
        failed(error);
        settleLater(RETRY_MS);
      });
    });
  };

  let stopPurge: Cancel = () => undefined;
  const purgeLater = (): void => {
    stopPurge = clock.after(PURGE_EVERY_MS, () => {
      const purge = async (): Promise<void> => {
        for (const project of await catalogs.projects()) if (may(project)) await work.purgeTrash(project);
      };
      purge().catch(failed).finally(purgeLater);
    });
  };
  purgeLater();

  const describe: Product['describe'] = async (event) => {
    if (isCatalog(event)) return { document: 'catalog', project: null };
    for (const project of await catalogs.all()) {
      for (const [word, place] of [
        ['project', project.place],
        ['suggestions', project.suggestions],
        ['facts', project.facts],
      ] as const) {
        if (place.document === event.document) return { document: word, project: project.id };
      }
    }
    return { document: 'other', project: null };
  };

  return {
    names,
    catalogs,
    folders,
    projects,
    moves,
    teams,
    work,
    workOf,
    trust: createTrust({ clock, engine, catalogs, docs, names, find: teams.find }),
    describe,
    resolve: (ref) => resolveProject(catalogs, folders, ref),
    view: (project) => projectView(views, project),
    detail: (project) => projectDetail(views, project),
    why: (project) => whyProject({ engine, catalogs, names, teams, reach }, project),
    export: (path, progress, signal) => exportAll({ ...views, catalogs, work }, path, progress, signal),
    async start() {
      await names.refresh();
      await moves.settle();
      const listed = new Set((await catalogs.projects()).map(({ id }) => id));
      for (const { project, path } of folders.all()) if (listed.has(project)) indexing.watch(project, path).catch(failed);
    },
    async stop() {
      stopPurge();
      stopSettling?.();
      await queue.idle();
      stopListening();
      facts.stop();
      await indexing.stop();
      docs.stop();
    },
  };
}
