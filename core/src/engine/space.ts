/** One space as this device runs it: keys, membership, intake, documents. Wiring; every rule lives in its own room. */
import type { AnnouncementBody } from '@leanvibe/protocol/change';
import type { CrdtKind } from '@leanvibe/protocol/change';
import type { RefusalReason } from '@leanvibe/protocol/errors';
import { concat } from '@leanvibe/protocol/bytes';
import { type DeviceId, type DocumentId, type EntryId, type EpochId, type Hash, makeId, type SpaceId } from '@leanvibe/protocol/ids';
import { encode } from '@leanvibe/protocol/shape';
import { readUtf8, writeUtf8 } from '@leanvibe/protocol/utf8';
import { decodeAtRest } from '../base/rest.js';
import { createQueue } from '../base/queue.js';
import { label } from '../crypto/labels.js';
import type { Crdt, Replicas } from '../doc/crdt.js';
import { openAnnouncement, openPriors } from '../keys/announce.js';
import type { Link } from '../group/link.js';
import type { EpochSecrets } from '../keys/epoch.js';
import type { Vault } from '../keys/local.js';
import { createKeyRing, type KeyRing } from '../keys/ring.js';
import type { Crypto } from '../ports/crypto.js';
import type { Clock } from '../ports/clock.js';
import type { Random } from '../ports/random.js';
import type { Batch, Store } from '../ports/store.js';
import type { EngineEvent } from './api.js';
import { createDocument, type DocumentRuntime } from './document.js';
import { createPutOff, type Put } from './put-off.js';
import { isFrontier, readFrontier } from './frontier.js';
import type { Identity } from './identity.js';
import { createIntake, type Intake } from './intake.js';
import { openPart, openPayload, openStoredLink } from './payload.js';
import type { MembershipFactory, SpaceGroup } from './space-group.js';
import { documentKey, documentRecord, epochKey, epochRecord, TABLES } from './tables.js';
import type { GroupView } from '../intake/group-view.js';
import { type ChangeRow, crdtOf } from '../intake/row.js';

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

export interface SpaceRuntime {
  readonly id: SpaceId;
  readonly ring: KeyRing;
  readonly group: SpaceGroup;
  readonly intake: Intake;
  /** Alone on membership: writing links, rotating. */
  readonly membership: ReturnType<typeof createQueue>;
  /** Every epoch held, newest first. */
  epochs(): readonly EpochSecrets[];
  learn(secrets: EpochSecrets): boolean;
  /** The records of epochs learned, for a batch that must hold them at once. */
  epochPut(secrets: EpochSecrets): Put;
  /** The record that an entry holds an attachment, to be read again at the next start. */
  partPut(entry: EntryId): Put;
  commit(batch: Batch): Promise<void>;
  document(id: DocumentId, kind: CrdtKind): DocumentRuntime;
  known(id: DocumentId): Promise<DocumentRuntime | null>;
  /** Those on disk here, and those written to in this run. */
  documents(): Promise<readonly DocumentId[]>;
  loaded(): Iterable<DocumentRuntime>;
  /** Documents with drafts nobody has numbered yet. */
  drafted(): Promise<readonly DocumentId[]>;
  /** An entry made here that memory already reflects. */
  note(entry: EntryId): void;
  /** Told by an announcement that names every live device but this one. */
  removedAt(): EpochId | null;
  /** Links or keys grew here rather than by intake. */
  grown(): Promise<void>;
  attach(bytes: Uint8Array): Hash;
  viewOf(document: DocumentId): GroupView;
  payload(row: Pick<ChangeRow, 'id' | 'entry'>): Promise<Uint8Array | null>;
  load(): Promise<void>;
  flush(): Promise<void>;
  unload(keep: number): Promise<void>;
}

const HELD_RETRY_MS = 2_000;
const HELD_RETRY_MAX_MS = 10 * 60_000;

/** Drafts looked at when a peer comes; more are numbered as their own windows end. */
const DRAFTS_MAX = 100_000;

