/** "Relay holds N of N" (C33): what it acknowledged, and entries read back at random and found to be the very ones. */
import type { EntryId, MailboxId } from '@leanvibe/protocol/ids';
import { createQueue } from '../base/queue.js';
import type { Report } from '../log/effect.js';
import type { Clock } from '../ports/clock.js';
import type { Random } from '../ports/random.js';
import { type Lane, LANES, type Store } from '../ports/store.js';
import type { RelaySession } from '../session/relay.js';
import type { Room } from '../session/relay-room-api.js';
import type { MailboxProof } from './relay-api.js';
import { heldOf } from './relay-view.js';

export interface RelayProofDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: Store;
  readonly sessions: ReadonlyMap<string, RelaySession>;
}

export interface RelayProof {
  /** Of one relay, or of all. */
  prove(count: number, origin: string | null): Promise<readonly MailboxProof[]>;
  sampled(origin: string, mailbox: MailboxId, report: Extract<Report, { type: 'sampled' }>): void;
}

const ANSWER_MS = 10_000;

interface Waiting {
  left: number;
  right: number;
  done(): void;
}

export function createRelayProof({ clock, random, store, sessions }: RelayProofDeps): RelayProof {
  const waiting = new Map<string, Waiting>();
  /** Answers do not say whose question they are for. */
  const asking = createQueue();

  const below = (limit: number): number => {
    const bytes = random.bytes(6);
    return bytes.reduce((sum, byte) => (sum * 256 + byte) % Number.MAX_SAFE_INTEGER, 0) % limit;
  };
  /** Random rows whose bytes are here and which the relay says it has. */
  const choose = async (room: Room, count: number): Promise<ReadonlyMap<Lane, readonly EntryId[]>> => {
    const holds = room.sync()?.status().peerHolds ?? [0, 0, 0];
    const total = LANES.reduce<number>((sum, lane) => sum + holds[lane], 0);
    const chosen = new Map<Lane, EntryId[]>();
    for (let at = 0; at < count && total > 0; at++) {
      let place = below(total);
      const lane = LANES.find((one) => (place < holds[one] ? true : ((place -= holds[one]), false)));
      if (lane === undefined) continue;
      const [row] = await store.rows(room.space, lane, place, { rows: 1, bytes: 1 });
      if (row === undefined || row.sealed === null) continue;
      const ids = chosen.get(lane) ?? [];
      if (!ids.includes(row.entryId)) chosen.set(lane, [...ids, row.entryId]);
    }
    return chosen;
  };
  const proveRoom = async (origin: string, room: Room, count: number): Promise<MailboxProof> => {
    const chosen = await choose(room, count);
    const sampled = [...chosen.values()].reduce((sum, ids) => sum + ids.length, 0);
    const key = `${origin}/${room.mailbox}`;
    const right = await new Promise<number | null>((resolve) => {
      const sync = room.sync();
      if (sampled === 0 || sync === null) return resolve(sampled === 0 ? 0 : null);
      const cancel = clock.after(ANSWER_MS, () => {
        waiting.delete(key);
        resolve(null);
      });
      const one: Waiting = {
        left: sampled,
        right: 0,
        done() {
          cancel();
          waiting.delete(key);
          resolve(one.right);
        },
      };
      waiting.set(key, one);
      for (const [lane, ids] of chosen) sync.sample(lane, ids);
    });
    return { origin, space: room.space, mailbox: room.mailbox, ...heldOf(room), sampled, right };
  };

  return {
    async prove(count, only) {
      const asked = [...sessions].filter(([origin]) => only === null || origin === only);
      const rooms = asked.flatMap(([origin, session]) =>
        session.rooms().flatMap((room) => (room.state().at === 'open' ? [{ origin, room }] : [])),
      );
      return await asking.run(() => Promise.all(rooms.map(({ origin, room }) => proveRoom(origin, room, count))));
    },
    sampled(origin, mailbox, { right, missing }) {
      const one = waiting.get(`${origin}/${mailbox}`);
      if (one === undefined) return;
      one.right += right;
      one.left -= right + missing.length;
      if (one.left <= 0) one.done();
    },
  };
}
