/** One writer and many subscribers in a process of their own, over each contender's own wire, with as little behind it as each allows. */
import { WebSocket } from 'ws';
import * as Y from 'yjs';
import { newShared, sealedOf, type Shared } from '../help/relay-client.js';
import { type Lean, openLean } from '../help/relay-lean.js';
import { answerCalls } from './kit/child.js';
import { quantile } from './kit/figures.js';

export type Wire = 'relay' | 'raw' | 'y' | 'hocuspocus';

export interface CrowdOptions {
  readonly wire: Wire;
  readonly origin: string;
  readonly subscribers: number;
  /** For the relay only: a token for each writer, and those the subscribers share. */
  readonly shared: Shared | null;
  readonly readers: readonly string[];
}

export interface Load {
  /** Null: as fast as the window lets. */
  readonly perSecond: number | null;
  readonly messages: number;
  /** Messages under way until the last subscriber has them. */
  readonly window: number;
  readonly token: string;
}

export interface Visit {
  readonly origin: string;
  readonly tokens: readonly string[];
  readonly mailboxes: number;
}

export interface Delivered {
  readonly ms: number;
  readonly deliveries: number;
  readonly p50: number;
  readonly p99: number;
}

const PAYLOAD_BYTES = 512;
const ROOM = 'room';

/** How a message of a wire begins, and whether one that came is an update. */
interface Speech {
  readonly hello: readonly Uint8Array[];
  path: string;
  say(update: Uint8Array): Uint8Array;
  isUpdate(frame: Uint8Array): boolean;
}

function varUint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    bytes.push(left < 128 ? left : (left % 128) | 128);
    if (left < 128) return Uint8Array.from(bytes);
  }
}

function join(...parts: readonly (Uint8Array | number)[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts.map((part) => (typeof part === 'number' ? varUint(part) : part))));
}

const text = (words: string): Uint8Array => join(words.length, Buffer.from(words));
const NAME = text(ROOM);

/** y-protocols: sync (0), update (2); Hocuspocus puts the document's name before it and wants to be asked for leave (2, 0, token) first. */
const SPEECH: Readonly<Record<Exclude<Wire, 'relay'>, Speech>> = {
  raw: { hello: [], path: '', say: (update) => update, isUpdate: () => true },
  y: {
    hello: [],
    path: `/${ROOM}`,
    say: (update) => join(0, 2, update.length, update),
    isUpdate: (frame) => frame[0] === 0 && frame[1] === 2,
  },
  hocuspocus: {
    hello: [join(NAME, 2, 0, text('any'))],
    path: '',
    say: (update) => join(NAME, 0, 2, update.length, update),
    isUpdate: (frame) => frame[NAME.length] === 0 && frame[NAME.length + 1] === 2,
  },
};

interface Crowd {
  /** Answers how to write one message, and how to leave. */
  writer(token: string): Promise<{ write(at: number): void; leave(): void }>;
  leave(): void;
}

/** Called with which subscriber got one more message. */
let got: (subscriber: number) => void = () => undefined;
let crowd: Crowd | null = null;

async function dial(url: string, heard: (frame: Uint8Array) => void): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  socket.on('message', (data: Buffer) => heard(data));
  await new Promise<void>((open, failed) => {
    socket.once('open', open);
    socket.once('error', failed);
  });
  return socket;
}

