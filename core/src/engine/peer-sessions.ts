/** All sessions of this device: one per peer, each with a log conversation for every space both sides opened. */
import type { RefusalReason } from '@leanvibe/protocol/errors';
import type { DeviceId, EntryId, SpaceId } from '@leanvibe/protocol/ids';
import type { ShownMailbox } from '@leanvibe/protocol/peer';
import type { Report } from '../log/effect.js';
import type { Channel } from '../ports/channel.js';
import type { Clock } from '../ports/clock.js';
import type { Crypto } from '../ports/crypto.js';
import type { Logger } from '../ports/logger.js';
import type { Random } from '../ports/random.js';
import { type Lane, LANES } from '../ports/store.js';
import { openSession, type Session, type SessionSpaces } from '../session/session.js';
import type { EngineEvent, PeerView } from './api.js';
import type { Conversing } from './conversing.js';
import type { Identity } from './identity.js';
import { createPartings } from './parting.js';
import { shownTo } from './shown-epochs.js';
import type { SpaceRuntime } from './space.js';
import { createTelling } from './telling.js';

export interface PeerSessionsDeps {
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly random: Random;
  readonly logger: Logger;
  readonly identity: Identity;
  readonly spaces: ReadonlyMap<SpaceId, SpaceRuntime>;
  readonly refuse: (reason: RefusalReason, from: DeviceId | null, count?: number) => void;
  readonly emit: (event: EngineEvent) => void;
  readonly conversing: Conversing;
  readonly trouble: (error: unknown) => void;
  /** What relays showed this device of a space, and what they showed others. */
  shown(space: SpaceId): Promise<readonly ShownMailbox[]>;
  heard(device: DeviceId, space: SpaceId, mailboxes: readonly ShownMailbox[]): void;
}

export interface PeerSessions {
  connect(channel: Channel): void;
  appended(space: SpaceId, lanes: readonly Lane[]): void;
  refresh(): void;
  /** True when some peer takes changes of this space; whether it was caught up with is another question. */
  listens(space: SpaceId): boolean;
  refetch(space: SpaceId, entries: readonly EntryId[]): void;
  views(): readonly PeerView[];
  inStep(): boolean;
  stop(): void;
}

interface Held {
  readonly session: Session;
  readonly openedMs: number;
  /** It no longer answers. */
  silent: boolean;
}

/** Two devices that dial each other at once must agree which channel stays. */
const SIMULTANEOUS_MS = 5_000;

