/** One channel's session (C25): hello, matching spaces, then one log conversation per matched space. */
import type { RefusalReason } from '@leanvibe/protocol/errors';
import { type DeviceId, type EpochId, type SpaceId, toHex } from '@leanvibe/protocol/ids';
import { FRAME_BYTES_MAX } from '@leanvibe/protocol/limits';
import {
  BYE_CODES,
  isLogFrame,
  type LogMessage,
  logMessage,
  type SessionMessage,
  sessionMessage,
  type ShownMailbox,
} from '@leanvibe/protocol/peer';
import { decode, encode } from '@leanvibe/protocol/shape';
import { WIRE_VERSION, WIRE_VERSION_MIN } from '@leanvibe/protocol/version';
import { spaceTag } from '../keys/epoch.js';
import type { Channel } from '../ports/channel.js';
import type { Cancel, ClockDep } from '../ports/clock.js';
import type { CryptoDep } from '../ports/crypto.js';
import type { RandomDep } from '../ports/random.js';
import type { Lane } from '../ports/store.js';
import { createAnswerWatch } from './answers.js';
import type { SpaceSync } from '../log/sync.js';
import { type Conversations, createConversations, type Proven } from './conversations.js';
import type { Level } from '../log/state.js';
import { matchTags, offerTags, sessionId, type TaggedSpace } from './tags.js';

/** What a session needs to know of this device's spaces. */
export interface SessionSpaces {
  readonly self: DeviceId;
  tagged(peer: DeviceId): readonly TaggedSpace[];
  /** May this peer have everything, judged by the newest epoch it proved and what is known of it? */
  level(space: SpaceId, peer: DeviceId, provenEpoch: EpochId): Level;
  /** False for a removed device: nothing it says is taken. */
  listens(space: SpaceId, peer: DeviceId): boolean;
  /** True when some space lists this device as live: it may see our tags before it has shown its own. */
  knows(peer: DeviceId): boolean;
  /** Begins a log conversation once an earlier one with the same peer has let go of the store. */
  converse(
    space: SpaceId,
    peer: DeviceId,
    slot: number,
    level: Level,
    send: (message: LogMessage) => void,
    canSend: () => boolean,
  ): Promise<SpaceSync>;
  /** What relays showed the peer of a space (P7). */
  shown(space: SpaceId, peer: DeviceId, mailboxes: readonly ShownMailbox[]): void;
  refused(peer: DeviceId, reason: RefusalReason, detail: string): void;
  /** The peer stopped answering, or answers again. */
  silent(peer: DeviceId, silent: boolean): void;
}

export interface SessionDeps extends ClockDep, CryptoDep, RandomDep {
  readonly spaces: SessionSpaces;
}

export interface Session {
  readonly peer: DeviceId;
  readonly channel: Channel;
  /** The spaces both sides opened, and at which level. */
  open(): ReadonlyMap<SpaceId, Level>;
  conversation(space: SpaceId): SpaceSync | null;
  /** A space's own log grew. */
  appended(space: SpaceId, lanes: readonly Lane[]): void;
  /** Keys or membership changed: show tags again and judge levels anew. */
  refresh(): void;
  /** Says what relays showed this device of a space, where both sides opened it at level 1. */
  tell(space: SpaceId, mailboxes: readonly ShownMailbox[]): void;
  close(code: (typeof BYE_CODES)[number], detail: string): void;
}

const HEARTBEAT_MS = 15_000;
const SILENCE_MS = 45_000;
const QUEUE_HIGH_BYTES = 4 * 1024 * 1024;
const MISTAKES_MAX = 16;

