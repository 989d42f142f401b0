/** Edits that are on this device only: listed, saved as a patch file when this device may no longer write, and applied from one. */
import { open, readFile, stat, unlink } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { Engine, SpaceView } from '@leanvibe/core/engine/api';
import type { UnsentDocument } from '@leanvibe/core/engine/unsent-drafts';
import { ControlFailure } from '../control/error.js';
import type { DifferenceView, UnsentApplied, UnsentRow, UnsentSaved } from '../control/trust-views.js';
import { mayWrite } from './access.js';
import { type Aside, differenceView } from './aside.js';
import { type Catalogs, follow, type KnownProject } from './catalog.js';
import type { Docs } from './docs.js';
import type { Names } from './names.js';
import {
  CARRIED,
  holdsWords,
  type Patch,
  PATCH_BYTES_MAX,
  PATCH_FORMAT,
  PATCH_VERSION,
  patchDocument,
  type PatchDocument,
  patchText,
  readPatch,
} from './patch.js';
import { applyDocument, type Fate } from './patch-apply.js';
import { type Where, whereaboutsOf } from './whereabouts.js';

export interface UnsentDeps extends ClockDep {
  readonly engine: Engine;
  readonly catalogs: Catalogs;
  readonly docs: Docs;
  readonly names: Names;
  readonly aside: Aside;
}

export interface Unsent {
  list(): Promise<readonly UnsentRow[]>;
  /** Documents with edits in spaces this device may not write to: cheap, for every `status`. */
  stranded(): Promise<number>;
  save(path: string): Promise<UnsentSaved>;
  /** The same file of what stands aside. */
  saveAside(id: string, path: string): Promise<UnsentSaved>;
  apply(path: string): Promise<UnsentApplied>;
}

/** False where edits will be sent as soon as somebody is reachable. */
function isStranded(space: SpaceView): boolean {
  return !mayWrite(space);
}

/** Facts are machines' own, and worked out anew. */
function isPersons({ kind }: UnsentDocument): boolean {
  return kind !== 'facts';
}

/** What a person did; names of devices and people follow by themselves. */
function personal(difference: DifferenceView): DifferenceView {
  return { ...difference, items: difference.items.filter(({ part }) => CARRIED.has(part)) };
}

const WAITING = 'it is sent as soon as another device is reachable';
const STRANDED = 'this device may not write there any more: leanvibe unsent save <file> keeps these words for another device';

export function createUnsent(deps: UnsentDeps): Unsent {
  const { engine, catalogs, names, clock, aside } = deps;

  const each = async (task: (space: SpaceView, document: UnsentDocument, where: Where) => Promise<void>): Promise<void> => {
    const where = await whereaboutsOf(catalogs);
    for (const space of engine.spaces())
      for (const document of await engine.unsent.list(space.space)) if (isPersons(document)) await task(space, document, where);
  };

  const write = async (path: string, owner: Patch['device'], documents: readonly PatchDocument[]): Promise<UnsentSaved> => {
    const patch: Patch = {
      format: PATCH_FORMAT,
      version: PATCH_VERSION,
      madeAt: new Date(clock.nowMs()).toISOString(),
      device: owner,
      documents,
    };
    const bytes = Buffer.from(patchText(patch), 'utf8');
    if (bytes.length > PATCH_BYTES_MAX) throw new ControlFailure('refused', 'these edits are too large for one file');
    await writeNew(path, bytes);
    return { path, bytes: bytes.length, documents: documents.length };
  };

  return {
    async list() {
      const rows: UnsentRow[] = [];
      await each(async (space, { document: id, drafts, changes }, where) => {
        const { document, project } = where(space.space, id);
        const shown = await engine.unsent.show(space.space, id);
        const difference = shown.ok ? personal(differenceView(shown.value.difference, shown.value.other)) : null;
        if (difference !== null && difference.note === null && difference.items.length === 0 && !difference.other) return;
        rows.push({
          space: space.space,
          spaceName: names.ofSpace(space.space),
          document,
          documentId: id,
          project: project?.id ?? null,
          projectName: project?.name ?? null,
          edits: drafts + changes,
          stranded: isStranded(space),
          difference,
          detail: shown.ok ? (isStranded(space) ? STRANDED : WAITING) : shown.error,
        });
      });
      return rows;
    },
    async stranded() {
      let count = 0;
      for (const space of engine.spaces()) if (isStranded(space)) count += (await engine.unsent.list(space.space)).filter(isPersons).length;
      return count;
    },
    async save(path) {
      const documents: PatchDocument[] = [];
      await each(async (space, { document: id }, where) => {
        const { document, project } = where(space.space, id);
        const shown = await engine.unsent.show(space.space, id);
        if (!shown.ok) throw new ControlFailure('refused', `${project?.name ?? document}: ${shown.error}`);
        const place = {
          space: { id: space.space, name: names.ofSpace(space.space) },
          project: project === null ? null : { id: project.id, name: project.name },
          document,
          documentId: id,
        };
        const made = patchDocument(place, shown.value.difference, shown.value.other);
        if (holdsWords(made) || made.other) documents.push(made);
      });
      if (documents.length === 0)
        throw new ControlFailure('refused', 'there is nothing to save: everything here was sent, or is worked out anew');
      return write(path, { id: engine.device, name: names.own() }, documents);
    },
    async saveAside(id, path) {
      const { row, difference, other } = await aside.shown(id);
      const project = row.project === null ? null : { id: row.project, name: row.projectName ?? '' };
      const place = { space: { id: row.space, name: row.spaceName }, project, document: row.document, documentId: row.documentId };
      return write(path, { id: row.deviceId, name: row.deviceName }, [patchDocument(place, difference, other)]);
    },
    async apply(path) {
      const patch = readPatch(await readWhole(path));
      const [done, unfit]: [UnsentApplied['applied'][number][], UnsentApplied['left'][number][]] = [[], []];
      let there = 0;
      // Projects begun there come first, so that what belongs to them finds them.
      const order = [...patch.documents].sort((a, b) => Number(b.document === 'catalog') - Number(a.document === 'catalog'));
      for (const document of order) {
        const label = document.project?.name ?? document.document;
        for (const fate of await applyOne(deps, document)) {
          if (fate.state === 'applied') done.push({ project: label, text: fate.text });
          else if (fate.state === 'already') there++;
          else unfit.push({ project: label, text: fate.text, why: fate.why });
        }
      }
      return { from: patch.device.name, applied: done, already: there, left: unfit };
    },
  };
}

