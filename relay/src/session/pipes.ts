/** Rendezvous pipes (C41): two connections that name the same 32 bytes are joined and their bytes handed across, unread. */
import type { Cancel, Clock } from '@leanvibe/core/ports/clock';

export interface PipeEnd {
  met(): void;
  data(bytes: Uint8Array): void;
  ended(): void;
  nobody(): void;
  /** Bytes waiting for its network. */
  queuedBytes(): number;
}

export interface Joined {
  send(bytes: Uint8Array): void;
  leave(): void;
}

export interface PipeRoom {
  /** `many`: too many wait under this name. */
  host(name: string, end: PipeEnd): Joined | 'many';
  guest(name: string, end: PipeEnd): Joined | 'many';
  count(): number;
}

/** A guest waits so long for its host. */
const GUEST_WAIT_MS = 5_000;
/** Hosts that wait under one name, and guests. */
const WAITING_MAX = 16;
/** A pipe is for meeting, not for moving house: what one may carry in all, and how long it may last. */
const PIPE_TOTAL_BYTES = 64 * 1024 * 1024;
const PIPE_LIFE_MS = 60 * 60 * 1000;
const QUEUE_MAX = 4 * 1024 * 1024;

interface Seat {
  readonly end: PipeEnd;
  other: Seat | null;
  over: boolean;
  bytes: number;
  cancel: Cancel;
}

export function createPipeRoom(clock: Clock): PipeRoom {
  const hosts = new Map<string, Seat[]>();
  const guests = new Map<string, Seat[]>();
  let joined = 0;

  const forget = (waiting: Map<string, Seat[]>, name: string, seat: Seat): void => {
    const left = (waiting.get(name) ?? []).filter((one) => one !== seat);
    if (left.length === 0) waiting.delete(name);
    else waiting.set(name, left);
  };
  const end = (seat: Seat, tell: boolean): void => {
    if (seat.over) return;
    seat.over = true;
    seat.cancel();
    if (tell) seat.end.ended();
    if (seat.other !== null) {
      if (!seat.other.over) joined--;
      end(seat.other, true);
    }
  };
  const join = (a: Seat, b: Seat): void => {
    a.cancel();
    b.cancel();
    a.other = b;
    b.other = a;
    joined++;
    a.cancel = clock.after(PIPE_LIFE_MS, () => end(a, true));
    a.end.met();
    b.end.met();
  };
  const enter = (
    mine: Map<string, Seat[]>,
    others: Map<string, Seat[]>,
    name: string,
    given: PipeEnd,
    isGuest: boolean,
  ): Joined | 'many' => {
    const seat: Seat = { end: given, other: null, over: false, bytes: 0, cancel: () => undefined };
    const [partner] = others.get(name) ?? [];
    if (partner !== undefined) {
      forget(others, name, partner);
      join(partner, seat);
    } else {
      const waiting = mine.get(name) ?? [];
      if (waiting.length >= WAITING_MAX) return 'many';
      mine.set(name, [...waiting, seat]);
      if (isGuest)
        seat.cancel = clock.after(GUEST_WAIT_MS, () => {
          forget(mine, name, seat);
          seat.over = true;
          seat.end.nobody();
        });
    }
    return {
      send(bytes) {
        if (seat.over || seat.other === null) return;
        seat.bytes += bytes.length;
        // Whoever does not read ends its pipe, not this relay.
        if (seat.bytes > PIPE_TOTAL_BYTES || seat.other.end.queuedBytes() > QUEUE_MAX) return end(seat, true);
        seat.other.end.data(bytes);
      },
      leave() {
        forget(mine, name, seat);
        end(seat, false);
      },
    };
  };
  return {
    host: (name, given) => enter(hosts, guests, name, given, false),
    guest: (name, given) => enter(guests, hosts, name, given, true),
    count: () => joined,
  };
}
