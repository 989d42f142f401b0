/** Predicate 10, at rest: nobody holds the right to write under an epoch that nobody entitled to give it gave them (C11, C12). */
import type { EpochId, LinkId } from '@leanvibe/protocol/ids';
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
    const admissions = history.filter((link) => view.mayWrite([link], device, link));
    const given = (epoch: EpochId): boolean =>
      group.holders(epoch).append.includes(device) || admissions.some((link) => !view.includes([epoch as string as LinkId], link));
    for (const { epoch, append } of await epochsOn(machine, world.space))
      if (append !== null && group.epochOperation(epoch) !== null && !given(epoch))
        world.broken.push({ predicate: 10, detail: `${machine.name} holds W of ${epoch.slice(0, 6)}, which nobody gave it` });
  }
}
