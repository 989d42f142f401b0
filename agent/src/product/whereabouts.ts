/** What a document is to a person: which project's, and which part of it; and which space is meant by what somebody typed. */
import type { DocumentId, SpaceId } from '@leanvibe/protocol/ids';
import type { Engine, SpaceView } from '@leanvibe/core/engine/api';
import type { Catalogs, KnownProject } from './catalog.js';

export interface Whereabouts {
  /** `project`, `suggestions`, `facts`, `catalog`, or `other` for a document of another program. */
  readonly document: string;
  readonly project: KnownProject | null;
}

export type Where = (space: SpaceId, document: DocumentId) => Whereabouts;

/** Reads the catalogs once, for as many documents as are asked of it. */
export async function whereaboutsOf(catalogs: Catalogs): Promise<Where> {
  const known = new Map<string, Whereabouts>();
  for (const project of await catalogs.all()) {
    known.set(project.place.document, { document: 'project', project });
    known.set(project.suggestions.document, { document: 'suggestions', project });
    known.set(project.facts.document, { document: 'facts', project });
  }
  return (space, document) =>
    known.get(document) ?? { document: catalogs.placeOf(space).document === document ? 'catalog' : 'other', project: null };
}

/** All spaces, or the one meant by a name, an id or the start of one. */
export function spacesMeant(
  engine: Pick<Engine, 'spaces'>,
  find: (text: string) => SpaceView,
  text: string | undefined,
): readonly SpaceView[] {
  return text === undefined ? engine.spaces() : [find(text)];
}
