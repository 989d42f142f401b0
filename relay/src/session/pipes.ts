/** Where pipes meet (C41): on this copy, or over the bus when host and guest reached different ones. */
import type { Cancel, ClockDep } from '@leanvibe/core/ports/clock';
import type { RandomDep } from '@leanvibe/core/ports/random';
import { toHex } from '@leanvibe/protocol/ids';
import type { BusDep, Hint, PipeSaid } from '../ports/bus.js';
import { createFarPipe, type FarBudget, type FarPipe } from './far-pipe.js';
import { createLocalPipes, type HeldHost, type Joined, type LocalPipes, type PipeEnd } from './local-pipes.js';

export interface PipeRoom extends Pick<LocalPipes, 'host' | 'guest'> {
  /** Pipes joined, and those of them whose other end sits on another copy. */
  count(): { readonly joined: number; readonly far: number };
  stop(): void;
}

export type { Joined, PipeEnd };

/** Pipes to other copies at once. */
const FAR_MAX = 256;
/** A host is kept for the guest of another copy so long; then it waits for everybody again. */
const HOLD_MS = 2_000;
/** A guest that waits asks the other copies again, since hints may be lost and hosts come late. */
const SEEK_EVERY_MS = 1_000;
/** Anybody may be a guest: what strangers can have this copy ask the others in a second. */
const SEEKS_PER_SECOND = 2_000;
/** Of these, what goes to asking again, so that whoever just came is heard first. */
const AGAIN_PER_SECOND = 1_000;

interface Held {
  readonly host: HeldHost;
  readonly from: string;
  readonly cancel: Cancel;
}

type Sought = { readonly pipe: string; cancel: Cancel };
type PipeHint = Extract<Hint, { type: 'pipe' }>;

export function createPipeRoom({ bus, clock, random }: BusDep & ClockDep & RandomDep): PipeRoom {
  const local = createLocalPipes(clock, (name) => {
    if (!sought.has(name)) begin(name);
  });
  const sought = new Map<string, Sought>();
  const names = new Map<string, string>();
  const held = new Map<string, Held>();
  const far = new Map<string, { readonly pipe: FarPipe; readonly copy: string }>();
  const budget: FarBudget = { flying: 0, waiting: 0 };
  let second = 0;
  let seeks = 0;

  const tell = (pipe: string, to: string | null, said: PipeSaid): void => bus.tell({ type: 'pipe', pipe, from: bus.name, to, said });
  const isFull = (): boolean => far.size + held.size >= FAR_MAX;
  const maySeek = (isFirst: boolean): boolean => {
    const now = Math.floor(clock.nowMs() / 1_000);
    if (now !== second) [second, seeks] = [now, 0];
    if (isFull() || seeks >= (isFirst ? SEEKS_PER_SECOND : AGAIN_PER_SECOND)) return false;
    seeks++;
    return true;
  };
  const forget = (name: string): void => {
    const one = sought.get(name);
    if (one === undefined) return;
    one.cancel();
    sought.delete(name);
    names.delete(one.pipe);
  };
  const seek = (name: string, one: Sought, isFirst: boolean): void => {
    if (!local.hasGuest(name)) return forget(name);
    if (maySeek(isFirst)) tell(one.pipe, null, { say: 'seek', name });
    one.cancel = clock.after(SEEK_EVERY_MS, () => seek(name, one, false));
  };
  const begin = (name: string): void => {
    const one: Sought = { pipe: toHex(random.bytes(16)), cancel: () => undefined };
    sought.set(name, one);
    names.set(one.pipe, name);
    seek(name, one, true);
  };
  const open = (pipe: string, copy: string): FarPipe => {
    const made = createFarPipe({
      clock,
      budget,
      tell: (said) => tell(pipe, copy, said),
      freed() {
        for (const other of far.values()) other.pipe.wake();
      },
      over: () => void far.delete(pipe),
    });
    far.set(pipe, { pipe: made, copy });
    return made;
  };

  /** Somebody's guest seeks a host: one of ours is kept for it until it is taken. */
  const onSeek = (pipe: string, from: string, name: string): void => {
    if (held.has(pipe) || far.has(pipe) || isFull()) return;
    const host = local.hold(name);
    if (host === null) return;
    const cancel = clock.after(HOLD_MS, () => {
      held.delete(pipe);
      host.release();
    });
    held.set(pipe, { host, from, cancel });
    tell(pipe, from, { say: 'offer' });
  };
  /** The first copy that offers gets the guest. */
  const onOffer = (pipe: string, from: string): void => {
    const name = names.get(pipe);
    const isWanted = name !== undefined && local.hasGuest(name);
    if (name !== undefined) forget(name);
    // An offer said twice is of the pipe there is.
    if (!isWanted) return far.get(pipe)?.copy === from ? undefined : tell(pipe, from, { say: 'end', why: 'left' });
    const made = open(pipe, from);
    tell(pipe, from, { say: 'take' });
    const joined = local.host(name, made.end);
    if (joined !== 'many') made.begin(joined);
    if (local.hasGuest(name)) begin(name);
  };
  const onTake = (pipe: string, from: string): void => {
    const one = held.get(pipe);
    if (one?.from !== from) return;
    drop(pipe, one);
    const made = open(pipe, from);
    const joined = one.host.join(made.end);
    if (joined === null) made.end.ended('left');
    else made.begin(joined);
  };
  const drop = (pipe: string, one: Held): void => {
    one.cancel();
    held.delete(pipe);
  };
  const hear = ({ pipe, from, said, to }: PipeHint): void => {
    if (to !== null && to !== bus.name) return;
    switch (said.say) {
      case 'seek':
        return onSeek(pipe, from, said.name);
      case 'offer':
        return onOffer(pipe, from);
      case 'take':
        return onTake(pipe, from);
      default: {
        const one = held.get(pipe);
        if (one?.from === from && said.say === 'end') {
          drop(pipe, one);
          return one.host.release();
        }
        const there = far.get(pipe);
        if (there?.copy === from) there.pipe.hear(said);
        // A pipe that is not here any more, or never was because a word got lost.
        else if (said.say !== 'end') tell(pipe, from, { say: 'end', why: 'lost' });
      }
    }
  };
  const unsubscribe = bus.subscribe((hint) => {
    if (hint.type === 'pipe') hear(hint);
  });

  return {
    host: local.host,
    guest: local.guest,
    count: () => ({ joined: local.count(), far: far.size }),
    stop() {
      unsubscribe();
      for (const name of [...sought.keys()]) forget(name);
      for (const [pipe, one] of [...held]) drop(pipe, one);
      for (const { pipe } of [...far.values()]) pipe.end.ended('lost');
    },
  };
}
