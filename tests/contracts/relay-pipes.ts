/** The contract of rendezvous pipes between copies: the same over every bus, which may lose what it carries. */
import type { Bus, Hint, PipeEnded } from '@leanvibe/relay/internal/ports/bus';
import { createPipeRoom, type Joined, type PipeEnd, type PipeRoom } from '@leanvibe/relay/internal/session/pipes';
import { afterEach, describe, expect, it } from 'vitest';
import { createVirtualClock, type VirtualClock } from '../help/clock.js';
import { bytesOf, chance } from '../help/store-things.js';
import { until } from '../help/wait.js';
import type { BusMaker } from './bus.js';

const KIB = 1_024;
const MIB = 1_024 * KIB;
const PIECE = 60 * KIB;

interface Seat {
  readonly joined: Joined;
  readonly got: Uint8Array[];
  readonly said: string[];
  /** Bytes its network has not taken. */
  unread: number;
}

interface Copy {
  readonly room: PipeRoom;
  /** Hints this copy told; those `drop` names are lost on their way. */
  readonly told: Hint[];
  drop: (hint: Hint) => boolean;
  sit(end: 'host' | 'guest', name?: string): Seat;
}

export function pipesContract(maker: BusMaker): void {
  const buses: Bus[] = [];
  const rooms: PipeRoom[] = [];
  let clock: VirtualClock;

  const copyOf = (bus: Bus): Copy => {
    const told: Hint[] = [];
    const copy: Copy = {
      told,
      drop: () => false,
      room: createPipeRoom({
        clock,
        random: chance,
        bus: {
          ...bus,
          tell(hint) {
            told.push(hint);
            if (!copy.drop(hint)) bus.tell(hint);
          },
        },
      }),
      sit(end, name = 'a name') {
        const said: string[] = [];
        const got: Uint8Array[] = [];
        const given: PipeEnd = {
          met: () => void said.push('met'),
          data: (bytes) => void got.push(bytes),
          ended: (why: PipeEnded) => void said.push(why),
          nobody: () => void said.push('nobody'),
          queuedBytes: () => seat.unread,
        };
        const seat: Seat = { joined: { send: () => undefined, leave: () => undefined, queuedBytes: () => 0 }, got, said, unread: 0 };
        const joined = copy.room[end](name, given);
        if (joined === 'many') throw new Error('too many wait');
        return Object.assign(seat, { joined });
      },
    };
    rooms.push(copy.room);
    return copy;
  };
  const copies = async (count: number): Promise<readonly Copy[]> => {
    clock = createVirtualClock();
    const made = await maker.make(count);
    buses.push(...made);
    return made.map(copyOf);
  };
  /** Time goes on until it is so; a bus between processes needs some of the wall's besides. */
  const soon = async (what: string, isSo: () => boolean): Promise<void> =>
    void (await until(
      what,
      async () => {
        await clock.advance(10);
        return isSo();
      },
      20_000,
      2,
    ));
  const two = async (): Promise<readonly [Copy, Copy]> => {
    const [a, b] = await copies(2);
    if (a === undefined || b === undefined) throw new Error('no copies');
    return [a, b];
  };
  const meet = async (a: Copy, b: Copy): Promise<readonly [Seat, Seat]> => {
    const host = a.sit('host');
    const guest = b.sit('guest');
    await soon('both met', () => host.said[0] === 'met' && guest.said[0] === 'met');
    return [host, guest];
  };
  const sum = (pieces: readonly Uint8Array[]): number => pieces.reduce((all, one) => all + one.length, 0);
  afterEach(async () => {
    for (const room of rooms.splice(0)) room.stop();
    for (const bus of buses.splice(0)) await bus.close();
  });

  describe(`pipes between copies: ${maker.name}`, () => {
    it('C41 host and guest of two copies meet, and bytes go both ways whole and in order, those said before leaving too', async () => {
      const [a, b] = await two();
      const [host, guest] = await meet(a, b);
      const pieces = Array.from({ length: 40 }, (_, at) => bytesOf(at, 1 + at * 1_500));
      for (const piece of pieces) {
        host.joined.send(piece);
        guest.joined.send(piece);
      }
      host.joined.leave();
      await soon('the guest heard that the host left', () => guest.said.length > 1);
      expect(guest.said).toEqual(['met', 'left']);
      expect(Buffer.concat(guest.got)).toEqual(Buffer.concat(pieces));
      await soon('nothing is kept of it', () => [a, b].every(({ room }) => room.count().far === 0 && room.count().joined === 0));
    });

    it('C41 a host that comes after the guest is found, a host of the same copy first of all, and nobody is said after five seconds', async () => {
      const [a, b] = await two();
      const guest = b.sit('guest');
      await clock.advance(1_500);
      const host = a.sit('host');
      await soon('both met', () => host.said[0] === 'met' && guest.said[0] === 'met');
      a.sit('host', 'near');
      const near = [b.sit('host', 'near'), b.sit('guest', 'near')];
      expect(near.map((seat) => seat.said)).toEqual([['met'], ['met']]);
      const alone = b.sit('guest', 'nowhere');
      await clock.advance(5_000);
      expect(alone.said).toEqual(['nobody']);
      expect(b.told.filter((hint) => hint.type === 'pipe' && hint.said.say === 'seek' && hint.said.name === 'nowhere')).toHaveLength(5);
    });

    it('C41 of hosts on several copies one guest meets one; the others wait on and are met by the next', async () => {
      const [a, b, c] = await copies(3);
      if (a === undefined || b === undefined || c === undefined) throw new Error('no copies');
      const hosts = [a.sit('host'), b.sit('host')];
      const met = (): number => hosts.filter((host) => host.said.includes('met')).length;
      const first = c.sit('guest');
      await soon('one met', () => first.said[0] === 'met' && met() === 1);
      // Longer than a host is kept for a guest of another copy, and not so long that words still on their way over the bus count as lost.
      await clock.advance(2_500);
      expect(met()).toBe(1);
      const second = c.sit('guest');
      await soon('the other met', () => second.said[0] === 'met' && met() === 2);
      expect(hosts.map((host) => host.said)).toEqual([['met'], ['met']]);
    });

    it('C41 whoever does not read holds back the sender, takes bounded memory, and gets everything once it reads', async () => {
      const [a, b] = await two();
      const [host, guest] = await meet(a, b);
      guest.unread = MIB;
      for (let at = 0; at < 3 * MIB; at += PIECE) host.joined.send(bytesOf(at, PIECE));
      await soon('a window went over', () => sum(guest.got) > 128 * KIB);
      for (let at = 0; at < 50; at++) await soon('time goes on', () => true);
      expect(sum(guest.got)).toBeLessThanOrEqual(256 * KIB + PIECE);
      expect(host.joined.queuedBytes()).toBeGreaterThan(2 * MIB);
      guest.unread = 0;
      const all = Math.ceil((3 * MIB) / PIECE) * PIECE;
      await soon('all of it came', () => sum(guest.got) === all);
      await soon('nothing waits', () => host.joined.queuedBytes() < PIECE * 2);
      expect([host.said, guest.said]).toEqual([['met'], ['met']]);
    });

    it('C41 a sender that goes on against a full pipe ends it, said by name on both sides', async () => {
      const [a, b] = await two();
      const [host, guest] = await meet(a, b);
      guest.unread = MIB;
      for (let at = 0; at < 6 * MIB; at += PIECE) host.joined.send(bytesOf(at, PIECE));
      await soon('both heard', () => host.said.length > 1 && guest.said.length > 1);
      expect([host.said, guest.said]).toEqual([
        ['met', 'slow'],
        ['met', 'slow'],
      ]);
    });

    it('C41 a pipe that lost a piece ends by name on both sides, and nothing after the gap is handed on', async () => {
      const [a, b] = await two();
      const [host, guest] = await meet(a, b);
      let pieces = 0;
      a.drop = (hint) => hint.type === 'pipe' && hint.said.say === 'data' && pieces++ === 2;
      for (let at = 0; at < 6; at++) host.joined.send(bytesOf(at, 100));
      await soon('both heard', () => host.said.length > 1 && guest.said.length > 1);
      expect([host.said, guest.said]).toEqual([
        ['met', 'lost'],
        ['met', 'lost'],
      ]);
      expect(guest.got).toEqual([bytesOf(0, 100), bytesOf(1, 100)]);
    });

    it('C41 a last piece that is lost is missed at the next beat, and a copy that is gone within seconds', async () => {
      const [a, b] = await two();
      const [host, guest] = await meet(a, b);
      a.drop = (hint) => hint.type === 'pipe' && hint.said.say === 'data';
      host.joined.send(bytesOf(1, 100));
      await soon('the guest heard', () => guest.said.length > 1);
      expect([guest.said, guest.got]).toEqual([['met', 'lost'], []]);
      a.drop = () => false;
      const [left, stays] = await meet(a, b);
      a.drop = () => true;
      const began = clock.nowMs();
      await soon('the guest heard', () => stays.said.length > 1);
      expect([stays.said, clock.nowMs() - began < 30_000]).toEqual([['met', 'lost'], true]);
      expect(left.said[0]).toBe('met');
    });

    it('C41 a take that is lost gives the host back to the next guest, and the guest hears it', async () => {
      const [a, b] = await two();
      b.drop = (hint) => hint.type === 'pipe' && hint.said.say === 'take';
      const host = a.sit('host');
      const guest = b.sit('guest');
      await soon('the guest heard', () => guest.said.includes('lost'));
      expect(host.said).toEqual([]);
      b.drop = () => false;
      await clock.advance(2_500);
      const next = b.sit('guest');
      await soon('both met', () => host.said[0] === 'met' && next.said[0] === 'met');
    });

    it('C41 strangers that seek without end are not told to other copies without end', async () => {
      const [a, b] = await two();
      for (let at = 0; at < 5_000; at++) b.sit('guest', `name ${at}`);
      expect(b.told.length).toBe(2_000);
      const before = b.told.length;
      await clock.advance(1_000);
      expect(b.told.length - before).toBeLessThanOrEqual(2_000);
      const [host, guest] = await meet(a, b);
      expect([host.said, guest.said]).toEqual([['met'], ['met']]);
    });
  });
}
