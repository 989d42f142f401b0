/** Making a patch's edits one's own: each word, task and suggestion where it still fits, and a plain list of what does not. */
import { diffTexts, type Hunk } from '@leanvibe/core/doc/product/diff';
import type { Suggestion } from '@leanvibe/core/doc/product/suggestions';
import type { Task } from '@leanvibe/core/doc/product/tasks';
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { Json } from '@leanvibe/core/doc/crdt';
import type { DeviceId } from '@leanvibe/protocol/ids';
import { ControlFailure } from '../control/error.js';
import type { KnownProject } from './catalog.js';
import type { Docs, Place } from './docs.js';
import type { Fields, PatchDocument, PatchItem, PatchNote } from './patch.js';

export interface ApplyDeps extends ClockDep {
  readonly self: DeviceId;
  readonly docs: Docs;
}

/** What became of one edit. */
export type Fate = { readonly text: string } & (
  | { readonly state: 'applied' }
  | { readonly state: 'already' }
  | { readonly state: 'left'; readonly why: string }
);

const applied = (text: string): Fate => ({ text, state: 'applied' });
const already = (text: string): Fate => ({ text, state: 'already' });
const left = (text: string, why: string): Fate => ({ text, state: 'left', why });

/** The note's and the items' edits in a project that is here; nothing else is touched. */
export async function applyDocument(deps: ApplyDeps, project: KnownProject, patch: PatchDocument): Promise<readonly Fate[]> {
  const fates: Fate[] = [];
  if (patch.note !== null) fates.push(await tried('the note', () => applyNote(deps, project.place, patch.note as PatchNote)));
  for (const item of patch.items) {
    const text = item.after ?? item.before ?? item.id;
    if (item.part === 'task') fates.push(await tried(text, () => applyTask(deps, project.place, item, text)));
    if (item.part === 'suggestion') fates.push(await tried(text, () => applySuggestion(deps, project.suggestions, item, text)));
  }
  if (patch.other) fates.push(left(patch.document, 'it holds edits of another program, which no file can carry'));
  return fates;
}

async function tried(text: string, run: () => Promise<Fate>): Promise<Fate> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof ControlFailure && error.error.code === 'refused') return left(text, error.error.message);
    throw error;
  }
}

/** Three ways and by words: what others wrote since stays, and what is in it already is not written twice. */
async function applyNote({ docs }: ApplyDeps, place: Place, { before, after }: PatchNote): Promise<Fate> {
  const { text } = await docs.view<{ readonly text: string }>(place, 'yjs', { type: 'note' });
  const wanted = notYetIn(before, after, text);
  if (wanted === before) return already('the note');
  await docs.edit(place, 'yjs', { type: 'note.edit', text: wanted, base: before });
  return applied('the note');
}

/** Shorter words are found anywhere by chance; better said twice than lost. */
const SURE_CHARS = 12;

/** `after` without those edits of `before` that `current` holds, as they are or beside what others wrote in the same place. */
export function notYetIn(before: string, after: string, current: string): string {
  const there = diffTexts(before, current);
  const isThere = ({ at, removed, inserted }: Hunk): boolean =>
    there.some(
      (one) =>
        one.at === at &&
        one.removed === removed &&
        (one.inserted === inserted || (inserted.length >= SURE_CHARS && one.inserted.includes(inserted))),
    );
  let text = before;
  for (const hunk of diffTexts(before, after).toReversed())
    if (!isThere(hunk)) text = text.slice(0, hunk.at) + hunk.inserted + text.slice(hunk.at + hunk.removed);
  return text;
}

const textIn = (fields: Fields | null, name: string): string => {
  const value = fields?.[name];
  return typeof value === 'string' ? value : '';
};

async function applyTask({ docs, clock, self }: ApplyDeps, place: Place, item: PatchItem, text: string): Promise<Fate> {
  const signed = { by: self, at: new Date(clock.nowMs()).toISOString() };
  const run = (command: Json): Promise<Json> => docs.edit(place, 'yjs', command);
  const { id, from, to, what } = item;
  const find = async (): Promise<Task | undefined> =>
    (await docs.view<readonly Task[]>(place, 'yjs', { type: 'tasks' })).find((one) => one.id === id);
  const task = await find();
  const [title, done] = [textIn(to, 'title'), to?.['done'] === true];
  if (what === 'removed') {
    if (task === undefined) return already(text);
    if (task.title !== textIn(from, 'title')) return left(text, 'somebody renamed it meanwhile, so it was not deleted');
    await run({ type: 'task.rm', id, ...signed });
    return applied(text);
  }
  if (what === 'added' && task === undefined) {
    await run({ type: 'task.add', id, title, ...signed });
    if (done) await run({ type: 'task.done', id, done, ...signed });
    return applied(text);
  }
  if (task === undefined) return left(text, 'somebody deleted it meanwhile');
  const renamed = title !== task.title && (what === 'added' || title !== textIn(from, 'title'));
  const ticked = done !== task.done && (what === 'added' || done !== (from?.['done'] === true));
  if (renamed && what === 'changed' && task.title !== textIn(from, 'title'))
    return left(text, `somebody renamed it meanwhile: ${task.title}`);
  if (renamed) await run({ type: 'task.title', id, title });
  if (ticked) await run({ type: 'task.done', id, done, ...signed });
  return renamed || ticked ? applied(text) : already(text);
}

async function applySuggestion({ docs, clock, self }: ApplyDeps, place: Place, item: PatchItem, text: string): Promise<Fate> {
  const signed = { by: self, at: new Date(clock.nowMs()).toISOString() };
  const { id, to, what } = item;
  if (what === 'removed') return left(text, 'suggestions are not deleted');
  const find = async (): Promise<Suggestion | undefined> =>
    (await docs.view<readonly Suggestion[]>(place, 'yjs', { type: 'suggestions' })).find((one) => one.id === id);
  const there = await find();
  if (there === undefined && what === 'changed') return left(text, 'it is not there');
  if (there === undefined)
    await docs.edit(place, 'yjs', {
      type: 'suggestion.add',
      id,
      file: textIn(to, 'file'),
      line: numberIn(to, 'line'),
      prompt: textIn(to, 'prompt'),
      suggestion: textIn(to, 'suggestion'),
      model: textIn(to, 'model'),
      confidence: numberIn(to, 'confidence'),
      tokens: numberIn(to, 'tokens'),
      responseMs: numberIn(to, 'responseMs'),
      ...signed,
    });
  const state = there?.state ?? 'pending';
  const wanted = to?.['state'] === 'accepted' ? 'accept' : to?.['state'] === 'rejected' ? 'reject' : null;
  if (wanted === null || state === `${wanted}ed`) return there === undefined ? applied(text) : already(text);
  if (state !== 'pending') return left(text, `somebody judged it meanwhile: ${state}`);
  await docs.edit(place, 'yjs', { type: 'suggestion.verdict', id, verdict: wanted, ...signed });
  return applied(text);
}

function numberIn(fields: Fields | null, name: string): number {
  const value = fields?.[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
