/** Everything in an open format: one folder per project with Markdown for people and JSON for programs. */
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import type { Json } from '@leanvibe/core/doc/crdt';
import { ControlFailure } from '../control/error.js';
import type { WrittenView } from '../control/leaf-views.js';
import type { Catalogs, KnownProject } from './catalog.js';
import { projectDetail, type ViewDeps } from './project-views.js';
import type { Work } from './work.js';

export interface ExportDeps extends ViewDeps {
  readonly catalogs: Catalogs;
  readonly work: Work;
}

interface Written {
  files: number;
  bytes: number;
}

/** `path`: a folder that is absent or empty. Written beside it and moved into place, so that half an export never looks whole. */
export async function exportAll(
  deps: ExportDeps,
  path: string,
  progress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<WrittenView> {
  if (!isAbsolute(path)) throw new ControlFailure('bad-request', 'path must be absolute');
  await mustBeFree(path);
  const draft = join(dirname(path), `.leanvibe-export-${process.pid}-${Date.now().toString(36)}`);
  const written: Written = { files: 0, bytes: 0 };
  try {
    await mkdir(draft, { mode: 0o700 });
    const projects = await deps.catalogs.projects();
    const taken = new Set<string>();
    for (const [done, project] of projects.entries()) {
      if (signal.aborted) throw new ControlFailure('cancelled', 'the export was cancelled');
      progress(done, projects.length);
      await exportProject(deps, project, join(draft, folderName(project, taken)), written);
    }
    const index = projects.map(({ id, name, kind }) => ({ id, name, kind }));
    await put(
      join(draft, 'leanvibe.json'),
      json({ format: 'leanvibe-export', version: 1, device: deps.names.own(), projects: index }),
      written,
    );
    await rm(path, { recursive: true, force: true });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (error instanceof ControlFailure) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new ControlFailure(
      'refused',
      `the export could not be written (${code})`,
      'choose a folder this user may write, on a disk with room',
    );
  }
  return { path, ...written };
}

async function mustBeFree(path: string): Promise<void> {
  try {
    if ((await readdir(path)).length > 0)
      throw new ControlFailure('refused', `${path} is not empty`, 'name a folder that does not exist yet');
  } catch (error) {
    if (error instanceof ControlFailure) throw error;
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw new ControlFailure('refused', `${path} is not a folder this user can use`, 'name a folder that does not exist yet');
  }
}

/** A project's name as a folder every file system takes. */
function folderName({ id, name }: KnownProject, taken: Set<string>): string {
  const plain =
    name
      .normalize('NFC')
      .replace(/[^\p{L}\p{N}._ -]/gu, '_')
      .replace(/^\.+/, '_')
      .slice(0, 60)
      .trim() || 'project';
  const free = taken.has(plain.toLowerCase()) ? `${plain} ${id.slice(0, 8)}` : plain;
  taken.add(free.toLowerCase());
  return free;
}

async function exportProject(deps: ExportDeps, project: KnownProject, folder: string, written: Written): Promise<void> {
  await mkdir(folder, { mode: 0o700 });
  const { path: _path, ...detail } = await projectDetail(deps, project);
  const tasks = await deps.work.tasks(project, true);
  const trash = await deps.work.trash(project);
  const { text } = await deps.work.note(project);
  const suggestions = await deps.work.suggestions(project, undefined);
  const list = tasks.map(
    ({ title, done, createdBy, createdAt }) => `- [${done ? 'x' : ' '}] ${oneLine(title)}  \n  ${oneLine(createdBy)}, ${createdAt}`,
  );
  await put(join(folder, 'project.json'), json(detail as unknown as Json), written);
  await put(join(folder, 'tasks.json'), json({ tasks, trash } as unknown as Json), written);
  await put(join(folder, 'tasks.md'), `# ${oneLine(project.name)}: tasks\n\n${list.join('\n')}\n`, written);
  await put(join(folder, 'note.md'), text, written);
  await put(join(folder, 'suggestions.json'), json(suggestions as unknown as Json), written);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function json(value: Json): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

async function put(path: string, text: string, written: Written): Promise<void> {
  await writeFile(path, text, { mode: 0o600, flag: 'wx' });
  written.files += 1;
  written.bytes += Buffer.byteLength(text);
}
