/** Rotation debt in words (C12): who can still read what is written, and whose device would end it. */
import { DEVICE_KINDS } from '@leanvibe/protocol/link';
import type { DeviceId } from '@leanvibe/protocol/ids';
import type { DebtView } from './team-api.js';
import type { SpaceRuntime } from './space.js';

/** Live devices that may rotate; paper never does by itself. */
export function rotators({ group }: SpaceRuntime): readonly DeviceId[] {
  return group
    .members()
    .filter(({ device, card }) => group.mayRotate(device) && DEVICE_KINDS[card.kind] !== 'paper')
    .map(({ device }) => device);
}

export function debtsOf(space: SpaceRuntime): readonly DebtView[] {
  const { group } = space;
  const reasons = new Map<DeviceId, DebtView['reason']>();
  for (const { epoch, reason, device } of group.debts()) {
    if (reason === 'no-epoch') continue;
    if (device !== null && (reason === 'removed' || reason === 'demoted')) reasons.set(device, reason);
    // A void epoch is no debt to those who are live: it only must not be written under.
    if (epoch !== null && reason === 'void')
      for (const holder of group.holders(epoch).read)
        if (group.standing(holder) !== 'live' && !reasons.has(holder)) reasons.set(holder, reason);
  }
  const waitingFor = rotators(space);
  return [...reasons].flatMap(([device, reason]) => {
    const person = group.member(device)?.person;
    return person === undefined ? [] : [{ device, person, reason, waitingFor, documents: space.documentCount() }];
  });
}
