/** The kernel: what every capability of the engine shares. Spaces, the one commit path, sessions, editing, and which store this is. */
import type { SpaceId } from '@leanvibe/protocol/ids';
import { DEVICE_KINDS } from '@leanvibe/protocol/link';
import { encode } from '@leanvibe/protocol/shape';
import { decodeAtRest } from '../base/rest.js';
import { assert } from '../base/result.js';
import { createVault, type Vault } from '../keys/local.js';
import { type Batch, type Lane, LANES, type NewEntry, type Store } from '../ports/store.js';
import type { EngineEvent } from './api.js';
import { type Copies, createCopies } from './copies.js';
import type { EngineDeps } from './deps.js';
import { createEditor, type Editor } from './editor.js';
import { type Founded, foundSpace } from './found.js';
import { createIdentity, type Identity } from './identity.js';
import { createLent, type Lent } from './lent.js';
import { createNews, type News } from './news.js';
import type { Put } from './put-off.js';
import { reachEverybody } from './rotate.js';
import { createSessions, type Sessions } from './sessions.js';
import type { RelaySessions } from './relay-sessions.js';
import { createSpaceGroup } from './space-group.js';
import { createSpace, type SpaceRuntime } from './space.js';
import { spaceRecord, TABLES } from './tables.js';

export interface Kernel extends Pick<EngineDeps, 'clock' | 'crypto' | 'logger' | 'random' | 'replicas' | 'store' | 'crdts'> {
  readonly vault: Vault;
  readonly identity: Identity;
  readonly news: News;
  readonly spaces: ReadonlyMap<SpaceId, SpaceRuntime>;
  readonly sessions: Sessions;
  readonly relays: RelaySessions;
  readonly editor: Editor;
  readonly copies: Copies;
  readonly lent: Lent;
  home(): SpaceRuntime;
  /** Called whenever a peer of a space was caught up with. */
  readonly whenCaughtUp: Set<(space: SpaceRuntime) => void>;
  /** Told to whoever listens; its record is the caller's to store. */
  setHome(space: SpaceId): void;
  /** The running space, read from disk the first time. */
  open(space: SpaceId): Promise<SpaceRuntime>;
  /** Runs it no more; its record is the caller's to remove. */
  forget(space: SpaceId): void;
  /** The record that this device is in a space. */
  spacePut(space: SpaceId, home: boolean): Put;
  /** Stores a space founded here and runs it: durable when it resolves. */
  settleFounded(founded: Founded, home: boolean): Promise<SpaceRuntime>;
  /** The one way to the disk: other conversations hear of it, and intake of what came from outside. */
  commit(batch: Batch): ReturnType<Store['commit']>;
  /** Takes what the log holds; tried again when it fails. */
  pump(space: SpaceRuntime, lanes?: readonly Lane[]): void;
  emit(event: EngineEvent): void;
  /** Opens every space on disk, or founds a home. */
  start(restored: boolean): Promise<void>;
  stop(): void;
}

const RETRY_MS = 5_000;
const SPACES_MAX = 10_000;

function lanesBySpace(entries: readonly NewEntry[]): Map<SpaceId, readonly Lane[]> {
  const lanes = new Map<SpaceId, readonly Lane[]>();
  for (const { space, lane } of entries) {
    const known = lanes.get(space) ?? [];
    if (!known.includes(lane)) lanes.set(space, [...known, lane]);
  }
  return lanes;
}

function createCommit(store: Store, spaces: Kernel['spaces'], sessions: () => Sessions, pump: Kernel['pump']): Kernel['commit'] {
  return async (batch) => {
    const placed = await store.commit(batch);
    const fresh = (batch.entries ?? []).filter((_, at) => placed[at]?.fresh === true);
    const arrived = lanesBySpace(fresh.filter((entry) => entry.from !== null));
    for (const refilled of batch.refill ?? []) arrived.set(refilled.space, LANES);
    for (const [space, lanes] of lanesBySpace(fresh)) sessions().appended(space, lanes);
    for (const [id, lanes] of arrived) {
      const space = spaces.get(id);
      if (space === undefined) continue;
      for (const entry of fresh) if (entry.space === id && entry.from !== null) space.intake.came(entry.from, 1);
      pump(space, lanes);
    }
    return placed;
  };
}

