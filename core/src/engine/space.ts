/** One space as this device runs it: keys, membership, intake, documents. Wiring; every rule lives in its own room. */
import type { CrdtKind } from '@leanvibe/protocol/change';
import type { RefusalReason } from '@leanvibe/protocol/errors';
import type { DeviceId, DocumentId, EntryId, EpochId, Hash, SpaceId } from '@leanvibe/protocol/ids';
import { readUtf8, writeUtf8 } from '@leanvibe/protocol/utf8';
import { createQueue, type Queue } from '../base/queue.js';
import type { Crdt, Replicas } from '../doc/crdt.js';
import type { Adoption } from '../intake/adopt.js';
import type { GroupView } from '../intake/group-view.js';
import type { ChangeRow } from '../intake/row.js';
import type { EpochSecrets } from '../keys/epoch.js';
import type { Vault } from '../keys/local.js';
import type { KeyRing } from '../keys/ring.js';
import type { Clock } from '../ports/clock.js';
import type { Crypto } from '../ports/crypto.js';
import type { Random } from '../ports/random.js';
import type { Batch, Store } from '../ports/store.js';
import type { EngineEvent } from './api.js';
import type { DocumentDeps } from './document-deps.js';
import type { DocumentRuntime } from './document-runtime.js';
import type { Identity } from './identity.js';
import { createIntake, type Intake } from './intake.js';
import { openPayload, storedLinks } from './payload.js';
import { createPutOff, type Put } from './put-off.js';
import { createAttachments } from './space-attachments.js';
import { createAnnouncements } from './space-announcements.js';
import { createSpaceDocuments, type SpaceDocuments } from './space-documents.js';
import { createSpaceArrivals } from './space-arrivals.js';
import { createSpaceCheckpoints, type SpaceCheckpoints } from './space-checkpoints.js';
import type { MembershipFactory, SpaceGroup } from './space-group.js';
import { createSpaceKeys } from './space-keys.js';
import { TABLES } from './tables.js';

export interface SpaceDeps {
  readonly crypto: Crypto;
  readonly random: Random;
  readonly clock: Clock;
  readonly store: Store;
  readonly vault: Vault;
  readonly replicas: Replicas;
  readonly crdts: (kind: CrdtKind) => Crdt<unknown> | null;
  readonly identity: Identity;
  readonly membership: MembershipFactory;
  readonly adoption?: Adoption;
  readonly commit: (batch: Batch) => Promise<void>;
  readonly emit: (event: EngineEvent) => void;
  readonly refuse: (reason: RefusalReason, from: DeviceId | null) => void;
  readonly trouble: (error: unknown) => void;
  /** C44: somebody holds links or changes of ours that we do not know. */
  readonly cloned: () => void;
  /** Sealing keys lent to this device besides its own (C1). */
  readonly lent: () => readonly Uint8Array[];
  /** Keys or membership changed: sessions show their tags and judge levels again. */
  readonly refresh: () => void;
}

export interface SpaceRuntime extends Pick<SpaceDocuments, 'aside' | 'drafted' | 'known' | 'reached' | 'unload'> {
  readonly id: SpaceId;
  readonly ring: KeyRing;
  readonly group: SpaceGroup;
  readonly intake: Intake;
  readonly checkpoints: SpaceCheckpoints;
  heavy: SpaceDocuments['heavy'];
  kept: SpaceDocuments['kept'];
  /** Alone on membership: writing links, rotating. */
  readonly membership: Queue;
  /** Every epoch held, newest first. */
  epochs(): readonly EpochSecrets[];
  learn(secrets: EpochSecrets): boolean;
  /** The records of epochs learned, for a batch that must hold them at once. */
  epochPut(secrets: EpochSecrets): Put;
  /** The record that an entry holds an attachment, to be read again at the next start. */
  partPut(entry: EntryId): Put;
  commit(batch: Batch): Promise<void>;
  document(id: DocumentId, kind: CrdtKind): DocumentRuntime;
  /** Those on disk here, and those written to in this run. */
  documents(): Promise<readonly DocumentId[]>;
  documentCount(): number;
  /** An entry made here that memory already reflects. */
  note(entry: EntryId): void;
  /** Told by an announcement that names every live device but this one. */
  removedAt(): EpochId | null;
  /** This device was given the space's keys again. */
  readmit(): void;
  /** Links or keys grew here rather than by intake. */
  grown(): Promise<void>;
  attach(bytes: Uint8Array): Hash;
  viewOf(document: DocumentId): GroupView;
  payload(row: Pick<ChangeRow, 'id' | 'entry'>): Promise<Uint8Array | null>;
  load(): Promise<void>;
  flush(): Promise<void>;
}

