/**
 * Sharing a project into another space (C2): a new document is made from the state, and the old one keeps a pointer to it.
 * Nothing written to the old one later is lost: the device that shared it brings it over field by field, and until it did,
 * or where it cannot, the old project is listed again. Of two shares at once one pointer wins on every device.
 */
import { createHash } from 'node:crypto';
import type { Json } from '@leanvibe/core/doc/crdt';
import { canonicalJson } from '@leanvibe/core/doc/json';
import type { Copy } from '@leanvibe/core/doc/product/copy';
import type { Queue } from '@leanvibe/core/base/queue';
import type { Engine } from '@leanvibe/core/engine/api';
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { SpaceId } from '@leanvibe/protocol/ids';
import { ControlFailure } from '../control/error.js';
import { mayWrite, ownPart, refusalToWrite } from './access.js';
import { type Catalogs, follow, type KnownProject } from './catalog.js';
import type { Docs, Place } from './docs.js';
import type { Folders } from './folders.js';
import type { Indexing } from './indexing.js';
import type { LocalRecords } from './local.js';
import type { Names } from './names.js';

export interface MovesDeps extends ClockDep {
  readonly engine: Engine;
  readonly docs: Docs;
  readonly catalogs: Catalogs;
  readonly names: Names;
  readonly folders: Folders;
  readonly indexing: Indexing;
  readonly local: LocalRecords;
  readonly queue: Queue;
}

export interface Moves {
  /** Answers the project as it is there. */
  share(project: KnownProject, to: SpaceId): Promise<KnownProject>;
  /** Whether a project that moved has words its new place lacks. */
  late(project: KnownProject): Promise<boolean>;
  /** Folders go after their projects, and late words are brought over. */
  settle(): Promise<void>;
}

interface Snapshot {
  readonly project: Copy;
  readonly suggestions: Copy;
}

/** What this device shared: to finish it after a crash, and to tell late words from those that were taken over. */
interface Shared {
  readonly space: string;
  readonly project: string;
  readonly base: Snapshot | null;
}

const PREFIX = 'shared/';
const digests = new WeakMap<object, string>();

function digestOf(copy: Copy): string {
  const known = digests.get(copy);
  if (known !== undefined) return known;
  const digest = createHash('sha256')
    .update(canonicalJson(copy as unknown as Json))
    .digest('hex')
    .slice(0, 32);
  digests.set(copy, digest);
  return digest;
}

const digestOfAll = ({ project, suggestions }: Snapshot): string => `${digestOf(project)}${digestOf(suggestions)}`;

