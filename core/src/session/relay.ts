/** The session with one relay: its mailboxes, each with a log conversation like a peer's, and rendezvous pipes. */
import type { EpochId, MailboxId, SpaceId } from '@leanvibe/protocol/ids';
import type { LogMessage } from '@leanvibe/protocol/peer';
import type { OwnedMailbox, RelayDown, RelayRefusal, RelayUp } from '@leanvibe/protocol/relay';
import type { EpochSecrets } from '../keys/epoch.js';
import type { SpaceSync } from '../log/sync.js';
import type { ClockDep } from '../ports/clock.js';
import type { CryptoDep } from '../ports/crypto.js';
import type { Lane } from '../ports/store.js';
import { type Line, openLine, refusalOf, type RelayLine, type Welcome } from './relay-line.js';
import { createPipes, type RelayPipe } from './relay-pipes.js';
import type { RoomRight } from './relay-right.js';
import { createRoom } from './relay-room.js';
import type { Room } from './relay-room-api.js';

export interface RelaySpaces {
  /** The mailboxes of each space at this relay: the one that links tell of, those of this account that the space's keys open, or one to be made. */
  mailboxes(owned: readonly OwnedMailbox[]): readonly { readonly space: SpaceId; readonly mailbox: MailboxId; readonly make: boolean }[];
  mayMake(space: SpaceId): boolean;
  epochs(space: SpaceId): readonly EpochSecrets[];
  current(space: SpaceId): EpochSecrets | null;
  outdated(space: SpaceId, epoch: EpochId): boolean;
  /** Whether all that is stored here of the space has been taken account of. */
  settled(space: SpaceId): boolean;
  /** Begins a log conversation once an earlier one with this relay has let go of the store. */
  converse(
    place: { readonly space: SpaceId; readonly mailbox: MailboxId },
    slot: number,
    right: RoomRight,
    send: (message: LogMessage) => void,
    canSend: () => boolean,
  ): Promise<SpaceSync>;
  /** The relay broke the protocol. */
  malformed(detail: string): void;
}

export interface RelaySessionDeps extends ClockDep, CryptoDep {
  readonly spaces: RelaySpaces;
}

export interface RelayHello {
  readonly origin: string;
  /** A device token; null for a guest's pipe alone. */
  readonly token: string | null;
}

export interface RelayEvents {
  changed(): void;
  closed(reason: string): void;
}

export interface RelaySession {
  readonly origin: string;
  /** Null before the relay's welcome. */
  welcome(): Welcome | null;
  /** The relay said which mailboxes the account owns, so that `rooms` are those there are. */
  placed(): boolean;
  /** What the relay refused the whole connection for. */
  refused(): { readonly reason: RelayRefusal; readonly detail: string } | null;
  silent(): boolean;
  rooms(): readonly Room[];
  appended(space: SpaceId, lanes: readonly Lane[]): void;
  /** Keys, membership or mailboxes changed. */
  refresh(): void;
  /** C41: `host` waits for whoever names the same 32 bytes, `guest` is one. */
  pipe(name: Uint8Array, end: 'host' | 'guest'): RelayPipe;
  /** Sees whether the relay still answers; closes within seconds if it does not. */
  ping(): void;
  closed(): boolean;
  close(reason: string): void;
}

const QUEUE_HIGH_BYTES = 4 * 1024 * 1024;
const SLOTS = 65_536;
/** Of one act, and not of the connection: the relay answers those without a slot. */
const OF_AN_ACT: ReadonlySet<RelayRefusal> = new Set(['not-yours', 'proof']);

