/** What one document starts from here (C35, C36): the checkpoints this device accepted, or one that nobody attested and that is shown as such. */
import type { ChangeId, DocumentId, EntryId, SpaceId } from '@leanvibe/protocol/ids';
import { encode } from '@leanvibe/protocol/shape';
import { decodeAtRest } from '../base/rest.js';
import { type Base, type Covering, joinBase } from '../intake/base.js';
import type { Vault } from '../keys/local.js';
import type { Put } from './put-off.js';
import type { KnownCheckpoint, SpaceCheckpoints } from './space-checkpoints.js';
import { baseRecord, type BaseRecord, documentKey, TABLES } from './tables.js';

export interface DocumentBase {
  record(): Promise<BaseRecord>;
  /** For a judge, with what is shown provisionally or without; null while every change is here. Throws when an accepted checkpoint cannot be read: what builds on it cannot be judged. */
  base(withShown?: boolean): Promise<Base | null>;
  /** What the accepted checkpoints cover; empty without any. */
  accepted(): Promise<readonly Covering[]>;
  /** Their states, in order; of a checkpoint shown provisionally too. */
  states(): Promise<readonly Uint8Array[]>;
  /** Bytes of the accepted states. */
  bytes(): Promise<number>;
  provisional(): KnownCheckpoint | null;
  /** True when this changes what the document starts from: the judge and the replica must start anew. */
  show(checkpoint: KnownCheckpoint | null): boolean;
  put(record: BaseRecord): Put;
  /** What is about to be written. */
  take(next: BaseRecord): void;
  /** It was not: the disk has the word again. */
  forget(): void;
  /** Entries of covered changes whose bytes stay for now: out of every comparison of logs. */
  keep(entries: readonly EntryId[]): Promise<Put>;
}

const NOTHING: BaseRecord = { accepted: [], also: [], kept: [] };

export function createDocumentBase(vault: Vault, checkpoints: SpaceCheckpoints, space: SpaceId, id: DocumentId): DocumentBase {
  const key = documentKey(space, id);
  let record: BaseRecord | null = null;
  let shown: KnownCheckpoint | null = null;

  const load = async (): Promise<BaseRecord> => {
    if (record !== null) return record;
    const stored = await vault.get(TABLES.base, key);
    record = stored === null ? NOTHING : decodeAtRest(baseRecord, stored, 'base');
    return record;
  };
  const bodies = async (): Promise<readonly { readonly covering: Covering; readonly state: Uint8Array }[]> => {
    const { accepted } = await load();
    const found: { readonly covering: Covering; readonly state: Uint8Array }[] = [];
    for (const { checkpoint, entry } of accepted) {
      const body = await checkpoints.body({ id: checkpoint, entry });
      if (body === null) throw new Error('a checkpoint this document was pruned by cannot be read');
      found.push({ covering: coveringOf(body.body), state: body.body.state });
    }
    return found;
  };
  const provisionalBody = async (): Promise<(Covering & { readonly state: Uint8Array }) | null> =>
    shown === null ? null : ((await checkpoints.body(shown))?.body ?? null);
  const put = (next: BaseRecord): Put => vault.put(TABLES.base, key, encode(baseRecord, next));

  return {
    record: load,
    async base(withShown = true) {
      const all = (await bodies()).map(({ covering }) => covering);
      const also = new Set<ChangeId>((await load()).also);
      const more = withShown ? await provisionalBody() : null;
      return joinBase(more === null ? all : [...all, coveringOf(more)], also, more !== null);
    },
    accepted: async () => (await bodies()).map(({ covering }) => covering),
    async states() {
      const all = (await bodies()).map(({ state }) => state);
      const more = await provisionalBody();
      return more === null ? all : [...all, more.state];
    },
    async bytes() {
      const known = new Map(checkpoints.of(id).map((one) => [one.id, one.bytes]));
      return (await load()).accepted.reduce((sum, { checkpoint }) => sum + (known.get(checkpoint) ?? 0), 0);
    },
    provisional: () => shown,
    show(checkpoint) {
      if (checkpoint?.id === shown?.id) return false;
      shown = checkpoint;
      return true;
    },
    put,
    take(next) {
      record = next;
    },
    forget() {
      record = null;
    },
    async keep(entries) {
      const now = await load();
      record = { ...now, kept: [...new Set([...now.kept, ...entries])].sort() };
      return put(record);
    },
  };
}

/** Without the state, which is large. */
function coveringOf({ crdt, covers, ids, clients }: Covering): Covering {
  // Copies: a view would keep the whole body alive.
  return { crdt, covers, ids: ids.slice(), clients };
}
