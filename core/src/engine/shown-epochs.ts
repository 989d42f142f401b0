/** Which epochs of a space a session shows tags of, and in which order (C25, P8). */
import type { DeviceId, EpochId } from '@leanvibe/protocol/ids';
import { TAG_EPOCHS_MAX } from '@leanvibe/protocol/limits';
import type { SpaceRuntime } from './space.js';

/** Epochs in use first: one that nobody had the right to open is newer than they, and opens nothing. */
export function newestFirst(space: SpaceRuntime): ReturnType<SpaceRuntime['epochs']> {
  const maximal = new Set(space.group.maximalEpochs());
  const current = ({ epoch }: { readonly epoch: EpochId }): boolean => maximal.has(epoch) || space.group.epochOperation(epoch) === null;
  const epochs = space.epochs();
  return [...epochs.filter(current), ...epochs.filter((one) => !current(one))];
}

/**
 * What a peer is shown. Who was away longer than tags reach back finds the first epoch it was given among them, which it holds for
 * certain (P8): it may not know this device, and then it shows no tags of its own.
 */
export function shownTo(space: SpaceRuntime, peer: DeviceId): ReturnType<SpaceRuntime['epochs']> {
  const epochs = newestFirst(space);
  if (epochs.length <= TAG_EPOCHS_MAX || space.group.standing(peer) !== 'live') return epochs;
  const given = epochs.findLast(({ epoch }) => space.group.holders(epoch).read.includes(peer));
  if (given === undefined || epochs.indexOf(given) < TAG_EPOCHS_MAX) return epochs;
  const newest = epochs.slice(0, TAG_EPOCHS_MAX - 1);
  return [...newest, given, ...epochs.slice(newest.length).filter((one) => one !== given)];
}
