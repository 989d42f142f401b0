/** The catalogs of all spaces this device is in: which projects there are, where they moved to, and what devices and people are called. */
import type { DocumentId, SpaceId } from '@leanvibe/protocol/ids';
import type { Engine, SpaceView } from '@leanvibe/core/engine/api';
import type { CatalogCommand, CatalogProject } from '@leanvibe/core/doc/product/catalog';
import type { Docs, Place } from './docs.js';

export interface Named {
  readonly id: string;
  readonly name: string;
}

export interface Catalog {
  /** What the space is called; null where nobody named it, or its name has not arrived. */
  readonly name: string | null;
  readonly projects: readonly CatalogProject[];
  readonly devices: readonly Named[];
  readonly people: readonly Named[];
}

export interface KnownProject extends CatalogProject {
  readonly space: SpaceId;
  /** This device is no longer a member there. */
  readonly left: boolean;
  /** Tasks, notes and activity; its id is the project's. */
  readonly place: Place;
  readonly facts: Place;
  readonly suggestions: Place;
}

export interface Catalogs {
  read(space: SpaceId): Promise<Catalog>;
  /** By name, over all spaces; without those that moved to a project that is known here. */
  projects(): Promise<readonly KnownProject[]>;
  /** With those that moved. */
  all(): Promise<readonly KnownProject[]>;
  edit(space: SpaceId, command: CatalogCommand): Promise<void>;
  placeOf(space: SpaceId): Place;
}

export function createCatalogs(engine: Engine, docs: Docs): Catalogs {
  const placeOf = (space: SpaceId): Place => ({ space, document: engine.derivedDocument('catalog', space) });
  const read = async (space: SpaceId): Promise<Catalog> => {
    const place = placeOf(space);
    return docs.view<Catalog>(place, 'yjs', { type: 'catalog' });
  };

  const known = ({ space, standing }: SpaceView, project: CatalogProject): KnownProject => {
    const document = project.id as DocumentId;
    return {
      ...project,
      space,
      left: standing === 'removed',
      place: { space, document },
      facts: { space, document: engine.derivedDocument('facts', document) },
      suggestions: { space, document: engine.derivedDocument('suggestions', document) },
    };
  };

  const all = async (): Promise<readonly KnownProject[]> => {
    const found: KnownProject[] = [];
    for (const view of engine.spaces())
      for (const project of (await read(view.space)).projects) if (isDocumentId(project.id)) found.push(known(view, project));
    return found.sort((a, b) => a.name.localeCompare(b.name, 'en') || (a.id < b.id ? -1 : 1));
  };

  return {
    read,
    placeOf,
    all,
    async projects() {
      const every = await all();
      return every.filter((project) => follow(every, project) === project);
    },
    async edit(space, command) {
      await docs.edit(placeOf(space), 'yjs', { ...command });
    },
  };
}

/** Moves that one project may have behind it; a longer chain is a circle somebody made. */
const MOVES_MAX = 32;

/** Where a project is now: the end of its pointers, as far as they are known here. */
export function follow(all: readonly KnownProject[], from: KnownProject): KnownProject {
  let at = from;
  for (let moves = 0; moves < MOVES_MAX; moves++) {
    const { moved } = at;
    const next = moved === null ? undefined : all.find(({ id, space }) => id === moved.project && space === moved.space);
    if (next === undefined) return at;
    at = next;
  }
  // A circle: every project in it stands for itself, so that none is hidden.
  return from;
}

/** Another program of the same person may write any id; only documents' ids lead anywhere. */
function isDocumentId(id: string): boolean {
  return /^[0-9a-f]{64}$/.test(id);
}