async function applyOne(deps: UnsentDeps, patch: PatchDocument): Promise<readonly Fate[]> {
  if (patch.document === 'catalog') return applyProjects(deps, patch);
  const project = await projectOf(deps.catalogs, patch);
  const text = patch.project?.name ?? patch.document;
  if (project === null) return [{ text, state: 'left', why: 'that project is not on this device' }];
  const space = deps.engine.spaces().find((one) => one.space === project.space);
  if (space === undefined || !mayWrite(space)) return [{ text, state: 'left', why: 'this device may not write in that project' }];
  return applyDocument({ ...deps, self: deps.engine.device }, project, patch);
}

/** Projects that were begun on the other device, made known here with their own ids, so that their tasks and notes find them. */
async function applyProjects({ catalogs, engine }: UnsentDeps, patch: PatchDocument): Promise<readonly Fate[]> {
  const fates: Fate[] = [];
  const space = engine.spaces().find((one) => one.space === patch.space.id && mayWrite(one)) ?? engine.spaces().find(({ home }) => home);
  for (const { part, what, id, to, after } of patch.items) {
    if (part !== 'project' || what !== 'added' || !/^[0-9a-f]{64}$/.test(id) || space === undefined) continue;
    const text = after ?? id;
    const [name, kind] = [to?.['name'], to?.['kind']];
    if ((await catalogs.all()).some((one) => one.id === id)) fates.push({ text, state: 'already' });
    else if (typeof name !== 'string' || name === '' || !mayWrite(space))
      fates.push({ text, state: 'left', why: 'this device may not add a project there' });
    else {
      await catalogs.edit(space.space, { type: 'project.set', id, name, ...(typeof kind === 'string' ? { kind } : {}) });
      fates.push({ text, state: 'applied' });
    }
  }
  return fates;
}

/** By id, where it moved to, or the only one of that name. */
async function projectOf(catalogs: Catalogs, { project }: PatchDocument): Promise<KnownProject | null> {
  if (project === null) return null;
  const every = await catalogs.all();
  const same = every.find((one) => one.id === project.id);
  if (same !== undefined) return follow(every, same);
  const named = (await catalogs.projects()).filter((one) => one.name === project.name);
  return named.length === 1 ? (named[0] ?? null) : null;
}

function fileFailure(error: unknown, doing: string): ControlFailure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  if (code === 'EEXIST') return new ControlFailure('refused', 'there is a file of that name already', 'choose another name');
  if (code === 'ENOENT') return new ControlFailure('refused', doing === 'read' ? 'there is no such file' : 'there is no such folder');
  if (code === 'ENOSPC') return new ControlFailure('store-full', 'the disk is full: no file was left', 'free some space and try again');
  return new ControlFailure('refused', `the file could not be ${doing} (${code})`);
}

/** For this user only; never over something that is there, and whole or not at all. */
async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  if (!isAbsolute(path)) throw new ControlFailure('bad-request', 'path must be absolute');
  let made = false;
  try {
    const file = await open(path, 'wx', 0o600);
    made = true;
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (made) await unlink(path).catch(() => undefined);
    throw fileFailure(error, 'written');
  }
}

async function readWhole(path: string): Promise<string> {
  if (!isAbsolute(path)) throw new ControlFailure('bad-request', 'path must be absolute');
  try {
    const found = await stat(path);
    if (!found.isFile()) throw new ControlFailure('refused', 'that is no file');
    if (found.size > PATCH_BYTES_MAX) throw new ControlFailure('refused', 'that file is too large to be one of unsent edits');
    return await readFile(path, 'utf8');
  } catch (error) {
    throw error instanceof ControlFailure ? error : fileFailure(error, 'read');
  }
}