/** Sessions and editing know each other: what is kept is offered, and who listens decides what is numbered. */
function createTraffic(
  shared: Omit<Parameters<typeof createSessions>[0] & Parameters<typeof createEditor>[0], 'listening' | 'listens'>,
  copies: Copies,
  lent: Lent,
  whenCaughtUp: Kernel['whenCaughtUp'],
): { readonly sessions: Sessions; readonly editor: Editor } {
  const sessions = createSessions({
    ...shared,
    listening: (space) => {
      lent.giveBack();
      copies.caughtUp();
      editor.listening(space);
      for (const tell of whenCaughtUp) tell(space);
    },
  });
  const editor = createEditor({ ...shared, listens: (space) => !copies.cloned() && sessions.listens(space) });
  return { sessions, editor };
}

export function createKernel(deps: EngineDeps): Kernel {
  const { clock, crypto, crdts, logger, random, replicas, store } = deps;
  const identity = createIdentity(crypto, deps.secrets.signingSeed, deps.secrets.sealingSecret, DEVICE_KINDS.indexOf(deps.deviceKind));
  const vault = createVault(crypto, store, deps.secrets.localKey);
  const spaces = new Map<SpaceId, SpaceRuntime>();
  const news = createNews(logger);
  const { refuse, trouble } = news;
  const whenCaughtUp: Kernel['whenCaughtUp'] = new Set();
  let homeId: SpaceId | null = null;
  let stopped = false;

  /** Others may lack keys now, and what had to stay a draft here may be written now. */
  const follow = async (space: SpaceRuntime): Promise<void> => {
    await reachEverybody({ crypto, random, identity }, space);
    if (sessions.listens(space.id) && space.group.mayWrite(identity.device)) editor.listening(space);
  };
  const emit = (event: EngineEvent): void => {
    news.emit(event);
    const space = event.type === 'membership' ? spaces.get(event.space) : undefined;
    if (space !== undefined && !copies.cloned()) follow(space).catch(trouble);
  };
  const alarm = (): void => emit({ type: 'alarm', alarm: 'cloned', space: homeId, device: identity.device });
  const copies = createCopies({ store, vault, logger, alarm, trouble });
  const lent = createLent(store, vault, trouble);
  const pump = (space: SpaceRuntime, lanes?: readonly Lane[]): void => {
    space.intake.pump(lanes).catch((error: unknown) => {
      trouble(error);
      if (!stopped) clock.after(RETRY_MS, () => pump(space));
    });
  };
  const commit = createCommit(store, spaces, () => sessions, pump);
  const shared = { clock, crypto, random, logger, store, identity, spaces, commit, refuse, emit, trouble, replicas, crdts };
  const { sessions, editor } = createTraffic({ ...shared, windowMs: deps.windowMs }, copies, lent, whenCaughtUp);
  const spacePut = (id: SpaceId, home: boolean): Put => vault.put(TABLES.space, id, encode(spaceRecord, { home: home ? 1 : 0 }));

  const open = async (id: SpaceId): Promise<SpaceRuntime> => {
    const known = spaces.get(id);
    if (known !== undefined) return known;
    const space = createSpace(
      {
        ...shared,
        vault,
        membership: deps.membership ?? createSpaceGroup,
        ...(deps.adoption === undefined ? {} : { adoption: deps.adoption }),
        commit: async (batch) => void (await commit(batch)),
        cloned: copies.note,
        lent: lent.keys,
        refresh: () => sessions.refresh(),
      },
      id,
    );
    spaces.set(id, space);
    await space.load();
    return space;
  };

  const settleFounded = async ({ space: id, entries, secrets, links }: Founded, home: boolean): Promise<SpaceRuntime> => {
    if (home) homeId = id;
    const space = await open(id);
    await store.commit({ entries, put: [spacePut(id, home), space.epochPut(secrets)] });
    for (const entry of entries) space.note(entry.entryId);
    space.learn(secrets);
    for (const link of links) space.group.add(link.link);
    await space.grown();
    return space;
  };

  return {
    ...shared,
    vault,
    news,
    sessions,
    relays: sessions.relays,
    editor,
    copies,
    lent,
    whenCaughtUp,
    pump,
    open,
    spacePut,
    settleFounded,
    home() {
      const space = homeId === null ? undefined : spaces.get(homeId);
      assert(space !== undefined, 'an engine without a home space');
      return space;
    },
    setHome(id) {
      homeId = id;
    },
    forget: (id) => void spaces.delete(id),
    async start(restored) {
      await lent.load();
      await copies.load(restored);
      for (const { key, value } of await vault.scan(TABLES.space, '', null, SPACES_MAX)) {
        if (decodeAtRest(spaceRecord, value, 'space').home === 1) homeId = key as SpaceId;
        await open(key as SpaceId);
      }
      if (homeId === null) await settleFounded(foundSpace(crypto, random, identity, null), true);
      for (const space of spaces.values()) pump(space);
    },
    stop() {
      stopped = true;
      news.stop();
    },
  };
}
