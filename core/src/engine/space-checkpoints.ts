/** The checkpoints a space knows and the words about them: kept as records, so that a start reads no state. */
import type { AttestationBody } from '@leanvibe/protocol/checkpoint';
import type { DeviceId, DocumentId, EntryId, Hash, SpaceId } from '@leanvibe/protocol/ids';
import { DEVICE_KINDS } from '@leanvibe/protocol/link';
import { encode } from '@leanvibe/protocol/shape';
import { decodeAtRest } from '../base/rest.js';
import { type Claimed, type Standing, standingOf, type Voices, type Word } from '../checkpoint/standing.js';
import type { AuthenticCheckpoint } from '../intake/open-checkpoint.js';
import type { Vault } from '../keys/local.js';
import type { KeyRing } from '../keys/ring.js';
import type { Clock } from '../ports/clock.js';
import type { Crypto } from '../ports/crypto.js';
import type { RecordKey, Store } from '../ports/store.js';
import { openCheckpoint, type StoredCheckpoint } from './payload.js';
import type { Put } from './put-off.js';
import type { SpaceGroup } from './space-group.js';
import { checkpointKey, checkpointRecord, TABLES, wordKey, wordRecord } from './tables.js';

export interface KnownCheckpoint extends Claimed {
  readonly document: DocumentId;
  readonly entry: EntryId;
  readonly crdt: number;
  /** Of its state. */
  readonly bytes: number;
  readonly seenMs: number;
}

export interface KnownWord extends Word {
  readonly entry: EntryId;
}

export interface SpaceCheckpoints {
  load(): Promise<void>;
  /** Remembers a checkpoint whose entry is in the log, or will be with the records answered; null when it is known. */
  add(checkpoint: AuthenticCheckpoint, entry: EntryId): Put | null;
  addWord(body: AttestationBody, entry: EntryId): Put | null;
  of(document: DocumentId): readonly KnownCheckpoint[];
  words(document: DocumentId, checkpoint: Hash): readonly KnownWord[];
  documents(): readonly DocumentId[];
  standing(checkpoint: KnownCheckpoint): Standing;
  /** Live devices that may write, but paper. */
  editors(): readonly DeviceId[];
  body(checkpoint: { readonly id: Hash; readonly entry: EntryId }): Promise<StoredCheckpoint | null>;
  /** Forgets a checkpoint; answers the records to remove with it, and the entries of the words about it. */
  drop(checkpoint: KnownCheckpoint): { readonly records: readonly RecordKey[]; readonly words: readonly EntryId[] };
}

export interface SpaceCheckpointsDeps {
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly store: Store;
  readonly vault: Vault;
  readonly ring: KeyRing;
  readonly group: SpaceGroup;
}

interface Known {
  readonly checkpoints: Map<Hash, KnownCheckpoint>;
  readonly words: Map<EntryId, KnownWord>;
}

const PAGE = 1000;

function voicesOf(group: SpaceGroup): Voices {
  const view = group.view(() => null);
  return {
    knows: view.knows,
    mayWrite: view.mayWrite,
    personOf: (device) => group.member(device)?.person ?? null,
    isLiveEditor: (device) => group.mayWrite(device),
  };
}

export function createSpaceCheckpoints(deps: SpaceCheckpointsDeps, space: SpaceId): SpaceCheckpoints {
  const { group, vault } = deps;
  const byDocument = new Map<DocumentId, Known>();
  const knownOf = (document: DocumentId): Known => {
    const known = byDocument.get(document) ?? { checkpoints: new Map(), words: new Map() };
    byDocument.set(document, known);
    return known;
  };
  const scan = async (table: string, each: (document: DocumentId, name: string, value: Uint8Array) => void): Promise<void> => {
    for (let after: string | null = null; ; ) {
      const page = await vault.scan(table, `${space}/`, after, PAGE);
      for (const { key, value } of page) {
        const [, document, name] = key.split('/') as [string, DocumentId, string];
        each(document, name, value);
      }
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return;
      after = last.key;
    }
  };

  return {
    async load() {
      await scan(TABLES.checkpoint, (document, name, value) => {
        const id = name as Hash;
        knownOf(document).checkpoints.set(id, { id, document, ...decodeAtRest(checkpointRecord, value, 'checkpoint') });
      });
      await scan(TABLES.word, (document, name, value) => {
        const entry = name as EntryId;
        const word = decodeAtRest(wordRecord, value, 'word');
        knownOf(document).words.set(entry, { ...word, agrees: word.agrees === 1, entry });
      });
    },
    add({ id, body }, entry) {
      const { checkpoints } = knownOf(body.document);
      if (checkpoints.has(id)) return null;
      const { device, addedBy, authHeads, crdt, covers, state } = body;
      const row = { entry, device, addedBy, authHeads, crdt, covers, bytes: state.length, seenMs: deps.clock.nowMs() };
      checkpoints.set(id, { id, document: body.document, ...row });
      return vault.put(TABLES.checkpoint, checkpointKey(space, body.document, id), encode(checkpointRecord, row));
    },
    addWord({ document, checkpoint, device, addedBy, authHeads, agrees }, entry) {
      const { words } = knownOf(document);
      if (words.has(entry)) return null;
      words.set(entry, { checkpoint, device, addedBy, authHeads, agrees: agrees === 1, entry });
      return vault.put(
        TABLES.word,
        wordKey(space, document, entry),
        encode(wordRecord, { checkpoint, device, addedBy, authHeads, agrees }),
      );
    },
    of: (document) => [...(byDocument.get(document)?.checkpoints.values() ?? [])],
    words: (document, checkpoint) => [...(byDocument.get(document)?.words.values() ?? [])].filter((word) => word.checkpoint === checkpoint),
    documents: () => [...byDocument.keys()],
    standing: (checkpoint) => standingOf(checkpoint, [...(byDocument.get(checkpoint.document)?.words.values() ?? [])], voicesOf(group)),
    editors: () =>
      group
        .members()
        .filter(({ device, card }) => group.mayWrite(device) && DEVICE_KINDS[card.kind] !== 'paper')
        .map(({ device }) => device),
    body: (checkpoint) => openCheckpoint(deps.crypto, deps.store, space, deps.ring, checkpoint, () => deps.clock.turn()),
    drop(checkpoint) {
      const { document, id } = checkpoint;
      const known = knownOf(document);
      known.checkpoints.delete(id);
      const words = [...known.words.values()].filter((word) => word.checkpoint === id).map(({ entry }) => entry);
      for (const entry of words) known.words.delete(entry);
      const records = words.map((entry) => ({ table: TABLES.word, key: wordKey(space, document, entry) }));
      return { words, records: [{ table: TABLES.checkpoint, key: checkpointKey(space, document, id) }, ...records] };
    },
  };
}
