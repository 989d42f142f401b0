/** Tasks, notes and suggestions of one project, as the control API answers them. */
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { ProductCommand } from '@leanvibe/core/doc/product/commands';
import type { Suggestion, Verdict } from '@leanvibe/core/doc/product/suggestions';
import type { Task, TrashedTask } from '@leanvibe/core/doc/product/tasks';
import type { Json } from '@leanvibe/core/doc/crdt';
import type { Counts } from '../metrics/hours.js';
import type { NoteView, TrashView } from '../control/leaf-views.js';
import type { SuggestionView, TaskView } from '../control/views.js';
import type { Author } from './author.js';
import type { KnownProject } from './catalog.js';
import type { Docs, Place } from './docs.js';
import { itemId } from './item-id.js';
import type { Names } from './names.js';
import { byIdStart } from './resolve.js';

export interface WorkDeps extends ClockDep {
  /** In whose name. */
  readonly author: Author;
  readonly docs: Docs;
  readonly names: Names;
  /** What was done in a project, as numbers. */
  readonly tally: (project: string, counts: Counts) => void;
}

export interface NewSuggestion {
  readonly file: string;
  readonly line: number;
  readonly prompt: string;
  readonly suggestion: string;
  readonly model: string;
  readonly confidence: number;
  readonly tokens?: number;
  readonly responseMs?: number;
}

export interface Work {
  addTask(project: KnownProject, title: string): Promise<TaskView>;
  tasks(project: KnownProject, all: boolean): Promise<readonly TaskView[]>;
  tick(project: KnownProject, id: string, done: boolean): Promise<TaskView>;
  renameTask(project: KnownProject, id: string, title: string): Promise<TaskView>;
  removeTask(project: KnownProject, id: string): Promise<TaskView>;
  note(project: KnownProject): Promise<NoteView>;
  appendNote(project: KnownProject, text: string): Promise<NoteView>;
  editNote(project: KnownProject, text: string, base: string): Promise<NoteView>;
  suggest(project: KnownProject, suggestion: NewSuggestion): Promise<SuggestionView>;
  suggestions(project: KnownProject, state: SuggestionView['state'] | undefined): Promise<readonly SuggestionView[]>;
  /** `noted`: the project's activity says so too. */
  judge(project: KnownProject, id: string, verdict: Verdict, noted?: boolean): Promise<SuggestionView>;
  trash(project: KnownProject): Promise<readonly TrashView[]>;
  restore(project: KnownProject, id: string): Promise<TrashView>;
  /** Forgets what has been in the trash for thirty days. */
  purgeTrash(project: KnownProject): Promise<void>;
}

const LIST_TASKS = 'leanvibe task list';

