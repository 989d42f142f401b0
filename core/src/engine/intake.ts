/** Intake: follows the local log, opens what it holds, and hands links, announcements, parts and changes to their rooms. Crash-safe: its cursor is a record. */
import type { AnnouncementBody, CrdtKind } from '@leanvibe/protocol/change';
import type { AttestationBody } from '@leanvibe/protocol/checkpoint';
import type { RefusalReason } from '@leanvibe/protocol/errors';
import type { DeviceId, DocumentId, EntryId, EpochId, SpaceId } from '@leanvibe/protocol/ids';
import { readSealed } from '@leanvibe/protocol/sealed';
import { encode } from '@leanvibe/protocol/shape';
import { inTurns } from '../base/pieces.js';
import { decodeAtRest } from '../base/rest.js';
import type { Replicas } from '../doc/crdt.js';
import type { Link } from '../group/link.js';
import { openEntry, type Opened } from '../intake/open.js';
import { type AuthenticCheckpoint, authenticateCheckpoint } from '../intake/open-checkpoint.js';
import type { Vault } from '../keys/local.js';
import type { KeyRing } from '../keys/ring.js';
import type { Clock } from '../ports/clock.js';
import type { Crypto } from '../ports/crypto.js';
import { type Lane, LANES, type LogRow, type Store } from '../ports/store.js';
import { createAhead } from './ahead.js';
import { type Found, inspectAll } from './arrivals.js';
import type { Arrival } from './document-runtime.js';
import { createKeyless } from './keyless.js';
import { createLarge } from './large.js';
import { isFull, PAGE, PAGES_PER_FLUSH } from './page.js';
import type { PutOff } from './put-off.js';
import { entryKey, intakeRecord, refusalRecord, TABLES } from './tables.js';

export interface IntakeDeps {
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly store: Store;
  readonly vault: Vault;
  readonly replicas: Replicas;
  readonly knows: (kind: CrdtKind) => boolean;
  readonly space: SpaceId;
  readonly ring: KeyRing;
  readonly later: PutOff['later'];
  /** Writes what was put off. */
  readonly flush: () => Promise<void>;
  readonly refuse: (reason: RefusalReason, from: DeviceId | null) => void;
  readonly onLink: (link: Link, from: DeviceId | null) => void;
  readonly onAnnouncement: (body: AnnouncementBody) => void;
  readonly onPart: (entry: EntryId, bytes: Uint8Array) => void;
  readonly onCheckpoint: (checkpoint: AuthenticCheckpoint, entry: EntryId) => void;
  readonly onAttestation: (body: AttestationBody, entry: EntryId) => void;
  readonly onChanges: (arrivals: ReadonlyMap<DocumentId, readonly Arrival[]>, crdts: ReadonlyMap<DocumentId, number>) => Promise<void>;
  /** After a batch: membership grew, or keys did. */
  readonly afterBatch: () => Promise<void>;
  /** True for entries this run made itself and has taken account of. */
  readonly ours: (entry: EntryId) => boolean;
}

export interface Intake {
  /** Processes everything the log holds beyond the cursor, in the lanes that grew; safe to call at any time, runs once at a time. */
  pump(lanes?: readonly Lane[]): Promise<void>;
  /** Rows of a peer were stored; say so before `pump`. */
  came(peer: DeviceId, rows: number): void;
  /** Resolves when this peer is not far ahead of intake. */
  room(peer: DeviceId): Promise<void>;
  /** Nothing that is stored waits to be taken. */
  idle(): boolean;
  /** The ring learned an epoch: opens what waited for it. */
  unlocked(epoch: EpochId): Promise<void>;
  /** Entries that wait for a key. */
  sealedCount(): number;
  manifestsWaiting(): number;
}