export function createSpace(deps: SpaceDeps, id: SpaceId): SpaceRuntime {
  const { crypto, vault, store, identity } = deps;
  const ring = createKeyRing(crypto);
  const group = deps.membership(crypto, id);
  const membership = createQueue();
  const documents = new Map<DocumentId, DocumentRuntime>();
  const waiters = new Set<DocumentId>();
  const attachments = new Map<Hash, Uint8Array>();
  const made = new Set<EntryId>();
  let learned = 0;
  const order: EpochId[] = [];
  let unlocked: EpochId[] = [];
  let grew = false;
  let contested = '';
  /** Links the graph had no room for yet; the log holds them too. */
  const crowded: Link[] = [];
  let removedAt: EpochId | null = null;

  const { commit, flush, later } = createPutOff(deps.commit);

  const epochPut = (secrets: EpochSecrets): Put => vault.put(TABLES.epoch, epochKey(id, secrets.epoch), encode(epochRecord, { read: secrets.read, append: secrets.append, learned: learned++ }));

  const partPut = (entry: EntryId): Put => vault.put(TABLES.part, `${id}/${entry}`, new Uint8Array(0));

  const learn = (secrets: EpochSecrets): boolean => {
    if (!ring.add(secrets)) return false;
    if (!order.includes(secrets.epoch)) order.push(secrets.epoch);
    unlocked.push(secrets.epoch);
    return true;
  };

  const hashOf = (bytes: Uint8Array): Hash => makeId<Hash>(crypto.sha256(concat(label('frontier'), bytes)));
  const attach = (bytes: Uint8Array): Hash => {
    const hash = hashOf(bytes);
    attachments.set(hash, bytes.slice());
    return hash;
  };

  const viewOf = (document: DocumentId): GroupView =>
    group.view((frontier, addedBy) => readFrontier(attachments, frontier, document, addedBy));

  /** C10: what was held is tried again, less and less often; the record outlives this run of the program. */
  const retrying = new Set<DocumentId>();
  const retryLater = (name: DocumentId, delayMs: number): void => {
    if (retrying.has(name)) return;
    retrying.add(name);
    later([vault.put(TABLES.wait, `${id}/h/${name}`, new Uint8Array(0))]);
    deps.clock.after(delayMs, () => {
      retrying.delete(name);
      known(name)
        .then((runtime) => runtime?.retryHeld() ?? false)
        .then((still) => {
          if (still) retryLater(name, Math.min(delayMs * 2, HELD_RETRY_MAX_MS));
          // What was freed may have shown another that is held: then the record stays.
          else if (!retrying.has(name)) later([], [{ table: TABLES.wait, key: `${id}/h/${name}` }]);
        })
        .catch(deps.trouble);
    });
  };

  const document = (name: DocumentId, kind: CrdtKind): DocumentRuntime => {
    const known = documents.get(name);
    if (known !== undefined) return known;
    const runtime = createDocument(
      {
        hashing: crypto,
        crdt: deps.crdts,
        vault,
        replicas: deps.replicas,
        self: identity.device,
        space: id,
        group: viewOf,
        payload: (row) => openPayload(crypto, store, id, ring, row),
        later,
        commit,
        changed: (which) => deps.emit({ type: 'document', space: id, document: which, origin: 'peer' }),
        held: (which) => {
          deps.refuse('held', null);
          retryLater(which, HELD_RETRY_MS);
        },
        refuse: deps.refuse,
        cloned: deps.cloned,
        waits: (which) => {
          waiters.add(which);
          later([vault.put(TABLES.wait, `${id}/d/${which}`, new Uint8Array(0))]);
        },
      },
      name,
      kind,
    );
    documents.set(name, runtime);
    return runtime;
  };

  const known = async (name: DocumentId): Promise<DocumentRuntime | null> => {
    const loaded = documents.get(name);
    if (loaded !== undefined) return loaded;
    const stored = await vault.get(TABLES.document, documentKey(id, name));
    if (stored === null) return null;
    const kind = crdtOf(decodeAtRest(documentRecord, stored, 'document'));
    return kind === null ? null : document(name, kind);
  };

  const listDocuments = async (): Promise<readonly DocumentId[]> => {
    // One that was only looked at is not there.
    const names = new Set<DocumentId>([...documents.values()].filter((one) => one.exists()).map((one) => one.id));
    for (let after: string | null = null; ; ) {
      const page = await vault.scan(TABLES.document, `${id}/`, after, 1000);
      for (const { key } of page) names.add(key.slice(id.length + 1) as DocumentId);
      const last = page.at(-1);
      if (last === undefined || page.length < 1000) return [...names];
      after = last.key;
    }
  };

  /** Every document a removal may concern, or only those that wait for links. */
  const regroup = async (): Promise<void> => {
    const key = contest();
    const names = key === contested ? [...waiters] : await listDocuments();
    contested = key;
    waiters.clear();
    for (const name of names) {
      await (await known(name))?.regroup();
      if (!waiters.has(name)) later([], [{ table: TABLES.wait, key: `${id}/d/${name}` }]);
    }
    later([vault.put(TABLES.intake, `${id}/contest`, writeUtf8(contested))]);
  };

  /** What verdicts of old rows depend on: removals and accepts, and which frontiers are here. */
  const contest = (): string => [group.contestKey(), ...group.frontiers().filter((frontier) => attachments.has(frontier))].join();

  const grown = async (): Promise<void> => {
    while (unlocked.length > 0) {
      const epochs = unlocked;
      unlocked = [];
      for (const epoch of epochs) {
        const secrets = ring.secrets(epoch);
        if (secrets !== null) later([epochPut(secrets)]);
        await intake.unlocked(epoch);
      }
      deps.refresh();
    }
    if (!grew) return;
    grew = false;
    for (const link of crowded.splice(0)) if (group.add(link) === 'full') crowded.push(link);
    learnPriors();
    await regroup();
    deps.emit({ type: 'membership', space: id });
    deps.refresh();
    if (unlocked.length > 0) await grown();
  };

  /** Older epochs that the links of held ones hand down. */
  const learnPriors = (): void => {
    for (const epoch of order) {
      const operation = group.epochOperation(epoch);
      const secrets = ring.secrets(epoch);
      if (operation === null || secrets === null) continue;
      for (const prior of openPriors(crypto, secrets.read, operation.priors)) learn(prior);
    }
  };

  const openBy = (secrets: readonly Uint8Array[], body: AnnouncementBody): ReturnType<typeof openAnnouncement> => {
    for (const secret of secrets) {
      const opened = openAnnouncement(crypto, id, secret, body);
      if (opened !== null) return opened;
    }
    return null;
  };

  const onAnnouncement = (body: AnnouncementBody): boolean => {
    const epoch = body.epoch as unknown as EpochId;
    if (ring.secrets(epoch) !== null) return false;
    const opened = openBy([identity.sealingSecret, ...deps.lent()], body);
    if (opened === null) {
      if (group.standing(body.author) !== 'live') deps.refuse('bad-announcement', body.author);
      else if (removedAt === null) {
        removedAt = epoch;
        later([vault.put(TABLES.wait, `${id}/r/${epoch}`, new Uint8Array(0))]);
        deps.emit({ type: 'alarm', alarm: 'removed', space: id, device: body.author });
      }
      return false;
    }
    if (opened === 'mismatch') {
      deps.refuse('bad-announcement', body.author);
      return false;
    }
    const fresh = learn(opened);
    for (const prior of openPriors(crypto, opened.read, body.priors)) learn(prior);
    return fresh;
  };

  const intake = createIntake({
    crypto,
    store,
    vault,
    replicas: deps.replicas,
    space: id,
    ring,
    later,
    flush,
    refuse: deps.refuse,
    onLink: (link, from) => {
      const added = group.add(link);
      if (added === 'grew') grew = true;
      if (added === 'grew' && from !== null && link.body.author === identity.device) deps.cloned();
      if (added === 'full') crowded.push(link);
      if (added === 'refused') deps.refuse('bad-link', link.body.author);
    },
    onAnnouncement,
    onPart: (entry, bytes) => {
      if (!isFrontier(bytes)) return;
      const hash = attach(bytes);
      if (group.frontiers().includes(hash)) grew = true;
      later([partPut(entry)]);
    },
    onChanges: async (arrivals, crdts) => {
      for (const [name, list] of arrivals) {
        const kind = crdtOf({ crdt: crdts.get(name) ?? 255 });
        if (kind !== null) await document(name, kind).take(list);
      }
    },
    afterBatch: grown,
    ours: (entry) => made.delete(entry),
  });

  const load = async (): Promise<void> => {
    const epochs = await vault.scan(TABLES.epoch, `${id}/`, null, 10_000);
    const secrets = epochs.map(({ key, value }) => ({ epoch: key.slice(id.length + 1) as EpochId, ...decodeAtRest(epochRecord, value, 'epoch') }));
    for (const one of secrets.sort((a, b) => a.learned - b.learned)) {
      learned = one.learned + 1;
      learn({ epoch: one.epoch, read: one.read.slice(), append: one.append === null ? null : one.append.slice() });
    }
    unlocked = [];
    await loadLinks();
    const settled = await vault.get(TABLES.intake, `${id}/contest`);
    contested = settled === null ? '' : (readUtf8(settled) ?? '');
    for (const { key } of await vault.scan(TABLES.wait, `${id}/`, null, 100_000)) {
      const [, what, name] = key.split('/') as [string, string, string];
      if (what === 'd') waiters.add(name as DocumentId);
      if (what === 'h') retryLater(name as DocumentId, HELD_RETRY_MS);
      if (what === 'r') removedAt = name as EpochId;
    }
    for (const { key } of await vault.scan(TABLES.part, `${id}/`, null, 100_000)) {
      const part = await openPart(crypto, store, id, ring, key.slice(id.length + 1) as EntryId);
      if (part !== null) attach(part);
    }
    // The log may hold links whose consequences were not on disk when the program last ended.
    grew = true;
    await grown();
  };

  /** The DAG is rebuilt from the log itself; links are few. */
  const loadLinks = async (): Promise<void> => {
    for (let after = 0; ; ) {
      const rows = await store.rows(id, 1, after, { rows: 1000, bytes: 8 * 1024 * 1024 });
      for (const row of rows) {
        const link = openStoredLink(crypto, id, ring, row);
        if (link !== null) group.add(link);
      }
      const last = rows.at(-1);
      if (last === undefined) return;
      after = last.position;
    }
  };

  return {
    id,
    ring,
    group,
    intake,
    membership,
    epochs: () => order.toReversed().map((epoch) => ring.secrets(epoch)).filter((secrets) => secrets !== null),
    learn,
    epochPut,
    partPut,
    commit,
    document,
    known,
    documents: listDocuments,
    loaded: () => documents.values(),
    drafted: async () => {
      // Their keys say it all: nothing needs opening.
      const rows = await store.scan(TABLES.draft, `${id}/`, null, DRAFTS_MAX);
      return [...new Set(rows.map(({ key }) => key.split('/')[1] as DocumentId))];
    },
    note: (entry) => made.add(entry),
    removedAt: () => removedAt,
    async grown() {
      grew = true;
      await grown();
    },
    attach,
    viewOf,
    payload: (row) => openPayload(crypto, store, id, ring, row),
    load,
    flush,
    async unload(keep) {
      const open = [...documents.values()].filter((one) => deps.replicas.isOpen(one.id));
      for (const one of open.slice(0, Math.max(0, open.length - keep))) await one.unload();
    },
  };
}
