/** Putting the agent together: engine, network, peers, product and pairing, each stopped again in the reverse order. */
import { createCrdts } from '@leanvibe/core/doc/registry';
import type { Engine } from '@leanvibe/core/engine/api';
import { createEngine } from '@leanvibe/core/engine/engine';
import { createVault } from '@leanvibe/core/keys/local';
import type { Crypto } from '@leanvibe/core/ports/crypto';
import type { Logger } from '@leanvibe/core/ports/logger';
import { createFeed } from '../control/feed.js';
import { createWorkerReplicas } from '../docworker/replicas.js';
import { metered } from '../metrics/meter.js';
import type { RequestRow } from '../control/team-views.js';
import type { LocalRecords } from '../product/local.js';
import { type Counters, createCounters } from '../transport/counters.js';
import type { DeviceId } from '@leanvibe/protocol/ids';
import type { Lan } from '../transport/lan.js';
import { openAddressBook } from './address-book.js';
import type { Agent } from './agent.js';
import { createAlarms } from './alarms.js';
import type { Closing } from './closing.js';
import type { HomeKeys } from './home.js';
import { createLocalRecords } from './local-records.js';
import { hearDamage, tellKnown } from './hear-damage.js';
import { watchLag } from './loop-lag.js';
import { startNetwork } from './network.js';
import { passOn } from './news.js';
import { openMetrics } from './open-metrics.js';
import { openProduct } from './open-product.js';
import { openRobots } from './open-robots.js';
import { createPairingDesk, type PairingDesk } from './pairing.js';
import { createPeers } from './peers.js';
import { createInviteDesk, type RequestState } from './invites.js';
import { openSpaceJoins } from './space-joins.js';
import { createRecoveryDesk } from './recovery.js';
import { openRelays } from './relays.js';
import type { Rendezvous } from './rendezvous.js';
import { mergeCounts } from './status.js';
import { watchTrust } from './trust-watch.js';
import { watchWords } from './words-behind.js';
import { type SystemClock, systemRandom } from '../system/clock.js';

/** What an agent is put together from. */
export interface Parts {
  /** A name chosen for this start, else null. */
  readonly name: string | null;
  readonly config: Agent['config'];
  readonly crypto: Crypto;
  /** How agents without a common network meet; null: through the relays this agent is signed in to. */
  readonly rendezvous: Rendezvous | null;
  readonly home: HomeKeys;
  readonly logger: Logger;
  readonly clock: SystemClock;
  readonly closing: Closing;
}

export type Assembled = Pick<
  Agent,
  | 'engine'
  | 'alarms'
  | 'feed'
  | 'tokens'
  | 'lag'
  | 'book'
  | 'peers'
  | 'product'
  | 'metrics'
  | 'desk'
  | 'invites'
  | 'joins'
  | 'recovery'
  | 'relays'
  | 'lanPorts'
  | 'discovery'
  | 'refusals'
>;

async function startEngine({ crypto, home, logger, config, clock, closing }: Parts): Promise<Engine> {
  const replicas = createWorkerReplicas({ clock, logger });
  closing.add('replicas', () => replicas.stop());
  const engine = await createEngine({
    crypto,
    random: systemRandom,
    clock,
    logger,
    store: home.store,
    replicas,
    crdts: createCrdts(),
    secrets: home.secrets,
    deviceKind: 'computer',
    windowMs: config.settings.windowMs,
    restored: home.restored,
  });
  closing.add('engine', () => engine.stop());
  await home.settle();
  return engine;
}

interface DeskParts extends Pick<Agent, 'engine' | 'book' | 'peers' | 'product' | 'feed'> {
  readonly lan: Lan;
}

function openDesk(
  { clock, crypto, rendezvous, logger, closing }: Parts,
  { engine, lan, book, peers, product, feed }: DeskParts,
): PairingDesk {
  const desk = createPairingDesk({
    clock,
    crypto,
    rendezvous,
    logger,
    engine,
    lan,
    ownName: () => product.names.own(),
    found: () => peers.found(),
    admitted: (device, name) =>
      void product.names.rename(device, name).catch((error: unknown) => logger.log('warn', 'name-not-kept', { why: String(error) })),
    joined: (device, addresses) => keepJoined(logger, book, peers, device, addresses),
    told: (what) => feed.tell('pairing' in what ? { type: 'pairing', status: what.pairing } : { type: 'joining', status: what.joining }),
  });
  closing.add('pairing', () => desk.stop());
  return desk;
}