export function openRelaySession(deps: RelaySessionDeps, line: Line, hello: RelayHello, on: RelayEvents): RelaySession {
  const { clock, crypto, spaces } = deps;
  /** By space and mailbox: one that nobody here knows is tried with the keys of several spaces. */
  const rooms = new Map<string, Room>();
  const keyOf = (space: SpaceId, mailbox: MailboxId): string => `${space}/${mailbox}`;
  let welcome: Welcome | null = null;
  /** Null until the relay said what the account owns: before it nothing is made. */
  let owned: readonly OwnedMailbox[] | null = null;
  let refused: { readonly reason: RelayRefusal; readonly detail: string } | null = null;
  let silent = false;
  let nextSlot = 0;
  let closed = false;

  const send = (message: RelayUp): void => {
    if (!closed) wire.send(message);
  };
  /** Never one in use, however many were used before it. */
  const newSlot = (): number => {
    while (pipes.has(nextSlot) || bySlot(nextSlot) !== undefined) nextSlot = (nextSlot + 1) % SLOTS;
    const slot = nextSlot;
    nextSlot = (nextSlot + 1) % SLOTS;
    return slot;
  };
  const pipes = createPipes({ send, slot: newSlot, queuedBytes: () => wire.queuedBytes() });
  const roomBySlot = new Map<number, Room>();
  /** A slot the room no longer uses is nobody's. */
  const bySlot = (slot: number): Room | undefined => {
    const room = roomBySlot.get(slot);
    return room?.slot() === slot ? room : undefined;
  };

  const openRoom = (space: SpaceId, mailbox: MailboxId, make: boolean): void => {
    if (welcome === null) return;
    const room: Room = createRoom({
      crypto,
      origin: hello.origin,
      nonce: welcome.nonce,
      space,
      mailbox,
      mayMake: () => spaces.mayMake(space),
      nowMs: clock.nowMs,
      later: (afterMs, run) => void clock.after(afterMs, run),
      settled: () => spaces.settled(space),
      epochs: () => spaces.epochs(space),
      current: () => spaces.current(space),
      outdated: (epoch) => spaces.outdated(space, epoch),
      send,
      slot() {
        roomBySlot.delete(room.slot());
        const slot = newSlot();
        roomBySlot.set(slot, room);
        return slot;
      },
      converse: (slot, right) =>
        spaces.converse(
          { space, mailbox },
          slot,
          right,
          (message) => wire.sendLog(message),
          () => wire.queuedBytes() < QUEUE_HIGH_BYTES,
        ),
      changed: on.changed,
    });
    rooms.set(keyOf(space, mailbox), room);
    room.open(make);
  };
  const refresh = (): void => {
    if (owned === null || closed) return;
    const wanted = spaces.mailboxes(owned);
    const keys = new Set(wanted.map(({ mailbox, space }) => keyOf(space, mailbox)));
    for (const [key, room] of rooms) {
      if (keys.has(key)) continue;
      room.send((slot) => ({ type: 'leave', slot }));
      room.close();
      rooms.delete(key);
    }
    for (const { space, mailbox, make } of wanted) {
      const room = rooms.get(keyOf(space, mailbox));
      if (room === undefined) openRoom(space, mailbox, make);
      else room.look();
    }
  };
  const onMessage = (message: Exclude<RelayDown, { type: 'welcome' | 'ping' | 'pong' }>): void => {
    if (closed) return;
    if (message.type === 'refused' && message.slot === null && OF_AN_ACT.has(refusalOf(message.code))) {
      for (const room of rooms.values()) room.denied();
      return;
    }
    if (message.type === 'refused' && message.slot === null) {
      refused = { reason: refusalOf(message.code), detail: message.detail };
      return on.changed();
    }
    if (message.type === 'owned') {
      owned = message.mailboxes;
      return refresh();
    }
    if (message.slot === null) return;
    if (pipes.onMessage(message)) return;
    const room = bySlot(message.slot);
    // A slot that was left a moment ago is nobody's fault.
    if (room === undefined || message.type === 'presence' || message.type === 'met' || message.type === 'data' || message.type === 'ended')
      return;
    room.onMessage(message);
  };

  const wire: RelayLine = openLine(clock, line, hello, {
    welcome(said) {
      welcome = said;
      pipes.welcomed();
      on.changed();
    },
    message: onMessage,
    log: (message) => (closed ? undefined : bySlot(message.slot)?.onLog(message)),
    drained() {
      for (const room of rooms.values()) room.sync()?.drained();
      pipes.drained();
    },
    silent(now) {
      silent = now;
      on.changed();
    },
    malformed: (detail) => spaces.malformed(detail),
    closed(reason) {
      closed = true;
      pipes.closed(reason);
      for (const room of rooms.values()) room.close();
      on.closed(reason);
    },
  });

  return {
    origin: hello.origin,
    welcome: () => welcome,
    placed: () => owned !== null,
    refused: () => refused,
    silent: () => silent,
    rooms: () => [...rooms.values()],
    appended(space, lanes) {
      for (const room of rooms.values()) if (room.space === space) for (const lane of lanes) room.sync()?.appended(lane);
    },
    refresh,
    pipe: pipes.open,
    ping: () => (closed ? undefined : wire.ping()),
    closed: () => closed,
    close(reason) {
      // Now, and not when the socket is gone: a newer connection goes on from the same cursors.
      closed = true;
      for (const room of rooms.values()) room.close();
      wire.close(reason);
    },
  };
}