export function createWork({ clock, author, docs, names, tally }: WorkDeps): Work {
  const now = (): string => new Date(clock.nowMs()).toISOString();
  const signed = (): { readonly by: string; readonly at: string } => ({ by: author.by, at: now() });
  const run = (place: Place, command: ProductCommand): Promise<Json> => docs.edit(place, 'yjs', { ...command } as Json, author.token);
  const idIn = (answer: Json): string =>
    typeof answer === 'object' && answer !== null && 'id' in answer && typeof answer.id === 'string' ? answer.id : '';

  const rows = ({ place }: KnownProject): Promise<readonly Task[]> => docs.view(place, 'yjs', { type: 'tasks' });
  const taskView = (task: Task): TaskView => ({
    id: task.id,
    title: task.title,
    done: task.done,
    createdBy: names.of(task.createdBy ?? ''),
    createdAt: task.createdAt ?? '',
  });
  const task = async (project: KnownProject, id: string): Promise<Task> => byIdStart(await rows(project), id, 'task', LIST_TASKS);

  const offers = ({ suggestions }: KnownProject): Promise<readonly Suggestion[]> => docs.view(suggestions, 'yjs', { type: 'suggestions' });
  const offer = async (project: KnownProject, id: string): Promise<Suggestion> =>
    byIdStart(await offers(project), id, 'suggestion', 'leanvibe suggestions');
  const offerView = ({ id, file, line, prompt, suggestion, model, confidence, verdicts, state }: Suggestion): SuggestionView => ({
    id,
    file,
    line,
    prompt,
    suggestion,
    model,
    confidence,
    state,
    verdicts: verdicts.filter(({ current }) => current).map(({ verdict, by, at }) => ({ verdict, by: names.of(by), at })),
  });

  // The view is kept by document, so `now` is cut to the minute to let it be.
  const trashed = ({ place }: KnownProject): Promise<readonly TrashedTask[]> =>
    docs.view(place, 'yjs', { type: 'trash', now: `${now().slice(0, 16)}:00Z` });
  const trashView = (project: KnownProject, one: TrashedTask): TrashView => ({
    id: one.id,
    kind: 'task',
    project: project.name,
    title: one.title,
    deletedAt: one.removedAt,
    deletedBy: names.of(one.removedBy ?? ''),
  });

  return {
    async addTask(project, title) {
      const id = idIn(await run(project.place, { type: 'task.add', id: itemId(), title: title.trim(), ...signed() }));
      return taskView(await task(project, id));
    },
    tasks: async (project, all) => (await rows(project)).filter(({ done }) => all || !done).map(taskView),
    async tick(project, id, done) {
      const found = await task(project, id);
      await run(project.place, { type: 'task.done', id: found.id, done, ...signed() });
      return taskView(await task(project, found.id));
    },
    async renameTask(project, id, title) {
      const found = await task(project, id);
      await run(project.place, { type: 'task.title', id: found.id, title: title.trim() });
      return taskView(await task(project, found.id));
    },
    async removeTask(project, id) {
      const found = await task(project, id);
      await run(project.place, { type: 'task.rm', id: found.id, ...signed() });
      return taskView(found);
    },
    note: ({ place }) => docs.view<NoteView>(place, 'yjs', { type: 'note' }),
    async appendNote({ place }, text) {
      const { text: before } = await docs.view<NoteView>(place, 'yjs', { type: 'note' });
      const line = `${before === '' || before.endsWith('\n') ? '' : '\n'}${text}${text.endsWith('\n') ? '' : '\n'}`;
      await run(place, { type: 'note.append', text: line });
      return docs.view<NoteView>(place, 'yjs', { type: 'note' });
    },
    async editNote({ place }, text, base) {
      await run(place, { type: 'note.edit', text, base });
      return docs.view<NoteView>(place, 'yjs', { type: 'note' });
    },
    async suggest(project, { tokens = 0, responseMs = 0, ...rest }) {
      const id = idIn(await run(project.suggestions, { type: 'suggestion.add', id: itemId(), ...rest, tokens, responseMs, ...signed() }));
      tally(project.id, { suggestionsMade: 1, tokens });
      return offerView(await offer(project, id));
    },
    suggestions: async (project, state) =>
      (await offers(project)).filter((one) => state === undefined || one.state === state).map(offerView),
    async judge(project, id, verdict, noted = true) {
      const found = await offer(project, id);
      await run(project.suggestions, { type: 'suggestion.verdict', id: found.id, verdict, ...signed() });
      tally(project.id, verdict === 'accept' ? { suggestionsAccepted: 1 } : { suggestionsRejected: 1 });
      const word = verdict === 'accept' ? 'accepted' : 'rejected';
      if (noted)
        await run(project.place, {
          type: 'activity.add',
          kind: `suggestion-${word}`,
          text: `${word} a suggestion for ${found.file}`.slice(0, 250),
          ...signed(),
        });
      return offerView(await offer(project, found.id));
    },
    trash: async (project) => (await trashed(project)).map((one) => trashView(project, one)),
    async restore(project, id) {
      const found = byIdStart(await trashed(project), id, 'deleted task', 'leanvibe trash list');
      await run(project.place, { type: 'task.restore', id: found.id });
      return trashView(project, found);
    },
    async purgeTrash({ place }) {
      await run(place, { type: 'trash.purge', at: now() });
    },
  };
}
