/**
 * The control API's contract: every method, what it takes and what it answers.
 *
 * `POST /api/v1/<method>` with a JSON object and `Authorization: Bearer <token>`. Answers `{result}` with status 200 or
 * `{error: {code, message, fix}}`. A streaming method answers `application/x-ndjson`: any number of `{progress}` lines,
 * then one `{result}` or `{error}` line. The token is the home's own, or one made for a robot, which may ask what `permits.ts` lists. `GET /api/v1/events` is a live NDJSON feed of FeedEvent.
 */
import { type Fields, flag, oneOf, optional, type Params, pattern, real, text, whole } from './fields.js';
import { INVITE_METHODS } from './invite-methods.js';
import { type Method, method, streaming } from './method.js';
import { METRICS_METHODS } from './metrics-methods.js';
import { RELAY_METHODS } from './relay-methods.js';
import { RECOVERY_METHODS } from './recovery-methods.js';
import { TEAM_METHODS } from './team-methods.js';
import { TRUST_METHODS } from './trust-methods.js';
import { TOKEN_METHODS } from './token-methods.js';
import type {
  BackupView,
  IdView,
  IndexProgress,
  NoteView,
  PathsView,
  TrashView,
  VerifyProgress,
  VerifyView,
  WrittenView,
} from './leaf-views.js';
import type {
  AddedProject,
  CheckView,
  DeviceRow,
  JoinStatus,
  PairOffer,
  PairStatus,
  ProjectDetail,
  ProjectView,
  SettingView,
  StatusView,
  SuggestionView,
  SyncView,
  TaskView,
  WhyView,
} from './views.js';

export const API_PREFIX = '/api/v1/';
export const EVENTS_PATH = '/api/v1/events';

const path = text({ max: 4096 });
const title = text({ max: 2000 });
const words = text({ max: 200_000, lines: true });
/** An id, or enough of its start to mean one thing only. */
const idStart = pattern(/^[0-9A-Za-z._:-]{1,128}$/, 'an id, or the start of one');
const deviceRef = text({ max: 200 });
const digits = pattern(/^\d{3} ?\d{3}$/, 'the six digits the other screen shows');
const displayName = text({ max: 64 });

/** `project`: a name, an id or the start of one, or a folder. `folder`: where the person is; used when `project` is absent. */
const inProject = { project: optional(text({ max: 4096 })), folder: optional(path) } as const;