export function createPeerSessions(deps: PeerSessionsDeps): PeerSessions {
  const { clock, conversing, crypto, identity, logger, random, spaces } = deps;
  const byPeer = new Map<DeviceId, Held>();

  const partings = createPartings(clock);
  const telling = createTelling({ clock, shown: deps.shown, trouble: deps.trouble });
  const onReport = (space: SpaceId, peer: DeviceId, report: Report): void => {
    switch (report.type) {
      case 'refused':
        return deps.refuse(report.reason, peer, report.count);
      case 'rolled-back':
        deps.refuse('rolled-back', peer);
        return deps.emit({ type: 'alarm', alarm: 'rolled-back', space, device: peer });
      case 'store-full':
        return deps.emit({ type: 'alarm', alarm: 'store-full', space, device: null });
      case 'closed':
        return byPeer.get(peer)?.session.close(report.reason === 'too-slow' ? 'too-slow' : 'protocol-error', report.reason);
      case 'restored':
      case 'hole':
      case 'missing':
      case 'sampled':
      case 'store-recovered':
      case 'withheld':
      case 'untraced':
      case 'contradicted':
      case 'compared':
        return logger.log('info', `sync.${report.type}`, { peer: peer.slice(0, 8) });
    }
  };

  /** Removed, and nothing more is to come from it. */
  const gone = (space: SpaceRuntime, peer: DeviceId): boolean => space.group.standing(peer) === 'removed' && !partings.heard(space, peer);

  const sessionSpaces: SessionSpaces = {
    self: identity.device,
    tagged: (peer) => [...spaces.values()].map((space) => ({ space: space.id, epochs: shownTo(space, peer) })),
    level(id, peer, proven) {
      const space = spaces.get(id);
      if (space === undefined || gone(space, peer)) return 0;
      if (space.group.standing(peer) === 'removed') return 1;
      // An announced epoch is newer than every link held here; its own link comes once the peer may send it.
      const provisional = space.group.epochOperation(proven) === null;
      return provisional || space.group.maximalEpochs().includes(proven) ? 1 : 0;
    },
    listens(id, peer) {
      const space = spaces.get(id);
      return space === undefined || !gone(space, peer);
    },
    knows: (peer) => [...spaces.values()].some((space) => space.group.standing(peer) === 'live'),
    converse: (id, peer, slot, level, send, canSend) => {
      const space = spaces.get(id);
      return conversing.converse({
        space: id,
        peer,
        slot,
        level,
        acceptAnnouncements: space?.group.standing(peer) !== 'removed',
        gives: true,
        whole: false,
        anew: false,
        traces: false,
        send,
        canSend,
        report: (report) => onReport(id, peer, report),
        changed(sync) {
          deps.emit({ type: 'peer', device: peer, state: stateOf(peer), reason: '' });
          if (level === 1) space?.reached.note(sync.status().peerHolds[2]);
        },
      });
    },
    shown: (space, peer, mailboxes) => deps.heard(peer, space, mailboxes),
    refused: (peer, reason) => deps.refuse(reason, peer),
    silent(peer, silent) {
      const held = byPeer.get(peer);
      if (held === undefined) return;
      held.silent = silent;
      deps.emit({ type: 'peer', device: peer, state: stateOf(peer), reason: '' });
    },
  };

  const stateOf = (peer: DeviceId): PeerView['state'] => {
    const held = byPeer.get(peer);
    if (held?.silent === true) return 'silent';
    const levels = held === undefined ? [] : [...held.session.open()];
    if (held === undefined || levels.length === 0) return 'connecting';
    if (levels.every(([, level]) => level === 0)) return 'announcements';
    return levels.every(([space]) => held.session.conversation(space)?.status().idle !== false) ? 'in-step' : 'syncing';
  };

  const connect = (channel: Channel): void => {
    const { peer } = channel;
    const before = byPeer.get(peer);
    const held = before?.silent === false ? before.session.channel : null;
    if (held !== null && held.relayed !== true && channel.relayed === true) return channel.close('duplicate');
    const direct = held?.relayed === true && channel.relayed !== true;
    const fresh =
      !direct &&
      before?.silent === false &&
      clock.nowMs() - before.openedMs < SIMULTANEOUS_MS &&
      before.session.channel.outbound !== channel.outbound;
    // A direct channel before a relayed one; of two simultaneous ones that dialled by the lower device id; otherwise the newer is the live one.
    if (fresh && channel.outbound !== identity.device < peer) return channel.close('duplicate');
    const session = openSession({ clock, crypto, random, spaces: sessionSpaces }, channel, (reason) => {
      telling.leave(session);
      if (byPeer.get(peer)?.session !== session) return;
      byPeer.delete(peer);
      deps.emit({ type: 'peer', device: peer, state: 'gone', reason });
    });
    telling.follow(session);
    byPeer.set(peer, { session, openedMs: clock.nowMs(), silent: false });
    before?.session.close('duplicate', '');
    deps.emit({ type: 'peer', device: peer, state: 'connecting', reason: '' });
  };

  const all = (): readonly Session[] => [...byPeer.values()].map((held) => held.session);

  return {
    connect,
    appended(space, lanes) {
      for (const session of all()) session.appended(space, lanes);
    },
    refresh() {
      for (const session of all()) session.refresh();
    },
    listens: (space) => all().some((session) => session.open().get(space) === 1),
    refetch(space, entries) {
      for (const session of all()) for (const lane of LANES) session.conversation(space)?.fetch(lane, entries);
    },
    views: () =>
      all().map((session) => {
        const states = [...session.open().keys()].map((space) => session.conversation(space)?.status());
        const sum = (pick: (status: { readonly pendingOut: number; readonly pendingIn: number }) => number): number =>
          states.reduce((total, status) => total + (status === undefined ? 0 : pick(status)), 0);
        const { via, address } = session.channel;
        return {
          device: session.peer,
          via,
          address,
          state: stateOf(session.peer),
          pendingOut: sum((one) => one.pendingOut),
          pendingIn: sum((one) => one.pendingIn),
        };
      }),
    inStep: () =>
      all().every((session) => [...session.open().keys()].every((space) => session.conversation(space)?.status().idle !== false)),
    stop: () => all().forEach((session) => session.close('done', '')),
  };
}
