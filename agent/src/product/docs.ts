/** The engine's documents as the product uses them: failures become words, and read models are kept until their document changes. */
import type { ChangeToken, CrdtKind } from '@leanvibe/protocol/change';
import type { DocumentId, SpaceId } from '@leanvibe/protocol/ids';
import { CommandRefused, type Json } from '@leanvibe/core/doc/crdt';
import type { EditFailure, Engine } from '@leanvibe/core/engine/api';
import { ControlFailure } from '../control/error.js';

export interface Place {
  readonly space: SpaceId;
  readonly document: DocumentId;
}

export interface Docs {
  /** The command's answer, once it is on disk. Throws ControlFailure. */
  edit(place: Place, kind: CrdtKind, command: Json, token?: ChangeToken | null): Promise<Json>;
  /** A read model; T is what that query of ours answers. */
  view<T>(place: Place, kind: CrdtKind, query: Json): Promise<T>;
  stop(): void;
}

const VIEWS_MAX = 512;

const FIXES: { readonly [code in EditFailure['code']]: string } = {
  refused: '',
  'not-editor': 'ask an owner to let this device write again',
  'store-full': 'free some space and try again',
  'store-broken': 'run: leanvibe doctor',
  'no-space': 'join again with: leanvibe join',
};

/** `refusal`: why this device may not write in a space, known before trying. */
export function createDocs(engine: Engine, refusal: (space: SpaceId) => ControlFailure | null = () => null): Docs {
  const views = new Map<string, { readonly document: DocumentId; readonly value: Promise<Json> }>();
  const forget = (document: DocumentId): void => {
    for (const [key, one] of views) if (one.document === document) views.delete(key);
  };
  const stop = engine.subscribe((event) => {
    if (event.type === 'document') forget(event.document);
    if (event.type === 'membership') views.clear();
  });

  async function refusedAsFailure<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (error instanceof CommandRefused) throw new ControlFailure('refused', unended(error.message));
      throw error;
    }
  }

  return {
    async edit({ space, document }, kind, command, token = null) {
      const no = refusal(space);
      if (no !== null) throw no;
      const done = await refusedAsFailure(() => engine.edit(space, document, kind, command, ...(token === null ? [] : [{ token }])));
      forget(document);
      if (done.ok) return done.value.answer;
      const code = done.error.code === 'no-space' ? 'not-found' : done.error.code;
      throw new ControlFailure(code, unended(done.error.message), FIXES[done.error.code]);
    },
    async view<T>({ space, document }: Place, kind: CrdtKind, query: Json): Promise<T> {
      const key = `${space}/${document}/${JSON.stringify(query)}`;
      const known = views.get(key);
      if (known !== undefined) return (await known.value) as T;
      const value = refusedAsFailure(() => engine.view(space, document, kind, query));
      views.set(key, { document, value });
      const oldest = views.keys().next();
      if (views.size > VIEWS_MAX && oldest.done !== true) views.delete(oldest.value);
      value.catch(() => views.delete(key));
      return (await value) as T;
    },
    stop,
  };
}

function unended(sentence: string): string {
  return sentence.replace(/\.$/, '');
}
