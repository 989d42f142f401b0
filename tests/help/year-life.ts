/** A year of five devices of two persons: sittings at documents, mostly with nobody connected, then meetings. */
import type { DocumentId, SpaceId } from '@leanvibe/protocol/ids';
import type { TraceEdit } from '../bench/kit/trace.js';
import { createRandom, type SeededRandom } from './random.js';
import type { Wire, YearDevice, Years } from './year.js';

export interface Life {
  readonly devices: readonly YearDevice[];
  readonly space: SpaceId;
  readonly documents: readonly DocumentId[];
  readonly edits: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Edits of one sitting, on average: what a person changes before they look elsewhere. */
const SITTING_EDITS = 120;
/** Sittings before everybody meets: a working day. */
const DAY_SITTINGS = 10;
/** Of ten sittings, those had while the others are connected. */
const LIVE_SITTINGS = 1;
/** Edits that fall into one window of live editing (C17): somebody pastes, formats, lets an agent type. */
const WINDOW_EDITS = 10;

/** One hand's typing: edits taken from the trace where it stands, moved to where this hand is. */
interface Hand {
  at: number;
  cursor: number;
}

/** Ana with three devices and Bob with two, all in one space. */
export async function gather(years: Years): Promise<Pick<Life, 'devices' | 'space'>> {
  const [mac, phone, tablet, bob, bobsPhone] = [
    await years.device('mac'),
    await years.device('phone'),
    await years.device('tablet'),
    await years.device('bob'),
    await years.device('bobs-phone'),
  ];
  await years.pair(mac, phone);
  await years.pair(mac, tablet);
  await years.pair(bob, bobsPhone);
  const made = await mac.engine.teams.createSpace();
  if (!made.ok) throw new Error(made.error);
  await years.admit(mac, bob, made.value, 'editor');
  const devices = [mac, phone, tablet, bob, bobsPhone];
  // What Bob joined, his phone hears of from him (W28).
  const wires = [...meet(years, devices, mac), years.link(bob, bobsPhone)];
  await years.run(10 * MINUTE);
  for (const one of devices)
    if (!one.engine.spaces().some((space) => space.space === made.value)) throw new Error(`${one.name} is not in the space`);
  for (const wire of wires) wire.cut();
  await years.run(MINUTE);
  return { devices, space: made.value };
}

export function meet(years: Years, devices: readonly YearDevice[], hub: YearDevice): readonly Wire[] {
  return devices.filter((one) => one !== hub).map((one) => years.link(one, hub));
}

/** `count` edits of this hand on a text that is `length` long. */
function typed(
  trace: readonly TraceEdit[],
  hand: Hand,
  length: number,
  count: number,
): { readonly from: number; readonly to: number; readonly text: string }[] {
  const made: { readonly from: number; readonly to: number; readonly text: string }[] = [];
  let end = Math.min(hand.cursor, length);
  for (let step = 0; step < count; step++) {
    const before = trace[hand.at % trace.length] as TraceEdit;
    hand.at += 1;
    const next = trace[hand.at % trace.length] as TraceEdit;
    const [at, removed, inserted = ''] = next;
    const from = Math.max(0, Math.min(length, end + (at - before[0] - (before[2] ?? '').length)));
    const to = Math.min(length, from + removed);
    made.push({ from, to, text: inserted });
    length += inserted.length - (to - from);
    end = from + inserted.length;
  }
  hand.cursor = end;
  return made;
}

/** Each document takes `edits` edits; days go on until all are done. */
export async function live(
  years: Years,
  { devices, space }: Pick<Life, 'devices' | 'space'>,
  trace: readonly TraceEdit[],
  { count, edits, seed }: { readonly count: number; readonly edits: number; readonly seed: string },
): Promise<Life> {
  const random: SeededRandom = createRandom(seed);
  const documents = Array.from({ length: count }, () => (devices[0] as YearDevice).engine.newDocument());
  const left = new Map(documents.map((document) => [document, edits]));
  const hands = new Map<string, Hand>();
  const handOf = (document: DocumentId, device: YearDevice): Hand => {
    const name = `${document}/${device.name}`;
    const hand = hands.get(name) ?? { at: random.below(trace.length), cursor: random.below(1_000_000) };
    hands.set(name, hand);
    return hand;
  };
  const sit = async (isLive: boolean): Promise<void> => {
    const document = random.pick([...left.keys()]);
    const device = random.pick(devices);
    const most = left.get(document) ?? 0;
    const wanted = Math.min(most, SITTING_EDITS / 2 + random.below(SITTING_EDITS));
    if (most === wanted) left.delete(document);
    else left.set(document, most - wanted);
    const { text } = (await device.engine.view(space, document, 'yjs', { type: 'note' })) as { readonly text: string };
    const all = typed(trace, handOf(document, device), text.length, wanted);
    const together = isLive ? WINDOW_EDITS : wanted;
    for (let at = 0; at < all.length; at += together) {
      const done = await Promise.all(
        all.slice(at, at + together).map((edit) => device.engine.edit(space, document, 'yjs', { type: 'note.replace', ...edit })),
      );
      for (const one of done) if (!one.ok) throw new Error(one.error.message);
      if (isLive) await years.run(150);
    }
  };
  for (let day = 0; left.size > 0; day++) {
    for (let at = 0; at < DAY_SITTINGS - LIVE_SITTINGS && left.size > 0; at++) await sit(false);
    const wires = meet(years, devices, random.pick(devices));
    await years.run(2_000);
    for (let at = 0; at < LIVE_SITTINGS && left.size > 0; at++) await sit(true);
    await years.run(15 * MINUTE);
    for (const wire of wires) wire.cut();
    await years.run(HOUR);
  }
  return { devices, space, documents, edits: count * edits };
}
