/** Honest people of a relay, whose waiting is measured: they append and read over `/sync` and ask the HTTP API, at a steady pace, whatever happens beside them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Lean, openLean } from './relay-lean.js';
import { newShared, sealedOf, type Shared } from './relay-client.js';
import { newDevices } from './relay-signup.js';
import { entryIdOf } from './store-things.js';

export type Kind = 'stored' | 'delivered' | 'asked';

export interface Honest {
  /** Milliseconds each honest thing took that began within the next `ms`. */
  during(ms: number): Promise<Readonly<Record<Kind, readonly number[]>>>;
  /** Appended, and read by the other device. */
  counts(): { readonly appended: number; readonly delivered: number; readonly failed: number };
  /** Lets what is under way come to its end. */
  stop(): Promise<void>;
}

const ROOMS = 10;
const APPENDS_PER_SECOND = 80;
const ASKS_PER_SECOND = 40;

/** Each account may append ten times a second; each client has an address of its own. */
export async function startHonest(origin: string): Promise<Honest> {
  let window: Record<Kind, number[]> | null = null;
  let [appended, delivered, failed] = [0, 0, 0];
  const sentMs = new Map<string, number>();
  const rooms: { readonly shared: Shared; readonly writer: Lean; readonly reader: Lean; readonly token: string }[] = [];
  for (let room = 0; room < ROOMS; room++) {
    const [one = '', other = ''] = await newDevices(origin, 2);
    const shared = newShared();
    const heard = (id: string): void => {
      delivered += 1;
      const began = sentMs.get(id);
      if (began !== undefined) window?.delivered.push(performance.now() - began);
    };
    const writer = await openLean({ origin, token: one, shared, got: () => undefined, address: `10.3.1.${room}` });
    const reader = await openLean({ origin, token: other, shared, got: heard, address: `10.3.2.${room}` });
    rooms.push({ shared, writer, reader, token: one });
  }
  let over = false;
  const under = new Set<Promise<void>>();
  const follow = (work: Promise<void>): void => {
    const done = work.catch(() => void (failed += 1)).finally(() => under.delete(done));
    under.add(done);
  };
  const append = async ({ shared, writer }: (typeof rooms)[number]): Promise<void> => {
    const mine = window;
    const sealed = sealedOf(shared);
    const began = performance.now();
    if (mine !== null) sentMs.set(entryIdOf(sealed), began);
    await writer.append(sealed);
    appended += 1;
    mine?.stored.push(performance.now() - began);
  };
  const ask = async (at: number): Promise<void> => {
    const mine = window;
    const began = performance.now();
    const path = ['/health/live', '/api/v1/plans', '/api/v1/projects'][at % 3] ?? '';
    const token = rooms[at % ROOMS]?.token ?? '';
    const headers = { 'x-forwarded-for': `10.4.${(at >> 6) & 255}.${at & 63}`, authorization: `Bearer ${token}` };
    const response = await fetch(`${origin}${path}`, { headers });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    mine?.asked.push(performance.now() - began);
  };
  const steadily = async (perSecond: number, work: (at: number) => Promise<void>): Promise<void> => {
    const began = performance.now();
    for (let at = 0; !over; at++) {
      follow(work(at));
      const aheadMs = began + ((at + 1) * 1_000) / perSecond - performance.now();
      if (aheadMs > 0) await sleep(aheadMs);
    }
  };
  const running = [
    steadily(APPENDS_PER_SECOND, (at) => append(rooms[at % ROOMS] as (typeof rooms)[number])),
    steadily(ASKS_PER_SECOND, ask),
  ];
  return {
    async during(ms) {
      const mine = { stored: [], delivered: [], asked: [] };
      window = mine;
      await sleep(ms);
      window = null;
      return mine;
    },
    counts: () => ({ appended, delivered, failed }),
    async stop() {
      over = true;
      await Promise.all([...running, ...under]);
      for (let waits = 0; delivered < appended && waits < 100; waits++) await sleep(100);
      for (const { reader, writer } of rooms) for (const one of [reader, writer]) one.raw.socket.terminate();
    },
  };
}