export const METHODS = {
  ...TEAM_METHODS,
  ...RELAY_METHODS,
  ...INVITE_METHODS,
  ...TOKEN_METHODS,

  status: method<StatusView>()({}),
  doctor: method<readonly CheckView[]>()({}),
  paths: method<PathsView>()({}),
  id: method<IdView>()({}),

  'config.get': method<SettingView>()({ key: text({ max: 64 }) }),
  /** Every setting as text, as a person types it; lists are separated by commas. */
  'config.set': method<SettingView>()({ key: text({ max: 64 }), value: text({ min: 0, max: 1000 }) }),
  'config.list': method<readonly SettingView[]>()({}),

  /** `path` must be absolute. */
  'project.add': streaming<AddedProject, IndexProgress>()({ path, name: optional(displayName) }),
  /** `all`: those too that moved to another space. */
  'project.list': method<readonly ProjectView[]>()({ all: optional(flag) }),
  'project.show': method<ProjectDetail>()(inProject),
  /** Forgets the folder here; with `everywhere`, also takes the project off the list of all devices. Files on disk are never touched. */
  'project.remove': method<{ readonly id: string; readonly name: string; readonly everywhere: boolean }>()({
    ...inProject,
    everywhere: optional(flag),
  }),

  'task.add': method<TaskView>()({ ...inProject, title }),
  'task.list': method<readonly TaskView[]>()({ ...inProject, all: optional(flag) }),
  'task.done': method<TaskView>()({ ...inProject, id: idStart }),
  'task.undone': method<TaskView>()({ ...inProject, id: idStart }),
  'task.rm': method<TaskView>()({ ...inProject, id: idStart }),
  'task.edit': method<TaskView>()({ ...inProject, id: idStart, title }),

  'note.show': method<NoteView>()(inProject),
  'note.append': method<NoteView>()({ ...inProject, text: words }),
  /** Replaces the note as the person saw it (`base`) by `text`: only the difference is applied, so that others' words stay. */
  'note.edit': method<NoteView>()({
    ...inProject,
    text: text({ min: 0, max: 1_000_000, lines: true }),
    base: text({ min: 0, max: 1_000_000, lines: true }),
  }),

  suggest: method<SuggestionView>()({
    ...inProject,
    file: path,
    line: whole(1, 10_000_000),
    prompt: text({ min: 0, max: 200_000, lines: true }),
    suggestion: words,
    model: text({ max: 200 }),
    confidence: real(0, 1),
    tokens: optional(whole(0, 1_000_000_000)),
    responseMs: optional(whole(0, 1_000_000_000)),
  }),
  suggestions: method<readonly SuggestionView[]>()({ ...inProject, state: optional(oneOf('pending', 'accepted', 'rejected', 'conflict')) }),
  accept: method<SuggestionView>()({ ...inProject, id: idStart }),
  reject: method<SuggestionView>()({ ...inProject, id: idStart }),

  'sync.status': method<SyncView>()({}),
  /** Fails with `timeout` when it takes longer than `timeoutMs`. */
  'sync.wait': streaming<SyncView, { readonly pending: number; readonly pendingIn: number }>()({
    timeoutMs: optional(whole(0, 86_400_000)),
  }),

  /** Opens a showing of two minutes; ends an earlier one. `autoConfirm`: admit whoever proves the link without asking. */
  'pair.start': method<PairOffer>()({ autoConfirm: optional(flag) }),
  'pair.status': method<PairStatus>()({}),
  /** `digits` where the two sides use a short code: the six that the other screen shows. */
  'pair.confirm': method<PairStatus>()({ accept: flag, digits: optional(digits) }),
  'pair.cancel': method<PairStatus>()({}),

  /** `target`: a link, or a short code shown by an agent on this network. `keepHome`: bring along what this device has already. */
  'join.start': method<JoinStatus>()({ target: text({ max: 400 }), keepHome: optional(flag) }),
  'join.status': method<JoinStatus>()({}),
  'join.confirm': method<JoinStatus>()({ accept: flag, digits: optional(digits) }),
  'join.cancel': method<JoinStatus>()({}),

  'device.list': method<readonly DeviceRow[]>()({}),
  /** `device`: its name, its id, or the start of its id. */
  'device.rename': method<DeviceRow>()({ device: deviceRef, name: displayName }),
  'device.revoke': method<DeviceRow>()({ device: deviceRef }),
  /** A person's word that no other copy of this device is in use: edits kept back since `status` said `cloned` are sent. */
  'device.continue': method<{ readonly continued: boolean }>()({}),

  ...TRUST_METHODS,
  ...RECOVERY_METHODS,
  ...METRICS_METHODS,

  why: method<readonly WhyView[]>()(inProject),
  verify: streaming<VerifyView, VerifyProgress>()({}),
  backup: streaming<BackupView, VerifyProgress>()({ path, passphrase: text({ min: 8, max: 1000 }) }),
  /** `path`: a folder that does not exist yet, or is empty. */
  export: streaming<WrittenView, VerifyProgress>()({ path }),

  'trash.list': method<readonly TrashView[]>()({ project: optional(text({ max: 4096 })), folder: optional(path) }),
  'trash.restore': method<TrashView>()({ ...inProject, id: idStart }),

  /** A link that signs a browser in once, within a minute. */
  open: method<{ readonly link: string; readonly expiresAt: string }>()({}),
  stop: method<{ readonly stopping: true }>()({}),
  /** The last `lines` log lines, each one JSON text; with `follow`, then new ones until the caller hangs up. */
  logs: streaming<{ readonly lines: number }, { readonly line: string }>()({ lines: optional(whole(0, 10_000)), follow: optional(flag) }),
} as const;

export type Methods = typeof METHODS;
export type MethodName = keyof Methods;
export type ParamsOf<M extends MethodName> = Params<Methods[M]['params']>;
export type ResultOf<M extends MethodName> = NonNullable<Methods[M]['result']>;
export type ProgressOf<M extends MethodName> = Methods[M] extends Method<Fields, unknown, infer P> ? P : never;
export type StreamingName = { [M in MethodName]: Methods[M]['streams'] extends true ? M : never }[MethodName];

export function isMethodName(name: string): name is MethodName {
  return Object.hasOwn(METHODS, name);
}
