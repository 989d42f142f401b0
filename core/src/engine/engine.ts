/** The engine: wiring of spaces, sessions and pairing over the ports, and the public factory. */
import type { CrdtKind } from '@leanvibe/protocol/change';
import { concat } from '@leanvibe/protocol/bytes';
import { type DeviceId, type DocumentId, idBytes, makeId, type PersonId, type SpaceId } from '@leanvibe/protocol/ids';
import { DEVICE_KINDS } from '@leanvibe/protocol/link';
import { encode } from '@leanvibe/protocol/shape';
import { writeUtf8 } from '@leanvibe/protocol/utf8';
import { decodeAtRest } from '../base/rest.js';
import { assert, err, type Result } from '../base/result.js';
import { label } from '../crypto/labels.js';
import { CommandRefused, type Crdt, type Json, type Replicas } from '../doc/crdt.js';
import { createVault } from '../keys/local.js';
import type { Channel } from '../ports/channel.js';
import type { Clock } from '../ports/clock.js';
import type { Crypto } from '../ports/crypto.js';
import type { Logger } from '../ports/logger.js';
import type { Random } from '../ports/random.js';
import { type Batch, type Lane, LANES, type NewEntry, type Store } from '../ports/store.js';
import type { Engine, EngineEvent, SpaceView } from './api.js';
import { auditSpace } from './audit.js';
import { createEditor } from './editor.js';
import { foundSpace } from './found.js';
import { createIdentity } from './identity.js';
import { revokeDevice } from './members.js';
import { reachEverybody } from './rotate.js';
import { createNews } from './news.js';
import { createPairing } from './pairing.js';
import { createPapers } from './paper.js';
import { createSessions } from './sessions.js';
import { createSpaceGroup, type MembershipFactory } from './space-group.js';
import { createSpace, type SpaceRuntime } from './space.js';
import { spaceRecord, TABLES } from './tables.js';
import { whyOf } from './why.js';

export interface EngineDeps {
  readonly crypto: Crypto;
  readonly random: Random;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: Store;
  readonly replicas: Replicas;
  /** The rule books of the CRDTs this program knows. */
  readonly crdts: (kind: CrdtKind) => Crdt<unknown> | null;
  readonly secrets: {
    /** 32 bytes each, made on this device. */
    readonly signingSeed: Uint8Array;
    readonly sealingSecret: Uint8Array;
    /** Seals this device's own records at rest. */
    readonly localKey: Uint8Array;
  };
  readonly deviceKind: (typeof DEVICE_KINDS)[number];
  /** C17: how long typing is gathered before it is offered again; 0 offers every edit by itself. */
  readonly windowMs: number;
  /** Absent: the resolver. */
  readonly membership?: MembershipFactory;
  /** C44: the store's generation does not match the one beside the device key: an older image, or a copy. */
  readonly restored: boolean;
}

const RETRY_MS = 5_000;
const REPLICAS_OPEN_MAX = 128;
const UNLOAD_EVERY_MS = 60_000;

function lanesBySpace(entries: readonly NewEntry[]): Map<SpaceId, readonly Lane[]> {
  const lanes = new Map<SpaceId, readonly Lane[]>();
  for (const { space, lane } of entries) {
    const known = lanes.get(space) ?? [];
    if (!known.includes(lane)) lanes.set(space, [...known, lane]);
  }
  return lanes;
}

