/** The control methods as a token is answered: its projects only, each as far as it reaches, and every write in its name. */
import { VERSION } from './version.js';
import type { ProjectView, StatusView } from '../control/views.js';
import type { KnownProject } from '../product/catalog.js';
import { robotOf } from '../product/author.js';
import type { ProjectRef } from '../product/resolve.js';
import type { Bearer } from '../tokens/bearer.js';
import { createAccess, type RobotAccess, type RobotDeps, type RobotHandlers } from './robot-access.js';
import { projectNames, tokenView } from './token-views.js';

export function robotHandlers(deps: RobotDeps, bearer: Bearer): RobotHandlers {
  const { product, engine } = deps;
  const access = createAccess(deps, bearer);
  const { read, write, look } = access;
  const { id, name } = bearer.record();
  const on = product.workOf(robotOf(engine.device, { id, name }));
  const list = async (): Promise<readonly ProjectView[]> => {
    const views: ProjectView[] = [];
    for (const project of await access.projects('any')) views.push(seenView(bearer, access, project, await product.view(project)));
    return views;
  };
  return {
    status: () => look('status', () => robotStatus(deps, bearer, list)),
    'project.list': () => look('project.list', list),
    'project.show': (ref) =>
      read('project.show', ref, async (project) => {
        const detail = await product.detail(project);
        // Which machines hold it is not in the project's documents for robots.
        return { ...detail, ...seenView(bearer, access, project, detail), devices: [] };
      }),
    'task.add': ({ title, ...ref }) => write('task.add', ref, (project) => on.addTask(project, title)),
    'task.list': ({ all = true, ...ref }) => read('task.list', ref, (project) => on.tasks(project, all)),
    'task.done': ({ id: task, ...ref }) => write('task.done', ref, (project) => on.tick(project, task, true)),
    'task.undone': ({ id: task, ...ref }) => write('task.undone', ref, (project) => on.tick(project, task, false)),
    'task.rm': ({ id: task, ...ref }) => write('task.rm', ref, (project) => on.removeTask(project, task)),
    'task.edit': ({ id: task, title, ...ref }) => write('task.edit', ref, (project) => on.renameTask(project, task, title)),
    'note.show': (ref) => read('note.show', ref, (project) => on.note(project)),
    'note.append': ({ text, ...ref }) => write('note.append', ref, (project) => on.appendNote(project, text)),
    'note.edit': ({ text, base, ...ref }) => write('note.edit', ref, (project) => on.editNote(project, text, base)),
    suggest: ({ project, folder, ...suggestion }) => write('suggest', refOf(project, folder), (one) => on.suggest(one, suggestion)),
    suggestions: ({ state, ...ref }) => read('suggestions', ref, (project) => on.suggestions(project, state)),
    // A verdict is noted in the project's activity, which is there for tokens that reach the whole of it.
    accept: ({ id: one, ...ref }) => write('accept', ref, (project) => on.judge(project, one, 'accept', access.reaches(project, 'whole'))),
    reject: ({ id: one, ...ref }) => write('reject', ref, (project) => on.judge(project, one, 'reject', access.reaches(project, 'whole'))),
    'trash.list': (ref) =>
      ref.project === undefined && ref.folder === undefined
        ? look('trash.list', async () => (await Promise.all((await access.projects('tasks')).map((one) => on.trash(one)))).flat())
        : read('trash.list', ref, (project) => on.trash(project)),
    'trash.restore': ({ id: task, ...ref }) => write('trash.restore', ref, (project) => on.restore(project, task)),
  };
}

function refOf(project: string | undefined, folder: string | undefined): ProjectRef {
  return { ...(project === undefined ? {} : { project }), ...(folder === undefined ? {} : { folder }) };
}

/** The folder on this machine is nobody's business; of a project in parts only what the parts hold is told. */
function seenView(bearer: Bearer, { reaches }: RobotAccess, project: KnownProject, view: ProjectView): ProjectView {
  const whole = reaches(project, 'whole');
  return {
    ...view,
    mayWrite: view.mayWrite && bearer.record().role === 'editor',
    moved: null,
    path: null,
    ...(whole
      ? {}
      : {
          indexedBy: null,
          files: 0,
          lines: 0,
          bytes: 0,
          language: null,
          languages: [],
          git: null,
          todos: 0,
          indexedAt: null,
          indexing: null,
          watching: false,
        }),
    tasks: reaches(project, 'tasks') ? view.tasks : { open: 0, done: 0 },
    suggestions: reaches(project, 'suggestions') ? view.suggestions : { pending: 0, conflicts: 0 },
  };
}

/** The shape of a person's status with the token's own part filled in: nothing of devices, disks, folders or other projects. */
async function robotStatus(deps: RobotDeps, bearer: Bearer, list: () => Promise<readonly ProjectView[]>): Promise<StatusView> {
  return {
    deviceId: '',
    name: '',
    person: { id: '', name: '' },
    spaces: [],
    requests: [],
    spaceJoins: [],
    version: VERSION,
    home: '',
    port: deps.port(),
    pid: 0,
    uptimeSeconds: 0,
    projects: await list(),
    peers: [],
    relays: [],
    refusals: {},
    storage: { entries: 0, bytes: 0 },
    inStep: deps.engine.inStep(),
    cloned: false,
    standing: 'live',
    rotationOwed: [],
    strangers: 0,
    discovery: 'on',
    ports: { tcp: null, ws: null },
    loop: { p50Ms: 0, p99Ms: 0, maxMs: 0 },
    memory: { rssBytes: 0, heapBytes: 0 },
    alarms: [],
    token: tokenView(bearer.record(), await projectNames(deps)),
  };
}
