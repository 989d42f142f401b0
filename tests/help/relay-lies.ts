/** The stage of relays that lie: two devices of one person that reach the relay and not each other, and wires that change what either is told. */
import type { DocumentId } from '@leanvibe/protocol/ids';
import { isLogFrame, type LogMessage, logMessage } from '@leanvibe/protocol/peer';
import { decode } from '@leanvibe/protocol/shape';
import { createRelay, type LyingWire, ORIGIN, type RelayCopy, type RelayOptions } from './relay-world.js';
import { createWorld, type Device, type World } from './world.js';

export const noteOf = async (device: Device, document: DocumentId, space = device.engine.home()): Promise<string> =>
  ((await device.view(document, { type: 'note' }, 'yjs', space)) as { readonly text?: string }).text ?? '';

export async function write(device: Device, document: DocumentId, words: string): Promise<void> {
  await device.edit(document, { type: 'note.append', text: words });
}

/** What was told of the relay, in order. */
export function relayAlarms(device: Device): readonly string[] {
  return device.events.flatMap((event) => (event.type === 'alarm' && event.relay === ORIGIN ? [event.alarm] : []));
}

export function logOf(frame: Uint8Array): LogMessage | null {
  const read = isLogFrame(frame) ? decode(logMessage, frame) : null;
  return read?.ok === true ? read.value : null;
}

export interface Stage {
  readonly world: World;
  readonly ana: Device;
  readonly phone: Device;
  readonly document: DocumentId;
  readonly relay: RelayCopy;
}

export async function stageOf(name: string, options: (world: World) => RelayOptions = () => ({})): Promise<Stage> {
  const world = createWorld(`lies ${name}`);
  const [ana, phone] = [await world.device('ana'), await world.device('phone')];
  await world.pair(ana, phone);
  return { world, ana, phone, document: ana.engine.newDocument(), relay: createRelay(world, options(world)) };
}

export interface Liar {
  lying: boolean;
  readonly wire: LyingWire;
}

/** Honest until told, and again when told. */
export function liarOf(lie: LyingWire): Liar {
  const one: Liar = {
    lying: false,
    wire: {
      up: (frame, answer) => (one.lying ? (lie.up?.(frame, answer) ?? [frame]) : [frame]),
      down: (frame) => (one.lying ? (lie.down?.(frame) ?? [frame]) : [frame]),
    },
  };
  return one;
}

/** By the cable, what either has is had by both. */
export async function meet({ ana, phone, world }: Stage, forMs = 5_000): Promise<void> {
  const cable = world.link(ana, phone);
  await world.run(forMs);
  world.cut(cable);
}
