/** A peer that speaks the session protocol with its own hands: every frame is its choice, and nothing it hears binds it (C25–C29). */
import { spaceTag } from '@leanvibe/core/internal/keys/epoch';
import type { Channel } from '@leanvibe/core/internal/ports/channel';
import type { Lane, Store } from '@leanvibe/core/internal/ports/store';
import { sessionId } from '@leanvibe/core/internal/session/tags';
import { type DeviceId, type EntryId, type Hash, makeId, type SpaceId, type StoreId, toHex } from '@leanvibe/protocol/ids';
import { CREDIT_BYTES, FRAME_ENTRIES_MAX } from '@leanvibe/protocol/limits';
import { isLogFrame, type LogMessage, logMessage, type SessionMessage, sessionMessage } from '@leanvibe/protocol/peer';
import { decode, encode } from '@leanvibe/protocol/shape';
import { WIRE_VERSION, WIRE_VERSION_MIN } from '@leanvibe/protocol/version';
import { crypto, type Member } from './member.js';

type Message = SessionMessage | LogMessage;

/** The log it claims to have; shared by its sessions, so that its cursor at the victim holds. */
export interface ClaimedLog {
  readonly store: StoreId;
  readonly heads: [ClaimedHead, ClaimedHead, ClaimedHead];
}

interface ClaimedHead {
  position: number;
  prefixHash: Hash;
}

export function claimedLog(name: string): ClaimedLog {
  const zero = (): ClaimedHead => ({ position: 0, prefixHash: '0'.repeat(64) as Hash });
  return { store: makeId<StoreId>(crypto.sha256(Uint8Array.from(Buffer.from(name))).slice(0, 16), 16), heads: [zero(), zero(), zero()] };
}

/** The log of a store, so that a session goes on where its honest program stopped. */
export async function logOf(store: Store, space: SpaceId): Promise<ClaimedLog> {
  return {
    store: store.id,
    heads: [{ ...(await store.head(space, 0)) }, { ...(await store.head(space, 1)) }, { ...(await store.head(space, 2)) }],
  };
}

export interface RawPeerOptions {
  readonly log?: ClaimedLog;
  /** Says hello, shows its tags and opens the space by itself; true by default. */
  readonly greets?: boolean;
  /** Shows heads once the space is open; true by default. */
  readonly heads?: boolean;
  /** The epoch whose tag it shows; the newest by default. */
  readonly epoch?: number;
  readonly nonce?: Uint8Array;
}

export interface RawPeer {
  readonly heard: readonly Message[];
  /** Frames as they came. */
  readonly frames: readonly Uint8Array[];
  closed(): string | null;
  /** The victim and this peer share an open space. */
  open(): boolean;
  /** Level the victim granted; null before it opened the space. */
  level(): number | null;
  session(): Uint8Array | null;
  say(message: Message): void;
  frame(bytes: Uint8Array): void;
  /** Sends entries in order within the credit the victim grants, as a well-behaved sender would. */
  push(lane: Lane, items: readonly Uint8Array[]): void;
  /** Everything pushed was acknowledged. */
  idle(): boolean;
  count(type: Message['type']): number;
}

export const SLOT = 7;

export function createRawPeer(member: Member, channel: Channel, self: DeviceId, options: RawPeerOptions = {}): RawPeer {
  const { log = claimedLog('raw'), greets = true, heads = true, nonce = crypto.sha256(Uint8Array.of(1, 2, 3)) } = options;
  const heard: Message[] = [];
  const frames: Uint8Array[] = [];
  const waiting: { readonly lane: Lane; readonly item: Uint8Array }[] = [];
  let session: Uint8Array | null = null;
  let closed: string | null = null;
  let opened = false;
  let granted: number | null = null;
  let used = 0;
  let shown = false;

  const say = (message: Message): void =>
    channel.send('slot' in message && isLog(message) ? encode(logMessage, message) : encode(sessionMessage, message as SessionMessage));
  const secrets = member.epochs[options.epoch ?? 0] as Member['epochs'][number];

  const pump = (): void => {
    while (waiting.length > 0) {
      const lane = waiting[0]?.lane as Lane;
      const items: Uint8Array[] = [];
      let bytes = 0;
      while (items.length < FRAME_ENTRIES_MAX) {
        const next = waiting[0];
        if (
          next === undefined ||
          next.lane !== lane ||
          bytes + next.item.length > 900_000 ||
          used + bytes + next.item.length > CREDIT_BYTES
        )
          break;
        waiting.shift();
        bytes += next.item.length;
        items.push(next.item);
      }
      if (items.length === 0) return;
      used += bytes;
      const head = log.heads[lane];
      head.position += items.length;
      head.prefixHash = makeId<Hash>(crypto.sha256(items[items.length - 1] as Uint8Array));
      say({ type: 'entries', slot: SLOT, lane, through: head.position, prefixHash: head.prefixHash, items });
    }
  };

  const onMessage = (message: Message): void => {
    heard.push(message);
    if (!greets && message.type !== 'hello') return;
    switch (message.type) {
      case 'hello':
        session = sessionId(crypto, { device: self, nonce }, { device: channel.peer, nonce: message.nonce });
        if (greets) say({ type: 'tags', tags: [spaceTag(crypto, secrets, session, member.space, self)] });
        return;
      case 'tags': {
        const theirs = spaceTag(crypto, secrets, session as Uint8Array, member.space, channel.peer);
        if (shown || !message.tags.some((tag) => toHex(tag) === toHex(theirs))) return;
        shown = true;
        return say({
          type: 'open',
          slot: SLOT,
          echo: theirs,
          proof: spaceTag(crypto, secrets, session as Uint8Array, member.space, self),
          level: 1,
        });
      }
      case 'open':
        granted = message.level;
        return;
      case 'heads':
        if (!opened && heads)
          say({ type: 'heads', slot: SLOT, store: log.store, lanes: ([0, 1, 2] as const).map((lane) => ({ lane, ...log.heads[lane] })) });
        opened = true;
        return pump();
      case 'stored':
        used -= message.credit;
        return pump();
      case 'ping':
        return say({ type: 'pong', nonce: message.nonce });
      default:
        return;
    }
  };

  channel.start({
    onFrame(frame) {
      frames.push(frame.slice());
      const message = isLogFrame(frame) ? decode(logMessage, frame) : decode(sessionMessage, frame);
      if (!message.ok) throw new Error(`the victim said something malformed: ${message.error}`);
      onMessage(message.value);
    },
    onDrain: () => undefined,
    onClose: (reason) => {
      closed = reason;
    },
  });
  if (greets) say({ type: 'hello', version: WIRE_VERSION, versionMin: WIRE_VERSION_MIN, nonce });

  return {
    heard,
    frames,
    closed: () => closed,
    open: () => opened,
    level: () => granted,
    session: () => session,
    say,
    frame: (bytes) => channel.send(bytes),
    push(lane, items) {
      for (const item of items) waiting.push({ lane, item });
      if (opened) pump();
    },
    idle: () => waiting.length === 0 && used === 0,
    count: (type) => heard.filter((message) => message.type === type).length,
  };
}

const LOG_TYPES: ReadonlySet<string> = new Set([
  'heads',
  'cursors',
  'entries',
  'offer',
  'want',
  'stored',
  'reconcile',
  'get',
  'loose',
  'ranges',
  'unmatched',
]);

function isLog(message: Message): message is LogMessage {
  return LOG_TYPES.has(message.type);
}

export function entryIdBytes(bytes: Uint8Array): EntryId {
  return makeId<EntryId>(crypto.sha256(bytes));
}
