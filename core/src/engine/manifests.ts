/** Changes and checkpoints too large for one entry (C19): a manifest waits for its parts, and costs nothing while one is missing. */
import type { RefusalReason } from '@leanvibe/protocol/errors';
import type { DeviceId, EntryId, SpaceId } from '@leanvibe/protocol/ids';
import { PART_BYTES_MAX } from '@leanvibe/protocol/limits';
import { readSealed } from '@leanvibe/protocol/sealed';
import { inTurns } from '../base/pieces.js';
import { err, type Result } from '../base/result.js';
import type { Manifest } from '../intake/manifest.js';
import { type Assembled as Body, authenticateWhole, openEntry } from '../intake/open.js';
import type { KeyRing } from '../keys/ring.js';
import type { Clock } from '../ports/clock.js';
import type { Crypto } from '../ports/crypto.js';
import type { Lane, Store } from '../ports/store.js';

export interface ManifestsDeps {
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly store: Store;
  readonly ring: KeyRing;
  readonly space: SpaceId;
}

/** A manifest that waits no longer. */
export interface Whole {
  readonly entry: EntryId;
  /** Of the manifest. */
  readonly lane: Lane;
  readonly from: DeviceId | null;
  readonly opened: Result<Body, RefusalReason>;
}

export interface Manifests {
  add(entry: EntryId, manifest: Manifest, from: DeviceId | null): void;
  /** A part was stored: looks again at what waited for it. */
  partCame(part: EntryId): void;
  /** Some of what turned out whole, or worthless, while there is `room`: about a page's worth of parts is read (P9). */
  whole(room: () => boolean, each: (one: Whole) => void): Promise<void>;
  /** True when some are worth a look now. */
  due(): boolean;
  count(): number;
}

type Assembled = { readonly opened: Whole['opened'] } | { readonly lacks: EntryId; readonly torn: boolean };

const MALFORMED: Assembled = { opened: err('malformed') };

/** Parts may be named by many manifests, and often by one: what few bytes can ask for is bounded by parts read, not by manifests. */
const PARTS_AT_ONCE = 64;
const TORN_RETRY_MS = 5_000;

export function createManifests({ clock, crypto, store, ring, space }: ManifestsDeps): Manifests {
  const waiting = new Map<EntryId, { readonly manifest: Manifest; readonly from: DeviceId | null }>();
  /** Manifests by the part each waits for. */
  const lacking = new Map<EntryId, EntryId[]>();
  /** Those of which a part is held but damaged: it is fetched again, and tells nobody when it is whole. */
  let torn: EntryId[] = [];
  let tornMs = 0;
  const ready: EntryId[] = [];

  /** The body of a manifest once every part is here and open; the first part that is missing until then. */
  const assemble = async (manifest: Manifest): Promise<Assembled> => {
    const here = await store.has(space, manifest.parts);
    const absent = manifest.parts.find((_, at) => here[at] !== true);
    if (absent !== undefined) return { lacks: absent, torn: false };
    if (manifest.bytes > manifest.parts.length * PART_BYTES_MAX) return MALFORMED;
    const body = new Uint8Array(manifest.bytes);
    let length = 0;
    for (const id of manifest.parts) {
      await clock.turn();
      const row = await store.entry(space, id);
      if (row === null || row.sealed === null) return { lacks: id, torn: true };
      const outside = readSealed(row.sealed);
      if (!outside.ok || outside.value.kind !== 'part') return MALFORMED;
      const sealer = ring.sealer(outside.value.epoch);
      if (sealer === null) return { lacks: id, torn: false };
      const opened = openEntry(crypto, space, sealer, outside.value);
      if (!opened.ok || opened.value.type !== 'part') return MALFORMED;
      if (length + opened.value.bytes.length > manifest.bytes) return MALFORMED;
      body.set(opened.value.bytes, length);
      length += opened.value.bytes.length;
    }
    if (length !== manifest.bytes) return MALFORMED;
    await clock.turn();
    return { opened: await inTurns(authenticateWhole(crypto, space, manifest, body), () => clock.turn()) };
  };

  const tornDue = (): boolean => torn.length > 0 && clock.nowMs() - tornMs > TORN_RETRY_MS;
  const putBack = (entry: EntryId, { lacks, torn: isTorn }: { readonly lacks: EntryId; readonly torn: boolean }): void => {
    const others = lacking.get(lacks);
    if (isTorn) {
      if (torn.length === 0) tornMs = clock.nowMs();
      torn.push(entry);
    } else if (others === undefined) lacking.set(lacks, [entry]);
    else others.push(entry);
  };

  return {
    add(entry, manifest, from) {
      waiting.set(entry, { manifest, from });
      ready.push(entry);
    },
    partCame(part) {
      ready.push(...(lacking.get(part) ?? []));
      lacking.delete(part);
    },
    due: () => ready.length > 0 || tornDue(),
    async whole(room, each) {
      if (tornDue()) {
        ready.push(...torn);
        torn = [];
        tornMs = clock.nowMs();
      }
      for (let parts = 0; parts < PARTS_AT_ONCE && room(); ) {
        const [entry] = ready;
        if (entry === undefined) return;
        const one = waiting.get(entry);
        const assembled = one === undefined ? null : await assemble(one.manifest);
        const place = ready.indexOf(entry);
        if (place >= 0) ready.splice(place, 1);
        // Somebody else may have looked at it meanwhile.
        if (one === undefined || assembled === null || waiting.get(entry) !== one) continue;
        parts += one.manifest.parts.length;
        if ('lacks' in assembled) putBack(entry, assembled);
        else {
          waiting.delete(entry);
          each({ entry, lane: one.manifest.of === 'checkpoint' ? 1 : 2, from: one.from, opened: assembled.opened });
        }
      }
    },
    count: () => waiting.size,
  };
}
