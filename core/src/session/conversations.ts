/** The log conversations of one session: one per space both sides opened, begun anew when both may say more than before. */
import { sameBytes } from '@leanvibe/protocol/bytes';
import type { SpaceId } from '@leanvibe/protocol/ids';
import type { LogMessage } from '@leanvibe/protocol/peer';
import type { EpochSecrets } from '../keys/epoch.js';
import type { SpaceSync } from '../log/sync.js';
import type { Level } from '../log/state.js';

export interface Proven {
  readonly space: SpaceId;
  /** Of the newest epoch both sides showed; the very ones, as several may claim to be an epoch's. */
  readonly secrets: EpochSecrets;
}

export interface ConversationsDeps {
  converse(space: SpaceId, slot: number, level: Level): Promise<SpaceSync>;
  /** Says `open` to the peer, echoing its tag. */
  announce(proven: Proven, echo: Uint8Array, slot: number, level: Level): void;
}

export interface Conversations {
  /** One of the peer's tags is ours too. */
  matched(proven: Proven, echo: Uint8Array, level: Level): void;
  /** The peer opened a space under one of our tags. `level`: what we would give it. */
  opened(proven: Proven, echo: Uint8Array, slot: number, theirs: Level, level: Level): void;
  /** False when nothing was opened under the message's slot. */
  deliver(message: LogMessage): boolean;
  /** Our slot of a space that both sides opened at level 1; null for others. */
  slotOf(space: SpaceId): number | null;
  /** The space the peer opened under this slot at level 1; null for what it may not speak of, undefined for a slot that never was. */
  spaceAt(slot: number): SpaceId | null | undefined;
  get(space: SpaceId): SpaceSync | null;
  all(): readonly SpaceSync[];
  /** Spaces that both sides opened, at the lower of both levels. */
  levels(): ReadonlyMap<SpaceId, Level>;
  empty(): boolean;
  close(): void;
}

/** Messages that may come while an earlier conversation with the same peer lets go of the store. */
const EARLY_MAX = 256;

interface Room {
  proven: Proven;
  echo: Uint8Array;
  slot: number;
  mine: Level;
  theirs: Level | null;
  theirSlot: number | null;
  /** How often each side opened it with a new slot; a conversation runs while both agree. */
  myTurn: number;
  theirTurn: number;
  sync: SpaceSync | null;
  syncLevel: Level;
  syncTurn: number;
  early: LogMessage[];
}

export function createConversations(deps: ConversationsDeps): Conversations {
  const rooms = new Map<SpaceId, Room>();
  /** A slot the peer no longer uses stays known, so that what was under way is dropped and not blamed. */
  const byTheirSlot = new Map<number, Room>();
  let nextSlot = 0;
  let closed = false;

  const announce = (room: Room, anew: boolean): void => {
    if (anew) {
      room.slot = nextSlot++;
      room.myTurn++;
    }
    deps.announce(room.proven, room.echo, room.slot, room.mine);
  };

  const effective = (room: Room): Level => (room.mine === 1 && room.theirs === 1 ? 1 : 0);

  const begin = (room: Room): void => {
    if (room.theirs === null) return;
    const level = effective(room);
    // Only a new conversation may say more: one begun with less has told the peer less of its log.
    if (room.myTurn === room.theirTurn && room.syncTurn === room.myTurn && level > room.syncLevel) return announce(room, true);
    if (room.myTurn < room.theirTurn) announce(room, true);
    if (room.myTurn !== room.theirTurn) return;
    if (room.syncTurn === room.myTurn) {
      room.syncLevel = level;
      room.sync?.setLevel(level);
      return;
    }
    const turn = room.myTurn;
    room.syncTurn = turn;
    room.syncLevel = level;
    room.early = [];
    void room.sync?.close();
    room.sync = null;
    void deps.converse(room.proven.space, room.slot, level).then((sync) => {
      if (closed || room.syncTurn !== turn) return void sync.close();
      room.sync = sync;
      sync.start();
      if (room.syncLevel < level) sync.setLevel(room.syncLevel);
      for (const message of room.early) sync.onMessage(message);
      room.early = [];
    });
  };

  const roomOf = (proven: Proven, echo: Uint8Array, level: Level): Room => {
    const known = rooms.get(proven.space);
    if (known !== undefined) return known;
    const room: Room = {
      proven,
      echo,
      slot: 0,
      mine: level,
      theirs: null,
      theirSlot: null,
      myTurn: 0,
      theirTurn: 0,
      sync: null,
      syncLevel: 0,
      syncTurn: 0,
      early: [],
    };
    rooms.set(proven.space, room);
    announce(room, true);
    return room;
  };

  return {
    matched(proven, echo, level) {
      const room = roomOf(proven, echo, level);
      if (room.mine === level && sameBytes(room.proven.secrets.read, proven.secrets.read)) return;
      room.proven = proven;
      room.echo = echo;
      room.mine = level;
      announce(room, false);
      begin(room);
    },
    opened(proven, echo, slot, theirs, level) {
      const room = roomOf(proven, echo, level);
      if (slot !== room.theirSlot) {
        room.theirSlot = slot;
        room.theirTurn++;
        byTheirSlot.set(slot, room);
      }
      room.theirs = theirs;
      begin(room);
    },
    deliver(message) {
      const room = byTheirSlot.get(message.slot);
      if (room === undefined) return false;
      if (message.slot !== room.theirSlot) return true;
      if (room.sync !== null) room.sync.onMessage(message);
      else if (room.early.length < EARLY_MAX) room.early.push(message);
      return true;
    },
    slotOf(space) {
      const room = rooms.get(space);
      return room !== undefined && effective(room) === 1 ? room.slot : null;
    },
    spaceAt(slot) {
      const room = byTheirSlot.get(slot);
      if (room === undefined) return undefined;
      return room.theirSlot === slot && effective(room) === 1 ? room.proven.space : null;
    },
    get: (space) => rooms.get(space)?.sync ?? null,
    all: () => [...rooms.values()].map((room) => room.sync).filter((sync) => sync !== null),
    levels: () => new Map([...rooms].filter(([, room]) => room.theirs !== null).map(([space, room]) => [space, effective(room)])),
    empty: () => rooms.size === 0,
    close() {
      closed = true;
      for (const room of rooms.values()) void room.sync?.close();
    },
  };
}
