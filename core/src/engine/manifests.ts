/** Changes and checkpoints too large for one entry (C19): a manifest waits for its parts, and costs nothing while one is missing. */
import type { RefusalReason } from '@leanvibe/protocol/errors';
import type { DeviceId, EntryId, SpaceId } from '@leanvibe/protocol/ids';
import { readSealed } from '@leanvibe/protocol/sealed';
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
  /** What turned out whole, or worthless, since the last call, while there is `room` for one more. */
  whole(room: () => boolean, each: (one: Whole) => void): Promise<void>;
  count(): number;
}

type Assembled = { readonly opened: Whole['opened'] } | { readonly lacks: EntryId; readonly torn: boolean };

const MALFORMED: Assembled = { opened: err('malformed') };

export function createManifests({ clock, crypto, store, ring, space }: ManifestsDeps): Manifests {
  const waiting = new Map<EntryId, { readonly manifest: Manifest; readonly from: DeviceId | null }>();
  /** Manifests by the part each waits for. */
  const lacking = new Map<EntryId, EntryId[]>();
  /** Those of which a part is held but damaged: it is fetched again, and tells nobody when it is whole. */
  let torn: EntryId[] = [];
  const ready: EntryId[] = [];

  /** The body of a manifest once every part is here and open; the first part that is missing until then. */
  const assemble = async (manifest: Manifest): Promise<Assembled> => {
    const here = await store.has(space, manifest.parts);
    const absent = manifest.parts.find((_, at) => here[at] !== true);
    if (absent !== undefined) return { lacks: absent, torn: false };
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
    return { opened: authenticateWhole(crypto, space, manifest, body) };
  };

  const putBack = (entry: EntryId, { lacks, torn: isTorn }: { readonly lacks: EntryId; readonly torn: boolean }): void => {
    const others = lacking.get(lacks);
    if (isTorn) torn.push(entry);
    else if (others === undefined) lacking.set(lacks, [entry]);
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
    async whole(room, each) {
      ready.unshift(...torn);
      torn = [];
      while (room()) {
        const entry = ready.shift();
        if (entry === undefined) return;
        const one = waiting.get(entry);
        if (one === undefined) continue;
        const assembled = await assemble(one.manifest);
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
