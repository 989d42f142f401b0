/** The pipes of one connection, by slot. Waiting as a host needs an account; being a guest does not. */
import { toHex } from '@leanvibe/protocol/ids';
import type { RelayDown, RelayRefusal, RelayUp } from '@leanvibe/protocol/relay';
import type { PipeEnded } from '../ports/bus.js';
import type { Joined, PipeEnd, PipeRoom } from './pipes.js';

export interface PipeDeskDeps {
  readonly pipes: PipeRoom;
  say(message: RelayDown): void;
  refuse(slot: number | null, reason: RelayRefusal, detail: string): void;
  queuedBytes(): number;
}

export interface PipeDesk {
  /** False for data of no pipe. */
  onMessage(message: Extract<RelayUp, { type: 'pipe' | 'data' }>): boolean;
  /** True when the slot was a pipe's. */
  leave(slot: number): boolean;
  close(): void;
}

const PIPES_MAX = 32;
const GUEST_PIPES_MAX = 4;

/** Whoever only left is `ended`; the rest is refused by name, so that a person can be told. */
const REFUSED: Readonly<Record<Exclude<PipeEnded, 'left'>, readonly [RelayRefusal, string]>> = {
  lost: ['unavailable', 'the relay lost bytes of this pipe between two of its copies: meet again'],
  slow: ['too-slow', 'the other end of this pipe does not read what is sent'],
  spent: ['too-many', 'a pipe carries 64 MiB and lasts an hour at most: meet again, or on one network'],
};

export function createPipeDesk(deps: PipeDeskDeps, hasAccount: boolean): PipeDesk {
  const open = new Map<number, Joined>();
  /** Ended here a moment ago: what is still on its way is nobody's mistake. */
  const past = new Set<number>();

  const drop = (slot: number): void => {
    open.delete(slot);
    past.add(slot);
  };
  const endOf = (slot: number): PipeEnd => ({
    met: () => deps.say({ type: 'met', slot }),
    data: (bytes) => deps.say({ type: 'data', slot, bytes }),
    ended(why) {
      drop(slot);
      if (why === 'left') deps.say({ type: 'ended', slot });
      else deps.refuse(slot, ...REFUSED[why]);
    },
    nobody() {
      drop(slot);
      deps.refuse(slot, 'nobody-there', 'nobody waits there: is the other side still showing its code or invite?');
    },
    queuedBytes: deps.queuedBytes,
  });
  const enter = ({ slot, name, end }: Extract<RelayUp, { type: 'pipe' }>): void => {
    const isHost = end === 0;
    if (isHost && !hasAccount) return deps.refuse(slot, 'token', 'sign in first: leanvibe relay login');
    if (open.has(slot) || open.size >= (hasAccount ? PIPES_MAX : GUEST_PIPES_MAX))
      return deps.refuse(slot, 'too-many', 'this connection has too many pipes open');
    past.delete(slot);
    const key = toHex(name);
    const joined = isHost ? deps.pipes.host(key, endOf(slot)) : deps.pipes.guest(key, endOf(slot));
    if (joined === 'many') return deps.refuse(slot, 'too-many', 'too many wait under this name');
    if (!past.has(slot)) open.set(slot, joined);
  };
  return {
    onMessage(message) {
      if (message.type === 'pipe') {
        enter(message);
        return true;
      }
      const pipe = open.get(message.slot);
      pipe?.send(message.bytes);
      return pipe !== undefined || past.has(message.slot);
    },
    leave(slot) {
      const pipe = open.get(slot);
      if (pipe === undefined) return past.has(slot);
      drop(slot);
      pipe.leave();
      return true;
    },
    close() {
      for (const pipe of open.values()) pipe.leave();
      open.clear();
    },
  };
}
