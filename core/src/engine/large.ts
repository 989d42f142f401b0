/** Changes and checkpoints too large for one entry: put together from their parts, inspected apart, then delivered; on record until that is done. */
import type { RefusalReason } from '@leanvibe/protocol/errors';
import type { DeviceId, EntryId } from '@leanvibe/protocol/ids';
import type { Manifest } from '../intake/manifest.js';
import type { AuthenticCheckpoint } from '../intake/open-checkpoint.js';
import type { Vault } from '../keys/local.js';
import type { Lane } from '../ports/store.js';
import { createApart } from './apart.js';
import type { Arrivals, InspectDeps } from './arrivals.js';
import { createManifests, type ManifestsDeps, type Whole } from './manifests.js';
import type { PutOff } from './put-off.js';
import { TABLES } from './tables.js';

export interface LargeDeps extends ManifestsDeps, InspectDeps {
  readonly vault: Vault;
  readonly later: PutOff['later'];
  readonly flush: () => Promise<void>;
  readonly refuse: (row: { readonly entryId: EntryId; readonly from: DeviceId | null }, lane: Lane, reason: RefusalReason) => void;
  readonly onCheckpoint: (checkpoint: AuthenticCheckpoint, entry: EntryId) => void;
  readonly onChanges: (arrivals: Arrivals['arrivals'], crdts: Arrivals['crdts']) => Promise<void>;
}

export interface Large {
  add(entry: EntryId, manifest: Manifest, from: DeviceId | null): void;
  partCame(part: EntryId): void;
  /** True while `step` has something to do, or will have once an inspection is over. */
  busy(): boolean;
  /** Delivers what was inspected and puts a little more together. `mayWait`: there is nothing else to do until then. Throws what delivery threw; it is tried again by the next. */
  step(mayWait: boolean): Promise<void>;
  /** Ends a wait: something else is to be done. */
  wake(): void;
  /** Manifests that lack a part. */
  waiting(): number;
}

export function createLarge(deps: LargeDeps): Large {
  const { later, space, vault } = deps;
  const manifests = createManifests(deps);
  const apart = createApart(deps);
  const keyOf = (entry: EntryId): string => `${space}/m/${entry}`;
  const waitsNoMore = (entry: EntryId): void => later([], [{ table: TABLES.wait, key: keyOf(entry) }]);

  const whole = ({ entry, lane, from, opened }: Whole): void => {
    // A change waits on until it was inspected.
    if (opened.ok && opened.value.type === 'change') return apart.add({ change: opened.value.change, entry, from });
    if (!opened.ok) deps.refuse({ entryId: entry, from }, lane, opened.error);
    else if (opened.value.type === 'checkpoint') deps.onCheckpoint(opened.value.checkpoint, entry);
    waitsNoMore(entry);
  };

  return {
    add(entry, manifest, from) {
      manifests.add(entry, manifest, from);
      later([vault.put(TABLES.wait, keyOf(entry), new Uint8Array(0))]);
    },
    partCame: manifests.partCame,
    busy: () => apart.busy() || manifests.due(),
    async step(mayWait) {
      if (mayWait && !(manifests.due() && apart.room())) await apart.more();
      for (let one = apart.next(); one !== null; one = apart.next()) {
        try {
          await deps.onChanges(one.arrivals, one.crdts);
        } catch (error) {
          apart.putBack(one);
          throw error;
        }
        waitsNoMore(one.entry);
      }
      await manifests.whole(apart.room, whole);
      await deps.flush();
    },
    wake: apart.wake,
    waiting: manifests.count,
  };
}