export function createMoves(deps: MovesDeps): Moves {
  const { clock, engine, docs, catalogs, names, folders, indexing, local, queue } = deps;
  const self = engine.device;
  const viewOf = (space: string): ReturnType<Engine['spaces']>[number] | undefined => engine.spaces().find((one) => one.space === space);
  const keyOf = ({ id }: Pick<KnownProject, 'id'>): string => `${PREFIX}${id}`;
  const sharedFrom = async (project: Pick<KnownProject, 'id'>): Promise<Shared | null> =>
    (await local.get(keyOf(project))) as unknown as Shared | null;

  const snapshot = async ({ place, suggestions }: KnownProject): Promise<Snapshot> => ({
    project: await docs.view<Copy>(place, 'yjs', { type: 'copy' }),
    suggestions: await docs.view<Copy>(suggestions, 'yjs', { type: 'copy' }),
  });

  const late = async (project: KnownProject): Promise<boolean> =>
    project.moved !== null && digestOfAll(await snapshot(project)) !== project.moved.digest;

  /** The mark makes it happen once, whatever is cut off in between. */
  const takeOver = async (from: KnownProject, to: KnownProject, now: Snapshot, base: Snapshot | null): Promise<void> => {
    const put = async (place: Place, copy: Copy, was: Copy | undefined): Promise<void> => {
      const mark = { from: from.id, digest: digestOf(copy) };
      await docs.edit(place, 'yjs', { type: 'copy.in', copy, mark, ...(was === undefined ? {} : { base: was }) } as unknown as Json);
    };
    await put(to.place, now.project, base?.project);
    await put(to.suggestions, now.suggestions, base?.suggestions);
  };

  const point = async (from: KnownProject, to: Pick<KnownProject, 'space' | 'id'>, digest: string): Promise<void> => {
    const at = new Date(clock.nowMs()).toISOString();
    await catalogs.edit(from.space, { type: 'project.move', id: from.id, space: to.space, project: to.id, digest, by: self, at });
  };

  const asListed = (id: string, space: SpaceId, like: KnownProject): KnownProject => {
    const document = id as KnownProject['place']['document'];
    return {
      ...like,
      id,
      space,
      left: false,
      moved: null,
      place: { space, document },
      facts: { space, document: engine.derivedDocument('facts', document) },
      suggestions: { space, document: engine.derivedDocument('suggestions', document) },
    };
  };

  const freeName = async ({ space, id, name: wanted }: KnownProject): Promise<string> => {
    const others = (await catalogs.read(space)).projects.filter((one) => one.moved === null && one.id !== id);
    const taken = new Set(others.map(({ name }) => name));
    for (let number = 1; ; number++) {
      const name = number === 1 ? wanted : `${wanted}-${number}`;
      if (!taken.has(name)) return name;
    }
  };

  /** Begun earlier and cut off: the same document is gone on with. */
  const begin = async (project: KnownProject, to: SpaceId): Promise<KnownProject> => {
    const before = await sharedFrom(project);
    const id = before?.space === to && before.base === null ? before.project : engine.newDocument();
    await local.put(keyOf(project), { space: to, project: id, base: null });
    return asListed(id, to, project);
  };

  const finish = async (project: KnownProject, target: KnownProject): Promise<void> => {
    const now = await snapshot(project);
    await takeOver(project, target, now, null);
    const { kind, rootCommits, remote } = project;
    const name = await freeName(target);
    await catalogs.edit(target.space, { type: 'project.set', id: target.id, name, kind, rootCommits, remote });
    const done: Shared = { space: target.space, project: target.id, base: now };
    // Whoever may not write where it came from takes a copy: there is nobody to point for.
    if (mayWrite(viewOf(project.space))) await point(project, target, digestOfAll(now));
    await local.put(keyOf(project), done as unknown as Json);
    await bringFolder(project, target);
  };

  const bringFolder = async (from: KnownProject, to: KnownProject): Promise<void> => {
    const path = folders.pathOf(from.id);
    if (path === null) return;
    const index = indexing.latest(from.id);
    if (folders.pathOf(to.id) === null) await folders.set(to.id, path);
    await folders.remove(from.id);
    await indexing.forget(from.id);
    if (index === null) await indexing.watch(to.id, path);
    else await indexing.adopt(to.id, index);
  };

  function mustFit(project: KnownProject, to: SpaceId): void {
    if (project.space === to) throw new ControlFailure('refused', `${project.name} is in ${names.ofSpace(to)} already`);
    const no = refusalToWrite(engine, names, to, names.ofSpace(to));
    if (no !== null) throw no;
  }

  /** The device that shared it; another of the same person only once that one is gone. */
  const isMine = ({ space, moved }: KnownProject): boolean => {
    const view = viewOf(space);
    if (moved === null || view === undefined) return false;
    const live = view.devices.filter(({ revoked }) => !revoked);
    if (live.some(({ device }) => device === moved.by)) return moved.by === self;
    const person = ownPart(view)?.person;
    return (
      live.filter((one) => one.person === person && one.kind !== 'paper').sort((a, b) => (a.device < b.device ? -1 : 1))[0]?.device === self
    );
  };

  const bringLate = async (project: KnownProject, target: KnownProject): Promise<void> => {
    const now = await snapshot(project);
    const known = await sharedFrom(project);
    await takeOver(project, target, now, known?.base ?? null);
    await local.put(keyOf(project), { space: target.space, project: target.id, base: now } as unknown as Json);
    await point(project, target, digestOfAll(now));
  };

  /** Another device shared it into the same space at the same time, and its pointer won: what was made here goes after it. */
  const yieldTo = async (all: readonly KnownProject[], project: KnownProject): Promise<boolean> => {
    const made = await sharedFrom(project);
    const { moved } = project;
    if (made?.base == null || moved === null || made.project === moved.project || made.space !== moved.space) return false;
    const mine = all.find(({ id }) => id === made.project);
    const theirs = all.find(({ id }) => id === moved.project);
    if (mine === undefined || theirs === undefined || !mayWrite(viewOf(mine.space))) return false;
    if (mine.moved === null) {
      await local.put(keyOf(mine), { space: theirs.space, project: theirs.id, base: made.base } as unknown as Json);
      await point(mine, theirs, digestOfAll(made.base));
    }
    await local.remove(keyOf(project));
    return true;
  };

  /** True when a pointer was made, which is to be gone after in its turn. */
  const settleOne = async (all: readonly KnownProject[], project: KnownProject): Promise<boolean> => {
    const target = follow(all, project);
    if (target === project) return false;
    const yielded = await yieldTo(all, project);
    const both = mayWrite(viewOf(project.space)) && mayWrite(viewOf(target.space));
    if (both && isMine(project) && (await late(project))) await bringLate(project, target);
    await bringFolder(project, target);
    return yielded;
  };

  /** Once over everything that moved; true when that moved something more. */
  const settleAll = async (): Promise<boolean> => {
    const all = await catalogs.all();
    let more = false;
    for (const project of all) if (project.moved !== null && (await settleOne(all, project))) more = true;
    return more;
  };

  return {
    late,
    share: (project, to) =>
      queue.run(async () => {
        mustFit(project, to);
        const target = await begin(project, to);
        await finish(project, target);
        return (await catalogs.all()).find(({ id }) => id === target.id) ?? target;
      }),
    settle: () =>
      queue.run(async () => {
        for (const project of await catalogs.all()) {
          const begun = project.moved === null ? await sharedFrom(project) : null;
          const to = begun === null ? undefined : viewOf(begun.space);
          if (begun !== null && begun.base === null && to !== undefined && mayWrite(to))
            await finish(project, asListed(begun.project, to.space, project));
        }
        // What yields does so once, so this ends.
        while (await settleAll());
      }),
  };
}