export function createIntake(deps: IntakeDeps): Intake {
  const { crypto, ring, space, store, vault } = deps;
  const cursors = new Map<Lane, number>();
  const keyless = createKeyless(store, vault, space, deps.later);
  const ahead = createAhead();
  let pages = 0;
  /** What should have followed the last batch is still to be done. */
  let stumbled = false;
  let running: Promise<void> | null = null;
  /** Lanes that may hold more than was taken. */
  const due = new Set<Lane>();

  const cursorOf = async (lane: Lane): Promise<number> => {
    const known = cursors.get(lane);
    if (known !== undefined) return known;
    const stored = await vault.get(TABLES.intake, `${space}/${lane}`);
    const position = stored === null ? 0 : decodeAtRest(intakeRecord, stored, 'intake').position;
    cursors.set(lane, position);
    return position;
  };

  /** What waited when the program last ended: entries for their keys, some of which were on disk by then, manifests for their parts. */
  const loadWaiting = async (): Promise<void> => {
    const unassembled: LogRow[] = [];
    for (let after: string | null = null; ; ) {
      const page = await vault.scan(TABLES.wait, `${space}/`, after, 1000);
      for (const { key, value } of page) {
        const [, what, epoch, entry] = key.split('/') as [string, string, EpochId, EntryId];
        if (what === 'e') keyless.recall(epoch, entry, (value[0] ?? 2) as Lane);
        const row = what === 'm' ? await store.entry(space, epoch as unknown as EntryId) : null;
        if (row !== null) unassembled.push(row);
      }
      if (page.length < 1000) break;
      after = page.at(-1)?.key ?? null;
    }
    for (const epoch of keyless.epochs()) if (ring.sealer(epoch) !== null) await keyless.release(epoch, take);
    await take(unassembled, 2);
  };

  const refuse = (row: Pick<LogRow, 'entryId' | 'from'>, lane: Lane, reason: RefusalReason): void => {
    deps.refuse(reason, row.from);
    deps.later([vault.put(TABLES.refusal, entryKey(space, row.entryId), encode(refusalRecord, { reason, lane, from: row.from }))]);
  };

  const large = createLarge({ ...deps, refuse });

  const openRow = (row: Pick<LogRow, 'entryId' | 'from'> & { readonly sealed: Uint8Array }, lane: Lane): Opened | null => {
    const outside = readSealed(row.sealed);
    if (!outside.ok) {
      refuse(row, lane, 'malformed');
      return null;
    }
    const sealer = ring.sealer(outside.value.epoch);
    if (sealer === null) {
      keyless.add(outside.value.epoch, row, lane);
      return null;
    }
    const opened = openEntry(crypto, space, sealer, outside.value);
    if (opened.ok) return opened.value;
    // The secrets at hand may be false ones: what they do not open waits until the epoch's link tells.
    if (opened.error === 'seal' && !ring.isSettled(outside.value.epoch)) {
      keyless.add(outside.value.epoch, row, lane);
      return null;
    }
    refuse(row, lane, opened.error);
    return null;
  };

  const take = async (rows: readonly Pick<LogRow, 'entryId' | 'from' | 'sealed'>[], lane: Lane): Promise<void> => {
    const found: Found[] = [];
    for (const row of rows) {
      await deps.clock.turn();
      if (row.from !== null) ahead.took(row.from);
      if (row.sealed === null || deps.ours(row.entryId)) continue;
      const opened = openRow({ ...row, sealed: row.sealed }, lane);
      if (opened === null) continue;
      switch (opened.type) {
        case 'link':
          deps.onLink(opened.link, row.from);
          break;
        case 'announcement':
          deps.onAnnouncement(opened.body);
          break;
        case 'part':
          deps.onPart(row.entryId, opened.bytes);
          large.partCame(row.entryId);
          break;
        case 'manifest':
          large.add(row.entryId, opened.manifest, row.from);
          break;
        case 'change':
          found.push({ change: opened.change, entry: row.entryId, from: row.from });
          break;
        case 'carried-checkpoint': {
          const checkpoint = await inTurns(authenticateCheckpoint(crypto, space, opened), () => deps.clock.turn());
          if (checkpoint.ok) deps.onCheckpoint(checkpoint.value, row.entryId);
          else refuse(row, lane, checkpoint.error);
          break;
        }
        case 'attestation':
          deps.onAttestation(opened.body, row.entryId);
          break;
      }
    }
    if (found.length === 0) return;
    const { arrivals, crdts } = await inspectAll(deps, found);
    await deps.onChanges(arrivals, crdts);
  };

  const pumpOnce = async (): Promise<void> => {
    for (const lane of LANES) {
      if (!due.delete(lane)) continue;
      const after = await cursorOf(lane);
      const rows = await store.rows(space, lane, after, PAGE);
      const last = rows.at(-1);
      if (last === undefined) continue;
      if (isFull(rows)) due.add(lane);
      await take(rows, lane);
      cursors.set(lane, last.position);
      await deps.afterBatch();
      // Last, so that no commit in between can carry the cursor past what these rows have yet to bring about.
      deps.later([vault.put(TABLES.intake, `${space}/${lane}`, encode(intakeRecord, { position: last.position }))]);
    }
    if (due.size === 0 || ++pages % PAGES_PER_FLUSH === 0) await deps.flush();
  };

  const run = async (): Promise<void> => {
    try {
      if (cursors.size === 0) await loadWaiting().then(deps.afterBatch);
      else if (stumbled) await deps.afterBatch();
      stumbled = false;
      while (due.size > 0 || large.busy()) {
        if (due.size > 0) await pumpOnce();
        if (large.busy()) await large.step(due.size === 0);
      }
    } catch (error) {
      for (const lane of LANES) due.add(lane);
      stumbled = true;
      throw error;
    } finally {
      // In the same step as the last look at what is due, so that no call between can be missed.
      running = null;
      ahead.clear();
    }
  };

  return {
    came: ahead.came,
    room: (peer) => (running === null ? Promise.resolve() : ahead.room(peer)),
    pump(lanes = LANES) {
      for (const lane of lanes) due.add(lane);
      large.wake();
      running ??= run();
      return running;
    },
    idle: () => running === null && due.size === 0 && !stumbled,
    async unlocked(epoch) {
      await keyless.release(epoch, take);
      while (running === null && large.busy()) await large.step(true);
    },
    sealedCount: keyless.count,
    manifestsWaiting: large.waiting,
  };
}
