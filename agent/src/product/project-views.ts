/** A project as people and scripts see it: the catalog's word, the newest index, and counts of what is in its documents. */
import type { Activity } from '@leanvibe/core/doc/product/activity';
import type { Suggestion } from '@leanvibe/core/doc/product/suggestions';
import type { Task } from '@leanvibe/core/doc/product/tasks';
import type { Engine } from '@leanvibe/core/engine/api';
import type { DeviceId } from '@leanvibe/protocol/ids';
import type { ProjectDetail, ProjectView } from '../control/views.js';
import { mayWrite } from './access.js';
import type { KnownProject } from './catalog.js';
import type { Docs } from './docs.js';
import { detailOf, type IndexDetail, type IndexSummary, summaryOf } from './facts.js';
import type { Folders } from './folders.js';
import type { Indexing } from './indexing.js';
import type { Names } from './names.js';

export interface ViewDeps {
  readonly self: DeviceId;
  readonly engine: Pick<Engine, 'spaces'>;
  readonly docs: Docs;
  readonly folders: Folders;
  readonly indexing: Indexing;
  readonly names: Names;
  readonly late: (project: KnownProject) => Promise<boolean>;
}

interface Facts {
  readonly device: string;
  readonly summary: IndexSummary;
  readonly detail: IndexDetail;
}

const EMPTY_SUMMARY: Omit<IndexSummary, 'indexedAt'> = {
  files: 0,
  lines: 0,
  bytes: 0,
  language: null,
  languages: [],
  git: null,
  todos: 0,
  apart: { missing: 0, untracked: 0, skipped: 0, symlinks: 0, submodules: 0, binary: 0 },
};
const EMPTY_DETAIL: IndexDetail = { largest: [], todoList: [], manifests: [] };

/** What devices shared of this project, this device's first, then the newest. */
async function factsOf({ docs, self }: ViewDeps, project: KnownProject): Promise<readonly Facts[]> {
  const byDevice = await docs.view<Readonly<Record<string, Readonly<Record<string, unknown>>>>>(project.facts, 'facts', { type: 'facts' });
  const all = Object.entries(byDevice).flatMap(([device, facts]): readonly Facts[] => {
    const { summary, detail } = facts;
    if (!isSummary(summary)) return [];
    return [
      { device, summary: { ...EMPTY_SUMMARY, ...summary }, detail: { ...EMPTY_DETAIL, ...(typeof detail === 'object' ? detail : {}) } },
    ];
  });
  return all.sort((a, b) => Number(b.device === self) - Number(a.device === self) || (a.summary.indexedAt < b.summary.indexedAt ? 1 : -1));
}

/** Another device's facts are its own word: anything that is not a summary is as good as absent. */
function isSummary(value: unknown): value is IndexSummary {
  if (typeof value !== 'object' || value === null) return false;
  const { files, lines, bytes, todos, indexedAt, languages } = value as Readonly<Record<string, unknown>>;
  const numbers = [files, lines, bytes, todos].every((one) => typeof one === 'number' && Number.isFinite(one) && one >= 0);
  const listed =
    Array.isArray(languages) &&
    languages.every((one: unknown) => typeof one === 'object' && one !== null && 'name' in one && typeof one.name === 'string');
  return numbers && listed && typeof indexedAt === 'string' && !Number.isNaN(Date.parse(indexedAt));
}

export async function projectView(deps: ViewDeps, project: KnownProject): Promise<ProjectView> {
  const { docs, folders, indexing, names, engine } = deps;
  const own = indexing.latest(project.id);
  const space = engine.spaces().find((one) => one.space === project.space);
  const [shared] = own === null ? await factsOf(deps, project) : [];
  const summary = own !== null ? summaryOf(own) : (shared?.summary ?? null);
  const indexedBy = own !== null ? names.own() : shared === undefined ? null : names.of(shared.device);
  const tasks = await docs.view<readonly Task[]>(project.place, 'yjs', { type: 'tasks' });
  const suggestions = await docs.view<readonly Suggestion[]>(project.suggestions, 'yjs', { type: 'suggestions' });
  const { apart: _apart, indexedAt, ...numbers } = summary ?? { ...EMPTY_SUMMARY, indexedAt: null };
  return {
    id: project.id,
    name: project.name,
    space: { id: project.space, name: names.ofSpace(project.space), home: space?.home === true },
    mayWrite: mayWrite(space),
    moved: await movedView(deps, project),
    path: folders.pathOf(project.id),
    indexedBy,
    ...numbers,
    indexedAt,
    indexing: indexing.running(project.id),
    watching: own?.watching != null,
    tasks: { open: tasks.filter((task) => !task.done).length, done: tasks.filter((task) => task.done).length },
    suggestions: {
      pending: suggestions.filter((one) => one.state === 'pending').length,
      conflicts: suggestions.filter((one) => one.state === 'conflict').length,
    },
  };
}

async function movedView({ names, late }: ViewDeps, project: KnownProject): Promise<ProjectView['moved']> {
  const { moved } = project;
  return moved === null
    ? null
    : { space: moved.space, spaceName: names.ofSpace(moved.space), project: moved.project, late: await late(project) };
}

const ACTIVITY_SHOWN = 20;

export async function projectDetail(deps: ViewDeps, project: KnownProject): Promise<ProjectDetail> {
  const { docs, indexing, names } = deps;
  const own = indexing.latest(project.id);
  const facts = await factsOf(deps, project);
  const detail = own === null ? (facts[0]?.detail ?? EMPTY_DETAIL) : detailOf(own);
  const apart = own === null ? (facts[0]?.summary.apart ?? EMPTY_SUMMARY.apart) : summaryOf(own).apart;
  const activity = await docs.view<readonly Activity[]>(project.place, 'yjs', { type: 'activity', limit: ACTIVITY_SHOWN });
  return {
    ...(await projectView(deps, project)),
    ...detail,
    apart,
    activity: activity.map(({ at, by, kind, text }) => ({ at, by: names.of(by ?? ''), kind, text })),
    devices: facts.map(({ device, summary }) => ({ deviceId: device, name: names.of(device), indexedAt: summary.indexedAt })),
  };
}
