/** C44: whoever a fork proof convicts is said aloud, once in a run, on every device that comes to hold the proof. */
import type { DeviceId } from '@leanvibe/protocol/ids';
import type { Kernel } from './kernel.js';

export interface Forks {
  /** Devices that wrote two different links at one place, in any space: no space takes them in again. */
  forked(): readonly DeviceId[];
}

export function createForks(kernel: Kernel): Forks {
  const convicted = (): readonly DeviceId[] => [
    ...new Set([...kernel.spaces.values()].flatMap((space) => space.group.now().forkProofs.map((proof) => proof.device))),
  ];
  const told = new Set(convicted());
  kernel.news.subscribe((event) => {
    if (event.type !== 'membership') return;
    for (const { device } of kernel.spaces.get(event.space)?.group.now().forkProofs ?? []) {
      if (told.has(device)) continue;
      told.add(device);
      kernel.emit({ type: 'alarm', alarm: 'forked', space: event.space, device });
    }
  });
  return { forked: convicted };
}
