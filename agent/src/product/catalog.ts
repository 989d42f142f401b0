/** The catalogs of all spaces this device is in: which projects there are, and what devices and people are called. */
import type { DocumentId, SpaceId } from '@leanvibe/protocol/ids';
import type { Engine } from '@leanvibe/core/engine/api';
import type { CatalogCommand, CatalogProject } from '@leanvibe/core/doc/product/catalog';
import type { Docs, Place } from './docs.js';

export interface Named {
  readonly id: string;
  readonly name: string;
}

export interface Catalog {
  readonly projects: readonly CatalogProject[];
  readonly devices: readonly Named[];
  readonly people: readonly Named[];
}

export interface KnownProject extends CatalogProject {
  readonly space: SpaceId;
  /** Tasks, notes and activity; its id is the project's. */
  readonly place: Place;
  readonly facts: Place;
  readonly suggestions: Place;
}

export interface Catalogs {
  read(space: SpaceId): Promise<Catalog>;
  /** By name, over all spaces this device is live in. */
  projects(): Promise<readonly KnownProject[]>;
  edit(space: SpaceId, command: CatalogCommand): Promise<void>;
  placeOf(space: SpaceId): Place;
}

export function createCatalogs(engine: Engine, docs: Docs): Catalogs {
  const placeOf = (space: SpaceId): Place => ({ space, document: engine.derivedDocument('catalog', space) });
  const read = async (space: SpaceId): Promise<Catalog> => {
    const place = placeOf(space);
    return docs.view<Catalog>(place, 'yjs', { type: 'catalog' });
  };

  const known = (space: SpaceId, project: CatalogProject): KnownProject => {
    const document = project.id as DocumentId;
    return {
      ...project,
      space,
      place: { space, document },
      facts: { space, document: engine.derivedDocument('facts', document) },
      suggestions: { space, document: engine.derivedDocument('suggestions', document) },
    };
  };

  return {
    read,
    placeOf,
    async projects() {
      const all: KnownProject[] = [];
      for (const { space } of engine.spaces())
        for (const project of (await read(space)).projects) if (isDocumentId(project.id)) all.push(known(space, project));
      return all.sort((a, b) => a.name.localeCompare(b.name, 'en') || (a.id < b.id ? -1 : 1));
    },
    async edit(space, command) {
      await docs.edit(placeOf(space), 'yjs', { ...command });
    },
  };
}

/** Another program of the same person may write any id; only documents' ids lead anywhere. */
function isDocumentId(id: string): boolean {
  return /^[0-9a-f]{64}$/.test(id);
}