async function openPlain({ origin, subscribers, wire }: CrowdOptions): Promise<Crowd> {
  const speech = SPEECH[wire as Exclude<Wire, 'relay'>];
  const url = `${origin.replace('http', 'ws')}${speech.path}`;
  const sockets: WebSocket[] = [];
  for (let at = 0; at < subscribers; at++) {
    const socket = await dial(url, (frame) => speech.isUpdate(frame) && got(at));
    for (const hello of speech.hello) socket.send(hello);
    sockets.push(socket);
  }
  const doc = new Y.Doc();
  const updates: Uint8Array[] = [];
  doc.on('update', (update: Uint8Array) => void updates.push(update));
  return {
    async writer() {
      const socket = await dial(url, () => undefined);
      for (const hello of speech.hello) socket.send(hello);
      return {
        write(_at) {
          const note = doc.getText('note');
          note.insert(note.length, Buffer.from(crypto.getRandomValues(new Uint8Array(PAYLOAD_BYTES / 2))).toString('hex'));
          socket.send(speech.say(updates.pop() ?? new Uint8Array()));
        },
        leave: () => socket.terminate(),
      };
    },
    leave: () => void sockets.map((socket) => socket.terminate()),
  };
}

async function openRelay({ origin, readers, shared, subscribers }: CrowdOptions): Promise<Crowd> {
  if (shared === null) throw new Error('a relay is asked for a mailbox');
  const members: Lean[] = [];
  for (let at = 0; at < subscribers; at++) {
    const token = readers[at % readers.length] ?? '';
    members.push(await openLean({ origin, token, shared, address: `10.5.${at >> 8}.${at & 255}`, got: () => got(at) }));
  }
  return {
    async writer(token) {
      const one = await openLean({ origin, token, shared, address: '10.6.0.1', got: () => undefined });
      return { write: () => void one.append(sealedOf(shared, PAYLOAD_BYTES)), leave: () => one.raw.socket.terminate() };
    },
    leave: () => void members.map((member) => member.raw.socket.terminate()),
  };
}

async function load({ messages, perSecond, token, window }: Load, subscribers: number): Promise<Delivered> {
  const writer = await (crowd as Crowd).writer(token);
  await new Promise((go) => setTimeout(go, 200));
  const sentMs: number[] = [];
  const took: number[] = [];
  const counts = new Uint32Array(subscribers);
  /** How many subscribers have each message. */
  const having = new Uint32Array(messages);
  let whole = 0;
  let wake: () => void = () => undefined;
  got = (subscriber) => {
    const at = counts[subscriber] ?? 0;
    counts[subscriber] = at + 1;
    if (at >= messages) return;
    took.push(performance.now() - (sentMs[at] ?? 0));
    having[at] = (having[at] ?? 0) + 1;
    if (having[at] !== subscribers) return;
    whole += 1;
    wake();
  };
  const from = performance.now();
  for (let at = 0; at < messages; at++) {
    const aheadMs = perSecond === null ? 0 : from + (at * 1_000) / perSecond - performance.now();
    if (aheadMs > 0) await new Promise((go) => setTimeout(go, aheadMs));
    while (at - whole >= window) await new Promise<void>((go) => (wake = go));
    sentMs.push(performance.now());
    writer.write(at);
  }
  while (whole < messages) await new Promise<void>((go) => (wake = go));
  const ms = performance.now() - from;
  got = () => undefined;
  writer.leave();
  return { ms, deliveries: took.length, p50: quantile(took, 0.5), p99: quantile(took, 0.99) };
}

let size = 0;
const calls = {
  async open(options: CrowdOptions): Promise<void> {
    size = options.subscribers;
    crowd = await (options.wire === 'relay' ? openRelay(options) : openPlain(options));
  },
  load: (one: Load): Promise<Delivered> => load(one, size),
  leave: (): void => crowd?.leave(),
  /** Makes so many mailboxes, appends once to each and leaves it. */
  async visit({ mailboxes, origin, tokens }: Visit): Promise<void> {
    for (let at = 0; at < mailboxes; at++) {
      const [shared, token] = [newShared(), tokens[at % tokens.length] ?? ''];
      const one = await openLean({ origin, token, shared, got: () => undefined });
      await one.append(sealedOf(shared, PAYLOAD_BYTES));
      one.close();
      await one.raw.ended;
    }
  },
};
export type CrowdCalls = typeof calls;
answerCalls<CrowdCalls>(calls);