const WAITS_MAX = 100_000;

export function createSpace(deps: SpaceDeps, id: SpaceId): SpaceRuntime {
  const { crypto, identity, store, vault } = deps;
  const keys = createSpaceKeys(crypto, vault, identity, id);
  const { ring } = keys;
  const group = deps.membership(crypto, id);
  const attachments = createAttachments(crypto, store, vault, id);
  const { commit, flush, later } = createPutOff(deps.commit);
  const made = new Set<EntryId>();
  let grew = false;
  let contested = '';

  const regrow = (): void => {
    grew = true;
  };
  const announcements = createAnnouncements({ ...deps, keys, group, later, grew: regrow }, id);
  const viewOf = (document: DocumentId): GroupView => group.view((frontier, addedBy) => attachments.seqOf(frontier, document, addedBy));
  const stored: DocumentDeps['stored'] = (row) => openPayload(crypto, store, id, ring, row, () => deps.clock.turn());
  const payload: DocumentDeps['payload'] = async (row) => (await stored(row))?.payload ?? null;
  const checkpoints = createSpaceCheckpoints({ ...deps, ring, group }, id);

  const documents = createSpaceDocuments(
    {
      ...deps,
      hashing: crypto,
      crdt: deps.crdts,
      self: identity.device,
      space: id,
      group: viewOf,
      payload,
      stored,
      checkpoints,
      later,
      commit,
      changed: (document) => deps.emit({ type: 'document', space: id, document, origin: 'peer' }),
    },
    id,
  );

  /** What verdicts of old rows depend on: removals and accepts, and which frontiers are here. */
  const contest = (): string => [group.contestKey(), ...group.frontiers().filter(attachments.has)].join();

  const regroup = async (): Promise<void> => {
    const now = contest();
    await documents.regroup(now !== contested, group.debts().length > 0);
    // Not before: what threw is done again.
    contested = now;
    later([vault.put(TABLES.intake, `${id}/contest`, writeUtf8(contested))]);
  };

  /** Follows up on keys learned and links added, until neither brings more of the other. */
  const grown = async (): Promise<void> => {
    while (await keys.release(later, intake.unlocked)) deps.refresh();
    if (!grew) return;
    grew = false;
    try {
      arrivals.retry();
      keys.learnFrom(group);
      await regroup();
    } catch (error) {
      grew = true;
      throw error;
    }
    deps.emit({ type: 'membership', space: id });
    deps.refresh();
    await grown();
  };

  const arrivals = createSpaceArrivals({ ...deps, group, ring, attachments, documents, checkpoints, later, grew: regrow }, id);
  const intake = createIntake({
    ...deps,
    knows: (kind) => deps.crdts(kind) !== null,
    space: id,
    ring,
    later,
    flush,
    ...arrivals,
    onAnnouncement: announcements.take,
    afterBatch: grown,
    ours: (entry) => made.delete(entry),
  });

  const load = async (): Promise<void> => {
    await keys.load();
    await documents.load();
    await checkpoints.load();
    for await (const link of storedLinks(crypto, store, id, ring)) group.add(link);
    const settled = await vault.get(TABLES.intake, `${id}/contest`);
    contested = settled === null ? '' : (readUtf8(settled) ?? '');
    for (const { key } of await store.scan(TABLES.wait, `${id}/`, null, WAITS_MAX)) {
      const [, what, name] = key.split('/') as [string, string, string];
      if (what === 'd') documents.recall('waits', name as DocumentId);
      if (what === 'h') documents.recall('held', name as DocumentId);
      if (what === 'r') announcements.recall(name as EpochId);
    }
    await attachments.load(ring);
    // The log may hold links whose consequences were not on disk when the program last ended.
    grew = true;
    await grown();
  };

  return {
    ...documents,
    id,
    ring,
    group,
    intake,
    checkpoints,
    membership: createQueue(),
    epochs: keys.epochs,
    learn: keys.learn,
    epochPut: keys.put,
    partPut: attachments.put,
    commit,
    document: documents.get,
    documents: documents.list,
    documentCount: documents.count,
    heavy: documents.heavy,
    kept: documents.kept,
    note: (entry) => made.add(entry),
    removedAt: announcements.removedAt,
    readmit: announcements.readmit,
    async grown() {
      grew = true;
      await grown();
    },
    attach: attachments.attach,
    viewOf,
    payload,
    load,
    flush,
  };
}
