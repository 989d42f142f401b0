/** The relay of a simulated world: two copies over one store; copies die, hints are lost, and the database is put back to older images. */
import type { MemoryPair } from '@leanvibe/core/internal/memory/channel';
import type { VirtualClock } from '../help/clock.js';
import type { SeededRandom } from '../help/random.js';
import { createRelayMemory, type RelayImage, type RelayMemory } from '../help/relay-memory.js';
import { createRelay, createWires, type RelayCopy } from '../help/relay-world.js';
import type { Machine } from './machine.js';
import type { Trace } from './trace.js';

export interface Post {
  /** Dials a copy; nothing happens where it is connected, or not running. */
  dial(machine: Machine): void;
  hangUp(machine: Machine): void;
  /** Something happens to the relay itself. */
  act(): void;
  /** From now on nothing does; everybody is dialled again by `dial`. */
  calm(): void;
}

const COPIES = 2;

export function createPost(deps: { readonly clock: VirtualClock; readonly random: SeededRandom; readonly trace: Trace }): Post {
  const { clock, random, trace } = deps;
  const wires = createWires();
  const lines = new Map<Machine, { readonly pair: MemoryPair; readonly copy: number; readonly engine: object }>();
  let store: RelayMemory = createRelayMemory(random);
  const images: RelayImage[] = [];
  const born = (): RelayCopy => createRelay({ clock, random }, { store, wires, delayMs: () => 1 + random.below(30) });
  const copies: RelayCopy[] = Array.from({ length: COPIES }, born);

  const hangUp = (machine: Machine): void => {
    lines.get(machine)?.pair.cut('the line was cut');
    lines.delete(machine);
  };
  const die = (copy: number): void => {
    for (const [machine, line] of [...lines]) if (line.copy === copy) hangUp(machine);
    copies[copy]?.stop();
    copies[copy] = born();
  };
  const putBack = (image: RelayImage, as: 'same' | 'restored'): void => {
    store = createRelayMemory(random, { image, as });
    for (let copy = 0; copy < COPIES; copy++) die(copy);
  };

  return {
    dial(machine) {
      const { engine } = machine;
      if (engine === null) return;
      const known = lines.get(machine);
      if (known?.engine === engine && engine.relays.views().length > 0) return;
      if (known !== undefined) hangUp(machine);
      const copy = random.below(COPIES);
      const pair = copies[copy]?.link({ name: machine.name, engine }, 'home');
      if (pair !== undefined) lines.set(machine, { pair, copy, engine });
      trace.count('relayDials');
    },
    hangUp,
    act() {
      const dice = random.below(100);
      if (dice < 40) images.push(store.image());
      else if (dice < 60) {
        die(random.below(COPIES));
        trace.count('relayDeaths');
      } else if (dice < 85) {
        wires.lose(random.chance(0.5));
        trace.count('hintsLost');
      } else if (images.length > 0) {
        // A database that lost its tail in a failover does not know it; one that was restored by hand has a new name.
        putBack(random.pick(images), random.chance(0.5) ? 'same' : 'restored');
        trace.count('relayRestores');
      }
    },
    calm: () => wires.lose(false),
  };
}