/** Inviting people into spaces, and being invited. */
async function openInvites(
  { clock, crypto, rendezvous, logger, closing }: Parts,
  { engine, lan, book, peers, product, feed, local, counters }: DeskParts & { readonly local: LocalRecords; readonly counters: Counters },
): Promise<Pick<Agent, 'invites' | 'joins'>> {
  const { names, teams, catalogs } = product;
  const told = (request: RequestRow, state: RequestState): void => feed.tell({ type: 'invite-request', state, request });
  const invites = createInviteDesk({ clock, crypto, rendezvous, logger, engine, lan, names, teams, catalogs, counters, told });
  closing.add('invites', () => invites.stop());
  const joins = await openSpaceJoins({
    clock,
    crypto,
    rendezvous,
    logger,
    random: systemRandom,
    engine,
    lan,
    local,
    names,
    found: () => peers.found(),
    joined: (device, addresses) => keepJoined(logger, book, peers, device, addresses),
    told: (status) => feed.tell({ type: 'space-joining', status }),
  });
  closing.add('joins', () => joins.stop());
  return { invites, joins };
}

/** Whom this device joined is reached before its links say who is there. */
function keepJoined(logger: Logger, book: Agent['book'], peers: Agent['peers'], device: DeviceId, addresses: readonly string[]): void {
  book.join(device, addresses).then(
    () => peers.poke(),
    (error: unknown) => logger.log('error', 'join-not-kept', { why: String(error) }),
  );
}

function openRecovery(
  { clock, logger, closing }: Parts,
  { engine, lan, book, peers, product, alarms }: Omit<DeskParts, 'feed'> & Pick<Agent, 'alarms'>,
): Agent['recovery'] {
  const recovery = createRecoveryDesk({ clock, logger, engine, names: product.names, lan, book, found: () => peers.found() });
  closing.add('recovery', () => recovery.stop());
  closing.add('words', watchWords({ clock, logger, engine, names: product.names, alarms }));
  return recovery;
}

/** Everything below the control API, connected; nobody can ask yet. */
export async function assemble(parts: Parts): Promise<Assembled> {
  const { config, crypto, home, logger, clock, closing } = parts;
  const { settings } = config;
  const lag = watchLag();
  closing.add('lag', () => lag.stop());
  const local = createLocalRecords({ store: home.store }, createVault(crypto, home.store, home.secrets.localKey));
  const engine = await startEngine(parts);
  const metrics = await openMetrics(parts, local);
  const alarms = createAlarms({ clock });
  const feed = createFeed({ clock });
  const { lan, discovery, discoveryState } = await startNetwork({ clock, logger, local, closing }, home.secrets.signingSeed, settings);
  const book = await openAddressBook({ clock, local });
  const peers = createPeers({
    clock,
    logger,
    random: systemRandom,
    engine: { ...engine, connect: (channel) => engine.connect(metered(channel, metrics.synced)) },
    lan,
    book,
    discovered: discovery === null ? null : (tell) => discovery.subscribe(tell),
  });
  closing.add('peers', () => peers.stop());
  const product = await openProduct(parts, { engine, lan, book, feed, metrics, local, discovery: discoveryState });
  closing.add('events', engine.subscribe(passOn({ feed, product, alarms, engine, logger })));
  const tokens = await openRobots(parts, engine, local);
  const relays = await openRelays(parts, { engine, feed, lan, local });
  const meeting = { ...parts, rendezvous: parts.rendezvous ?? relays.rendezvous };
  const desk = openDesk(meeting, { engine, lan, book, peers, product, feed });
  const counters = createCounters();
  const { invites, joins } = await openInvites(meeting, { engine, lan, book, peers, product, feed, local, counters });
  const recovery = openRecovery(parts, { engine, lan, book, peers, product, alarms });
  hearDamage(parts, engine, alarms);
  tellKnown(engine, product, alarms);
  await product.start();
  closing.add('trust', watchTrust({ clock, logger, engine, product, alarms, feed }));

  return {
    engine,
    alarms,
    feed,
    tokens,
    lag,
    book,
    peers,
    product,
    metrics,
    desk,
    invites,
    joins,
    recovery,
    relays: relays.desk(product, metrics, alarms),
    lanPorts: lan.ports,
    discovery: discoveryState,
    refusals: () => mergeCounts(lan.refusals(), discovery?.refusals() ?? {}, peers.refusals(), counters.read()),
  };
}
