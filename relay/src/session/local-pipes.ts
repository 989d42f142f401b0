/** Rendezvous pipes of one copy (C41): two who name the same 32 bytes are joined and their bytes handed across, unread. */
import type { Cancel, Clock } from '@leanvibe/core/ports/clock';
import type { PipeEnded } from '../ports/bus.js';

export interface PipeEnd {
  met(): void;
  data(bytes: Uint8Array): void;
  ended(why: PipeEnded): void;
  nobody(): void;
  /** Bytes waiting for its network. */
  queuedBytes(): number;
}

export interface Joined {
  send(bytes: Uint8Array): void;
  /** Bytes waiting for the network of the other end. */
  queuedBytes(): number;
  /** The other end is told why; this one knows. */
  leave(why?: PipeEnded): void;
}

/** A host that waits for nobody else until it is joined or let go. */
export interface HeldHost {
  /** Null when it has left meanwhile. */
  join(guest: PipeEnd): Joined | null;
  release(): void;
}

export interface LocalPipes {
  /** `many`: too many wait under this name. */
  host(name: string, end: PipeEnd): Joined | 'many';
  guest(name: string, end: PipeEnd): Joined | 'many';
  hold(name: string): HeldHost | null;
  hasGuest(name: string): boolean;
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

function seatOf(end: PipeEnd): Seat {
  return { end, other: null, over: false, bytes: 0, cancel: () => undefined };
}

/** `sought`: a guest waits under this name, and no host of this copy does. */
export function createLocalPipes(clock: Clock, sought: (name: string) => void): LocalPipes {
  const hosts = new Map<string, Seat[]>();
  const guests = new Map<string, Seat[]>();
  let count = 0;

  const forget = (waiting: Map<string, Seat[]>, name: string, seat: Seat): void => {
    const left = (waiting.get(name) ?? []).filter((one) => one !== seat);
    if (left.length === 0) waiting.delete(name);
    else waiting.set(name, left);
  };
  const end = (seat: Seat, tell: boolean, why: PipeEnded): void => {
    if (seat.over) return;
    seat.over = true;
    seat.cancel();
    if (tell) seat.end.ended(why);
    if (seat.other !== null) {
      if (!seat.other.over) count--;
      end(seat.other, true, why);
    }
  };
  const join = (a: Seat, b: Seat): void => {
    a.cancel();
    b.cancel();
    a.other = b;
    b.other = a;
    count++;
    a.cancel = clock.after(PIPE_LIFE_MS, () => end(a, true, 'spent'));
    a.end.met();
    b.end.met();
  };
  const joinedOf = (seat: Seat, leaving: () => void): Joined => ({
    send(bytes) {
      if (seat.over || seat.other === null) return;
      seat.bytes += bytes.length;
      if (seat.bytes > PIPE_TOTAL_BYTES) return end(seat, true, 'spent');
      // Whoever does not read ends its pipe, not this relay.
      if (seat.other.end.queuedBytes() > QUEUE_MAX) return end(seat, true, 'slow');
      seat.other.end.data(bytes);
    },
    queuedBytes: () => seat.other?.end.queuedBytes() ?? 0,
    leave(why = 'left') {
      leaving();
      end(seat, false, why);
    },
  });
  const take = (waiting: Map<string, Seat[]>, name: string): Seat | null => {
    const [first] = waiting.get(name) ?? [];
    if (first === undefined) return null;
    forget(waiting, name, first);
    return first;
  };
  const enter = (mine: Map<string, Seat[]>, others: Map<string, Seat[]>, name: string, given: PipeEnd): Joined | 'many' => {
    const seat = seatOf(given);
    const partner = take(others, name);
    if (partner !== null) join(partner, seat);
    else {
      const waiting = mine.get(name) ?? [];
      if (waiting.length >= WAITING_MAX) return 'many';
      mine.set(name, [...waiting, seat]);
      if (mine === guests) {
        seat.cancel = clock.after(GUEST_WAIT_MS, () => {
          forget(mine, name, seat);
          seat.over = true;
          seat.end.nobody();
        });
        sought(name);
      }
    }
    return joinedOf(seat, () => forget(mine, name, seat));
  };
  return {
    host: (name, given) => enter(hosts, guests, name, given),
    guest: (name, given) => enter(guests, hosts, name, given),
    hold(name) {
      const seat = take(hosts, name);
      if (seat === null) return null;
      return {
        join(guest) {
          if (seat.over) return null;
          const other = seatOf(guest);
          join(seat, other);
          return joinedOf(other, () => undefined);
        },
        release() {
          if (seat.over) return;
          const guest = take(guests, name);
          if (guest !== null) join(seat, guest);
          else hosts.set(name, [seat, ...(hosts.get(name) ?? [])]);
        },
      };
    },
    hasGuest: (name) => guests.has(name),
    count: () => count,
  };
}
