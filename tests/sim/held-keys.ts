/** Predicate 10, at rest: nobody holds the right to write under an epoch but by a link that gives it to them by name, or by being let in to write (C11, C12). */
import type { DeviceId, EpochId, LinkId } from '@leanvibe/protocol/ids';
import { type Operation, ROLES } from '@leanvibe/protocol/link';
import type { SpaceGroup } from '@leanvibe/core/internal/engine/space-group';
import { epochsOn, groupOn } from './disk.js';
import type { Machine } from './machine.js';
import type { World } from './simulate.js';

export async function checkHeldKeys(world: World, survivors: readonly Machine[]): Promise<void> {
  const group = await groupOn(survivors[0] as Machine, world.space);
  const view = group.view(() => null);
  const devices = group.now().devices;
  for (const machine of world.machines) {
    const { device } = machine;
    const history = devices.get(device)?.history ?? [];
    // Nobody who is left ever heard of it: what those who went together gave each other is in no link here.
    if (history.length === 0 && machine.removed) continue;
    // Whoever is let in to write is handed all that its admitter holds; what came about later it must have been given by name.
    // One that fell since was handed them too, by somebody who did not know better.
    const admissions = group
      .links()
      .filter(({ id, body }) => adds(body.operation, device) && (!history.includes(id) || view.mayWrite([id], device, id)))
      .map(({ id }) => id);
    const letIn = (epoch: EpochId): boolean => admissions.some((link) => !view.includes([epoch as string as LinkId], link));
    for (const { epoch, append } of await epochsOn(machine, world.space)) {
      if (append === null || group.epochOperation(epoch) === null || letIn(epoch) || names(group, epoch, device)) continue;
      // An announcement travels further than the link beside it, when whoever wrote them was put out meanwhile.
      const elsewhere = await Promise.all(world.machines.map(async (one) => names(await groupOn(one, world.space), epoch, device)));
      if (!elsewhere.includes(true))
        world.broken.push({ predicate: 10, detail: `${machine.name} holds W of ${epoch.slice(0, 6)}, which nobody gave it` });
    }
  }
}

function adds(operation: Operation, device: DeviceId): boolean {
  if (operation.type === 'add-person')
    return operation.role !== ROLES.indexOf('viewer') && operation.devices.some(({ card }) => card.device === device);
  return operation.type === 'add-device' && operation.device.card.device === device;
}

/** Also by links that fell since: whoever wrote them did hand W over. */
function names(group: SpaceGroup, epoch: EpochId, device: DeviceId): boolean {
  return group.links().some(({ id, body: { author, operation } }) => {
    if (operation.type === 'grant') return operation.epoch === epoch && operation.device === device && operation.append;
    if (operation.type !== 'epoch' || (id as string) !== epoch) return false;
    return author === device || operation.recipients.some((one) => one.device === device && one.append);
  });
}
