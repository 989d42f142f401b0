/** The libp2p node: TCP and WebSocket, Noise, yamux, and nothing else — no identify, ping, relay, DHT, gossip or peer routing. */
import './polyfill.js';
import { tcp } from '@libp2p/tcp';
import type { Connection, Ed25519PrivateKey, Libp2p, Upgrader } from '@libp2p/interface';
import type { Multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import type { AcceptGuard } from './accept.js';
import type { Counters } from './counters.js';
import { HANDSHAKE_MS_MAX, type AcceptLimits } from './limits.js';
import { guardedYamux } from './muxguard.js';
import { pacedNoise } from './pace.js';
import { quietLogger } from './quiet.js';
import { webSockets } from './ws.js';

interface Dialler {
  dial(address: Multiaddr, options: { readonly signal: AbortSignal }): Promise<Connection>;
}

/** Dials one address by itself: libp2p's dial queue would try addresses one after another and merge dials to one peer. */
interface Direct extends Dialler {
  /** For connections that no transport of libp2p's made. */
  readonly upgrader: Upgrader;
}

export type LanNode = Libp2p<{ direct: Direct }>;

export interface LanNodeInit {
  readonly key: Ed25519PrivateKey;
  readonly listen: readonly string[];
  readonly guard: AcceptGuard;
  readonly counters: Counters;
  readonly limits: AcceptLimits;
}

/** Rejects when an address cannot be listened on. */
export async function startNode({ key, listen, guard, counters, limits }: LanNodeInit): Promise<LanNode> {
  const node = await createLibp2p({
    privateKey: key,
    start: false,
    logger: quietLogger,
    nodeInfo: { name: 'leanvibe', version: '1', userAgent: 'leanvibe/1' },
    addresses: { listen: [...listen] },
    transports: [
      // Dead peers are found by the session's heartbeat; an idle socket is no error.
      tcp({ inboundSocketInactivityTimeout: 0, outboundSocketInactivityTimeout: 0, maxConnections: limits.openMax + limits.pendingMax }),
      webSockets(guard),
    ],
    connectionEncrypters: [pacedNoise()],
    streamMuxers: [guardedYamux(() => counters.count('yamux-frame-too-large'))],
    connectionGater: guard.gater,
    connectionMonitor: { enabled: false },
    connectionManager: {
      // The accept guard decides and counts; libp2p's own limits stand behind it.
      maxConnections: (limits.openMax + limits.pendingMax) * 2,
      maxIncomingPendingConnections: limits.pendingMax * 2,
      inboundConnectionThreshold: limits.perIpPerSecond * 10,
      inboundUpgradeTimeout: HANDSHAKE_MS_MAX,
      inboundStreamProtocolNegotiationTimeout: HANDSHAKE_MS_MAX,
      outboundStreamProtocolNegotiationTimeout: HANDSHAKE_MS_MAX,
      resolvers: {},
    },
    services: {
      direct: (components: { readonly transportManager: Dialler; readonly upgrader: Upgrader }) => ({
        upgrader: components.upgrader,
        dial: components.transportManager.dial.bind(components.transportManager),
      }),
    },
  });
  // Otherwise every key that ever dialled is remembered for the life of the process.
  node.addEventListener('peer:disconnect', ({ detail }) => {
    void node.peerStore.delete(detail);
  });
  await node.start();
  return node;
}
