/** A running space as a shell sees it. */
import { DEVICE_KINDS } from '@leanvibe/protocol/link';
import type { SpaceView } from './api.js';
import type { Kernel } from './kernel.js';
import type { SpaceRuntime } from './space.js';

export function viewOf({ home, identity }: Kernel, space: SpaceRuntime): SpaceView {
  const standing = space.removedAt() !== null ? 'removed' : space.group.standing(identity.device);
  return {
    space: space.id,
    home: space.id === home().id,
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
}
