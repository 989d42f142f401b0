/** The door at which guests knock (C42), on the network and at relays: open while there is an invite they may mean, within bounds no stranger can push. */
import { fromHex } from '@leanvibe/protocol/ids';
import type { Engine } from '@leanvibe/core/engine/api';
import { inviteMeeting } from '@leanvibe/core/pairing/rendezvous';
import type { Channel } from '@leanvibe/core/ports/channel';
import type { Cancel, ClockDep } from '@leanvibe/core/ports/clock';
import type { Hashing } from '@leanvibe/core/ports/crypto';
import type { Counters } from '../transport/counters.js';
import type { Lan } from '../transport/lan.js';
import type { Rendezvous } from './rendezvous.js';

export interface DoorDeps extends ClockDep {
  readonly crypto: Hashing;
  readonly engine: Pick<Engine, 'invites'>;
  readonly lan: Pick<Lan, 'serve' | 'acceptOver'>;
  /** Null: on networks only. */
  readonly rendezvous: Rendezvous | null;
  readonly counters: Counters;
}

export interface InviteDoor {
  /** Invites came or went. */
  look(): void;
  stop(): void;
}

/** Guests who wait keep their channel; whoever says nothing is hung up on within half a minute. */
const GUESTS_MAX = 64;
const GUESTS_OF_DEVICE_MAX = 2;
/** Names at relays at once, half of the pipes a relay allows: open invites before those that ended, whose guests may still come for their answer. */
const NAMES_MAX = 16;
const LOOK_EVERY_MS = 60 * 60_000;

export function createInviteDoor({ clock, crypto, engine, lan, rendezvous, counters }: DoorDeps): InviteDoor {
  const guests = new Map<Channel, string>();
  const hosted = new Map<string, AbortController>();
  let unserve: (() => void) | null = null;
  let again: Cancel = () => undefined;

  const accept = (channel: Channel): void => {
    const same = [...guests.values()].filter((device) => device === channel.peer).length;
    if (guests.size >= GUESTS_MAX || same >= GUESTS_OF_DEVICE_MAX) {
      counters.count('too-many-guests');
      return channel.close('busy');
    }
    guests.set(channel, channel.peer);
    engine.invites.serve({
      ...channel,
      start: (events) => channel.start({ ...events, onClose: (why) => (guests.delete(channel), events.onClose(why)) }),
    });
  };

  const atRelays = (): void => {
    if (rendezvous === null) return;
    const rank = ({ state }: { readonly state: string }): number => (state === 'open' ? 0 : 1);
    const invites = [...engine.invites.list()].sort((a, b) => rank(a) - rank(b) || b.madeAtMs - a.madeAtMs).slice(0, NAMES_MAX);
    const wanted = new Map(invites.map(({ id, secret }) => [id, secret]));
    for (const [id, hosting] of [...hosted]) {
      if (wanted.has(id)) continue;
      hosting.abort();
      hosted.delete(id);
    }
    for (const [id, secret] of wanted) {
      const [key, name] = [fromHex(secret), fromHex(id)];
      if (hosted.has(id) || key === null || name === null) continue;
      const hosting = new AbortController();
      hosted.set(id, hosting);
      rendezvous.host(inviteMeeting(crypto, key, name), (pipe, origin) => lan.acceptOver(pipe, origin), hosting.signal);
    }
    again();
    // Invites that are remembered no longer go without a word.
    again = wanted.size === 0 ? () => undefined : clock.after(LOOK_EVERY_MS, look);
  };

  const look = (): void => {
    const wanted = engine.invites.list().length > 0;
    if (wanted && unserve === null) unserve = lan.serve('/leanvibe/invite/1', accept);
    atRelays();
    if (wanted || unserve === null) return;
    unserve();
    unserve = null;
  };

  return {
    look,
    stop() {
      again();
      unserve?.();
      for (const hosting of hosted.values()) hosting.abort();
      hosted.clear();
    },
  };
}
