/** A running space as a shell sees it. */
import { DEVICE_KINDS } from '@leanvibe/protocol/link';
import type { SpaceView } from './api.js';
import type { Kernel } from './kernel.js';
import { debtsOf } from './debts.js';
import type { SpaceRuntime } from './space.js';

export function viewOf({ home, identity }: Kernel, space: SpaceRuntime): SpaceView {
  const standing = space.removedAt() !== null ? 'removed' : space.group.standing(identity.device);
  const me = space.group.member(identity.device);
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
    persons: space.group.persons().map(({ person, role, devices }) => ({ person, role, devices, self: person === me?.person })),
    myRole: me !== null && standing === 'live' ? me.role : null,
    readOnly: !space.group.empty() && space.group.readOnly(),
    debts: debtsOf(space),
  };
}