export function openSession(deps: SessionDeps, channel: Channel, onClose: (reason: string) => void): Session {
  const { clock, crypto, random, spaces } = deps;
  const { peer } = channel;
  const nonce = random.bytes(32);
  let session: Uint8Array | null = null;
  let theirTags: readonly Uint8Array[] = [];
  let ourTags = new Map<string, Proven>();
  let shownTags = false;
  let lastHeardMs = clock.nowMs();
  let mistakes = 0;
  let closed = false;
  let cancelHeartbeat: Cancel = () => undefined;

  const answers = createAnswerWatch(clock, {
    ping: () => send({ type: 'ping', nonce: 0 }),
    silent: (silent) => spaces.silent(peer, silent),
  });
  const send = (message: SessionMessage): void => {
    channel.send(encode(sessionMessage, message));
    if (message.type === 'ping') answers.sent();
  };
  const sendLog = (message: LogMessage): void => {
    channel.send(encode(logMessage, message));
    if (message.type !== 'stored') answers.sent();
  };

  const close = (code: (typeof BYE_CODES)[number], detail: string): void => {
    if (closed) return;
    send({ type: 'bye', code: BYE_CODES.indexOf(code), detail });
    channel.close(detail);
  };
  const mistake = (reason: RefusalReason, detail: string): void => {
    spaces.refused(peer, reason, detail);
    if (++mistakes >= MISTAKES_MAX) close('protocol-error', 'too many mistakes');
  };

  const showTags = (): void => {
    if (session === null) return;
    const tagged = spaces.tagged(peer);
    ourTags = new Map();
    for (const { space, epochs } of tagged)
      for (const secrets of epochs) ourTags.set(toHex(spaceTag(crypto, secrets, session, space, spaces.self)), { space, secrets });
    shownTags = true;
    send({ type: 'tags', tags: offerTags(crypto, random, session, spaces.self, tagged) });
  };

  const rooms: Conversations = createConversations({
    converse: (space, slot, level) => spaces.converse(space, peer, slot, level, sendLog, () => channel.queuedBytes() < QUEUE_HIGH_BYTES),
    announce: ({ space, secrets }, echo, slot, level) => {
      if (session === null) return;
      send({ type: 'open', slot, echo, proof: spaceTag(crypto, secrets, session, space, spaces.self), level });
    },
  });

  const match = (): void => {
    if (session === null) return;
    const tagged = spaces.tagged(peer);
    const matches = matchTags(crypto, session, peer, tagged, theirTags);
    if (matches.length > 0 && !shownTags) showTags();
    for (const { space, secrets, tag } of matches) rooms.matched({ space, secrets }, tag, spaces.level(space, peer, secrets.epoch));
    if (rooms.empty() && theirTags.length > 0 && !spaces.knows(peer)) close('refused', 'no space in common');
  };

  const onOpen = (message: SessionMessage & { readonly type: 'open' }): void => {
    const ours = ourTags.get(toHex(message.echo));
    if (session === null || ours === undefined) return mistake('not-matched', 'an echo of no tag');
    const tag = spaceTag(crypto, ours.secrets, session, ours.space, peer);
    if (!crypto.equal(tag, message.proof)) return mistake('not-matched', 'a proof that does not hold');
    rooms.opened(ours, tag, message.slot, message.level === 1 ? 1 : 0, spaces.level(ours.space, peer, ours.secrets.epoch));
  };

  const onSession = (message: SessionMessage): void => {
    switch (message.type) {
      case 'hello': {
        if (session !== null) return mistake('malformed', 'a second hello');
        if (message.version < WIRE_VERSION_MIN || message.versionMin > WIRE_VERSION) {
          spaces.refused(peer, 'version', `speaks ${message.versionMin} to ${message.version}`);
          return close('version', message.version < WIRE_VERSION_MIN ? 'your side needs an update' : 'this side needs an update');
        }
        session = sessionId(crypto, { device: spaces.self, nonce }, { device: peer, nonce: message.nonce });
        if (channel.outbound || spaces.knows(peer)) showTags();
        return;
      }
      case 'tags':
        if (session === null) return mistake('malformed', 'tags before hello');
        theirTags = message.tags;
        return match();
      case 'open':
        return onOpen(message);
      case 'shown': {
        const space = rooms.spaceAt(message.slot);
        if (space === undefined) return mistake('not-matched', 'shown');
        if (space !== null) spaces.shown(space, peer, message.mailboxes);
        return;
      }
      case 'ping':
        return send({ type: 'pong', nonce: message.nonce });
      case 'pong':
      case 'presence':
        return;
      case 'bye':
        return channel.close(`the peer said: ${BYE_CODES[message.code]}${message.detail === '' ? '' : `, ${message.detail}`}`);
    }
  };

  const onFrame = (frame: Uint8Array): void => {
    lastHeardMs = clock.nowMs();
    answers.heard();
    if (frame.length > FRAME_BYTES_MAX) return mistake('frame-size', `${frame.length} bytes`);
    if (isLogFrame(frame)) {
      const log = decode(logMessage, frame);
      if (!log.ok) return mistake('malformed', log.error);
      if (!rooms.deliver(log.value)) mistake('not-matched', log.value.type);
      return;
    }
    const message = decode(sessionMessage, frame);
    if (!message.ok) return mistake('malformed', message.error);
    onSession(message.value);
  };

  const beat = (): void => {
    cancelHeartbeat = clock.after(HEARTBEAT_MS, () => {
      if (clock.nowMs() - lastHeardMs > SILENCE_MS) return channel.close('silent for too long');
      send({ type: 'ping', nonce: 0 });
      beat();
    });
  };

  channel.start({
    onFrame,
    onDrain: () => {
      for (const conversation of rooms.all()) conversation.drained();
    },
    onClose(reason) {
      closed = true;
      cancelHeartbeat();
      answers.stop();
      rooms.close();
      onClose(reason);
    },
  });
  send({ type: 'hello', version: WIRE_VERSION, versionMin: WIRE_VERSION_MIN, nonce });
  beat();

  return {
    peer,
    channel,
    open: () => rooms.levels(),
    conversation: (space) => rooms.get(space),
    appended(space, lanes) {
      for (const lane of lanes) rooms.get(space)?.appended(lane);
    },
    refresh() {
      if (closed || session === null) return;
      showTags();
      match();
    },
    tell(space, mailboxes) {
      const slot = rooms.slotOf(space);
      if (!closed && slot !== null) send({ type: 'shown', slot, mailboxes });
    },
    close,
  };
}