export async function createEngine(deps: EngineDeps): Promise<Engine> {
  const { clock, crypto, logger, random, replicas, store } = deps;
  const identity = createIdentity(crypto, deps.secrets.signingSeed, deps.secrets.sealingSecret, DEVICE_KINDS.indexOf(deps.deviceKind));
  const vault = createVault(crypto, store, deps.secrets.localKey);
  const spaces = new Map<SpaceId, SpaceRuntime>();
  const news = createNews(logger);
  const { refuse, trouble } = news;
  let homeId: SpaceId | null = null;
  let stopped = false;
  let cloned = false;
  /** A person said that this is the only copy: what it lacks of its own may still come, until one peer was caught up with. */
  let excused = false;
  let lent: readonly Uint8Array[] = [];

  const emit = (event: EngineEvent): void => {
    news.emit(event);
    const space = event.type === 'membership' ? spaces.get(event.space) : undefined;
    if (space !== undefined && !cloned) reachEverybody({ crypto, random, identity }, space).catch(trouble);
  };

  /** Numbers nothing more under this key until a person settles which copy goes on; drafts are kept (C44). */
  const noteClone = (): void => {
    if (cloned || excused) return;
    cloned = true;
    logger.log('warn', 'cloned');
    emit({ type: 'alarm', alarm: 'cloned', space: homeId, device: identity.device });
    store.commit({ put: [vault.put(TABLES.device, 'cloned', Uint8Array.of(1))] }).catch(trouble);
  };

  const pump = (space: SpaceRuntime, lanes?: readonly Lane[]): void => {
    space.intake.pump(lanes).catch((error: unknown) => {
      trouble(error);
      if (!stopped) clock.after(RETRY_MS, () => pump(space));
    });
  };

  /** Every commit goes through here: other conversations hear of it, and intake of what came from outside. */
  const commit = async (batch: Batch): ReturnType<Store['commit']> => {
    const placed = await store.commit(batch);
    const fresh = (batch.entries ?? []).filter((_, at) => placed[at]?.fresh === true);
    const arrived = lanesBySpace(fresh.filter((entry) => entry.from !== null));
    for (const refilled of batch.refill ?? []) arrived.set(refilled.space, LANES);
    for (const [space, lanes] of lanesBySpace(fresh)) sessions.appended(space, lanes);
    for (const [id, lanes] of arrived) {
      const space = spaces.get(id);
      if (space === undefined) continue;
      for (const entry of fresh) if (entry.space === id && entry.from !== null) space.intake.came(entry.from, 1);
      pump(space, lanes);
    }
    return placed;
  };

  const open = async (id: SpaceId): Promise<SpaceRuntime> => {
    const known = spaces.get(id);
    if (known !== undefined) return known;
    const space = createSpace(
      {
        crypto,
        random,
        clock,
        store,
        vault,
        replicas,
        crdts: deps.crdts,
        identity,
        membership: deps.membership ?? createSpaceGroup,
        commit: async (batch) => void (await commit(batch)),
        emit,
        refuse,
        trouble,
        cloned: noteClone,
        lent: () => lent,
        refresh: () => sessions.refresh(),
      },
      id,
    );
    spaces.set(id, space);
    await space.load();
    return space;
  };

  const spacePut = (id: SpaceId, home: boolean): NonNullable<Batch['put']>[number] =>
    vault.put(TABLES.space, id, encode(spaceRecord, { home: home ? 1 : 0 }));

  const found = async (): Promise<void> => {
    const founded = foundSpace(crypto, random, identity, null);
    homeId = founded.space;
    const space = await open(founded.space);
    await store.commit({ entries: founded.entries, put: [spacePut(founded.space, true), space.epochPut(founded.secrets)] });
    for (const entry of founded.entries) space.note(entry.entryId);
    space.learn(founded.secrets);
    for (const link of founded.links) space.group.add(link.link);
    await space.grown();
  };

  const home = (): SpaceRuntime => {
    const space = homeId === null ? undefined : spaces.get(homeId);
    assert(space !== undefined, 'an engine without a home space');
    return space;
  };

  const sessions = createSessions({
    clock,
    crypto,
    random,
    logger,
    store,
    identity,
    spaces,
    commit,
    refuse,
    emit,
    trouble,
    listening: (space) => {
      giveBack();
      excused = false;
      editor.listening(space);
    },
  });
  const editor = createEditor({
    crypto,
    random,
    clock,
    replicas,
    crdts: deps.crdts,
    identity,
    windowMs: deps.windowMs,
    listens: (space) => !cloned && sessions.listens(space),
    trouble,
    emit,
  });
  const pairing = createPairing({
    clock,
    crypto,
    random,
    identity,
    home,
    isIn: (id) => spaces.has(id),
    open,
    commit,
    refuse,
    trouble,
    spacePut,
    setHome: (id) => {
      homeId = id;
      emit({ type: 'membership', space: id });
      sessions.refresh();
    },
    forget: (id) => {
      spaces.delete(id);
    },
    pump,
  });

  const papers = createPapers({
    crypto,
    random,
    store,
    vault,
    identity,
    spaces,
    home,
    cloned: () => cloned,
    offerAll: (space) => editor.offerAll(space),
    open,
    forget: (id) => void spaces.delete(id),
    spacePut,
    setHome: (id) => {
      homeId = id;
    },
    pump,
    lend: (secret) => {
      lent = [secret];
    },
  });
  /** Once a peer's announcements were read, its later ones are for this device itself. */
  const giveBack = (): void => {
    if (lent.length === 0) return;
    lent = [];
    store.commit({ remove: [{ table: TABLES.device, key: 'paper' }] }).catch(trouble);
  };

  const paperKey = await vault.get(TABLES.device, 'paper');
  if (paperKey !== null) lent = [paperKey.slice()];
  cloned = (await vault.get(TABLES.device, 'cloned')) !== null;
  if (deps.restored) noteClone();
  for (const { key, value } of await vault.scan(TABLES.space, '', null, 10_000)) {
    if (decodeAtRest(spaceRecord, value, 'space').home === 1) homeId = key as SpaceId;
    await open(key as SpaceId);
  }
  if (homeId === null) await found();
  for (const space of spaces.values()) pump(space);

  const cancelLost = replicas.onLost((documents) => logger.log('warn', 'worker-lost', { documents: documents.length }));
  const tidy = (): void => {
    clock.after(UNLOAD_EVERY_MS, () => {
      if (stopped) return;
      Promise.all([...spaces.values()].map((space) => space.unload(REPLICAS_OPEN_MAX))).then(tidy, (error: unknown) => {
        trouble(error);
        tidy();
      });
    });
  };
  tidy();

  const viewOf = (space: SpaceRuntime): SpaceView => {
    const standing = space.removedAt() !== null ? 'removed' : space.group.standing(identity.device);
    return {
      space: space.id,
      home: space.id === homeId,
      standing: standing === 'unknown' ? 'joining' : standing,
      devices: space.group.members().map((member) => ({
        device: member.device,
        person: member.person,
        kind: DEVICE_KINDS[member.card.kind] ?? 'computer',
        role: member.role,
        revoked: !member.live,
        thisDevice: member.device === identity.device,
      })),
      rotationOwed: space.group.owed(),
    };
  };

  const settle = async (): Promise<void> => {
    for (const space of spaces.values()) {
      await space.intake.pump();
      await space.flush();
    }
    await editor.settled();
  };

  return {
    device: identity.device,
    person: () => home().id as string as PersonId,
    home: () => home().id,
    spaces: () => [...spaces.values()].map(viewOf),
    derivedDocument: (purpose, of, extra = '') =>
      makeId<DocumentId>(crypto.sha256(concat(label(`${purpose}-document`), idBytes(of), writeUtf8(extra)))),
    newDocument: () => makeId<DocumentId>(random.bytes(32)),
    async edit(spaceId, document, kind, command) {
      const space = spaces.get(spaceId);
      return space === undefined
        ? err({ code: 'no-space', message: 'this device is not in that space' })
        : editor.edit(space, document, kind, command);
    },
    async view(spaceId, document, kind, query): Promise<Json> {
      const space = spaces.get(spaceId);
      if (space === undefined) throw new CommandRefused('this device is not in that space');
      return ((await space.known(document)) ?? space.document(document, kind)).view(query);
    },
    documents: async (id) => (await spaces.get(id)?.documents()) ?? [],
    canonical: async (id, document) => (await (await spaces.get(id)?.known(document))?.canonical()) ?? null,
    connect: (channel: Channel) => sessions.connect(channel),
    peers: () => sessions.views(),
    inStep: () => sessions.inStep(),
    wanted() {
      const wanted = new Set<DeviceId>();
      for (const space of spaces.values())
        for (const member of space.group.members())
          if (member.live && member.device !== identity.device && DEVICE_KINDS[member.card.kind] !== 'paper') wanted.add(member.device);
      return [...wanted];
    },
    async revoke(device): Promise<Result<null, string>> {
      let answer: Result<null, string> = err('no such device is in use here');
      if (cloned) return err('this home is an older or second copy: say first whether it is the only one');
      for (const space of spaces.values()) {
        if (space.group.standing(device) !== 'live') continue;
        const isPaper = DEVICE_KINDS[space.group.member(device)?.card.kind ?? 0] === 'paper';
        answer = isPaper ? await papers.revoke(space, device) : await revokeDevice({ crypto, random, identity }, space, device);
        if (!answer.ok) return answer;
      }
      sessions.refresh();
      return answer;
    },
    why: async (id, documents) => {
      const space = spaces.get(id);
      return space === undefined
        ? []
        : whyOf(space, documents, identity.device, cloned ? 'cloned' : sessions.listens(id) ? 'not-offered-yet' : 'nobody-connected');
    },
    cloned: () => cloned,
    async goOnAsOnlyCopy() {
      if (!cloned) return;
      await store.commit({ remove: [{ table: TABLES.device, key: 'cloned' }] });
      cloned = false;
      excused = ![...spaces.keys()].some((id) => sessions.listens(id));
      for (const space of spaces.values()) editor.listening(space);
    },
    paper: () => papers.make(),
    withdrawPaper: (paper) => papers.withdraw(paper),
    restore: (paper, entries) => papers.restore(paper, entries),
    audit: async (id) => {
      const space = spaces.get(id);
      return space === undefined ? null : auditSpace({ hashing: crypto, crdt: deps.crdts, replicas, self: identity.device }, space);
    },
    refusals: news.refusals,
    storage: () => store.size(),
    refetch: (space, entries) => sessions.refetch(space, entries),
    pairing,
    subscribe: news.subscribe,
    settled: settle,
    async stop() {
      editor.stop();
      sessions.stop();
      await settle();
      for (const space of spaces.values()) await space.unload(0);
      for (const space of spaces.values()) await space.flush();
      stopped = true;
      news.stop();
      cancelLost();
    },
  };
}
