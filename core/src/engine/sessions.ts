/** Everybody this device talks with, devices and relays alike: who listens, what grew, what was caught up with. */
import type { EntryId, SpaceId } from '@leanvibe/protocol/ids';
import type { Channel } from '../ports/channel.js';
import type { Lane } from '../ports/store.js';
import type { PeerView } from './api.js';
import { type ConversingDeps, createConversing } from './conversing.js';
import { createPeerSessions, type PeerSessionsDeps } from './peer-sessions.js';
import { createRelaySessions, type RelaySessions, type RelaySessionsDeps } from './relay-sessions.js';

export type SessionsDeps = ConversingDeps & Omit<PeerSessionsDeps & RelaySessionsDeps, 'conversing' | 'shown' | 'heard' | 'refetch'>;

export interface Sessions {
  readonly relays: RelaySessions;
  connect(channel: Channel): void;
  appended(space: SpaceId, lanes: readonly Lane[]): void;
  refresh(): void;
  /** True when some peer or relay that was caught up with takes changes of this space. */
  listens(space: SpaceId): boolean;
  /** True once all that one of them holds of the space was read in this run: what this device wrote in it is known here (C44). */
  caughtUp(space: SpaceId): boolean;
  refetch(space: SpaceId, entries: readonly EntryId[]): void;
  /** What is covered changed: logs are compared anew. */
  recount(space: SpaceId): void;
  views(): readonly PeerView[];
  inStep(): boolean;
  stop(): void;
}

export function createSessions(deps: SessionsDeps): Sessions {
  const conversing = createConversing(deps);
  const peers = createPeerSessions({
    ...deps,
    conversing,
    shown: (space) => relays.told.shown(space),
    heard: (device, space, mailboxes) => relays.told.heard(device, space, mailboxes),
  });
  const relays: RelaySessions = createRelaySessions({ ...deps, conversing, refetch: peers.refetch });
  return {
    relays,
    connect: peers.connect,
    appended(space, lanes) {
      peers.appended(space, lanes);
      relays.appended(space, lanes);
    },
    refresh() {
      peers.refresh();
      relays.refresh();
    },
    listens: (space) => conversing.caughtUp(space) && (peers.listens(space) || relays.listens(space)),
    caughtUp: conversing.caughtUp,
    refetch(space, entries) {
      peers.refetch(space, entries);
      relays.refetch(space, entries);
    },
    recount: conversing.recount,
    views: peers.views,
    inStep: () => peers.inStep() && relays.inStep(),
    stop() {
      peers.stop();
      relays.stop();
    },
  };
}
