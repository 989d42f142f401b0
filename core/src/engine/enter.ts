/** Entering a space whose secrets were handed over, and handing over those of one (C2, C40, C42). */
import type { SpaceId } from '@leanvibe/protocol/ids';
import type { EpochSecrets } from '../keys/epoch.js';
import type { Batch } from '../ports/store.js';
import type { Kernel } from './kernel.js';
import type { SpaceRuntime } from './space.js';

/** What a welcome holds at most. */
const EPOCHS_MAX = 4096;

/** Oldest first; W only for those who may write. */
export function secretsOf(space: SpaceRuntime, writes: boolean): readonly EpochSecrets[] {
  const epochs = space.epochs().slice(0, EPOCHS_MAX).toReversed();
  return writes ? epochs : epochs.map(({ epoch, read }) => ({ epoch, read, append: null }));
}

/** Registers the space, in one commit with `also`; its links come by sync. */
export async function enterSpace(kernel: Kernel, id: SpaceId, epochs: readonly EpochSecrets[], home: boolean, also: Batch): Promise<void> {
  const space = await kernel.open(id);
  // Secrets already held are never replaced by what another device says they are.
  const fresh = epochs.filter(({ epoch }) => space.ring.secrets(epoch) === null);
  await kernel.commit({
    put: [kernel.spacePut(id, home), ...fresh.map((secrets) => space.epochPut(secrets)), ...(also.put ?? [])],
    remove: also.remove ?? [],
  });
  for (const secrets of fresh) space.learn(secrets);
  space.readmit();
  await space.grown();
  kernel.pump(space);
}
