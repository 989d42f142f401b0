/** Putting the agent together: engine, network, peers, product and pairing, each stopped again in the reverse order. */
import { createCrdts } from '@leanvibe/core/doc/registry';
import type { Engine } from '@leanvibe/core/engine/api';
import { createEngine } from '@leanvibe/core/engine/engine';
import { createVault } from '@leanvibe/core/keys/local';
import type { Crypto } from '@leanvibe/core/ports/crypto';
import type { Logger } from '@leanvibe/core/ports/logger';
import { createFeed } from '../control/feed.js';
import { createWorkerReplicas } from '../docworker/replicas.js';
import { createIndexer } from '../index/indexer.js';
import { createProduct } from '../product/product.js';
import type { Lan } from '../transport/lan.js';
import { openAddressBook } from './address-book.js';
import type { Agent } from './agent.js';
import { type Alarms, createAlarms } from './alarms.js';
import type { Closing } from './closing.js';
import type { HomeKeys } from './home.js';
import { createLocalRecords } from './local-records.js';
import { watchLag } from './loop-lag.js';
import { startNetwork } from './network.js';
import { passOn } from './news.js';
import { createPairingDesk, type PairingDesk } from './pairing.js';
import { createPeers } from './peers.js';
import { mergeCounts } from './status.js';
import { type SystemClock, systemRandom } from '../system/clock.js';

/** What an agent is put together from. */
export interface Parts {
  /** A name chosen for this start, else null. */
  readonly name: string | null;
  readonly config: Agent['config'];
  readonly crypto: Crypto;
  readonly home: HomeKeys;
  readonly logger: Logger;
  readonly clock: SystemClock;
  readonly closing: Closing;
}

export type Assembled = Pick<
  Agent,
  'engine' | 'alarms' | 'feed' | 'lag' | 'book' | 'peers' | 'product' | 'desk' | 'lanPorts' | 'discovery' | 'refusals'
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

function openDesk({ clock, logger, closing }: Parts, { engine, lan, book, peers, product, feed }: DeskParts): PairingDesk {
  const desk = createPairingDesk({
    clock,
    logger,
    engine,
    lan,
    ownName: () => product.names.own(),
    found: () => peers.found(),
    admitted: (device, name) =>
      void product.names.rename(device, name).catch((error: unknown) => logger.log('warn', 'name-not-kept', { why: String(error) })),
    joined: (device, addresses) =>
      void book.join(device, addresses).then(
        () => peers.poke(),
        (error: unknown) => logger.log('error', 'join-not-kept', { why: String(error) }),
      ),
    told: (what) => feed.tell('pairing' in what ? { type: 'pairing', status: what.pairing } : { type: 'joining', status: what.joining }),
  });
  closing.add('pairing', () => desk.stop());
  return desk;
}

function hearDamage({ home, closing }: Parts, engine: Engine, alarms: Alarms): void {
  const end = home.store.onDamage((damage) => {
    alarms.raise('damaged', 'some stored entries are damaged and are fetched again from other devices. Run: leanvibe verify');
    if (damage.kind === 'entry') engine.refetch(damage.space, [damage.entryId]);
  });
  closing.add('damage', end);
}

/** Everything below the control API, connected; nobody can ask yet. */
export async function assemble(parts: Parts): Promise<Assembled> {
  const { config, crypto, home, logger, clock, closing } = parts;
  const { settings } = config;
  const lag = watchLag();
  closing.add('lag', () => lag.stop());
  const local = createLocalRecords({ store: home.store }, createVault(crypto, home.store, home.secrets.localKey));
  const engine = await startEngine(parts);
  const alarms = createAlarms({ clock });
  const feed = createFeed({ clock });
  const { lan, discovery, discoveryState } = await startNetwork({ clock, logger, local, closing }, home.secrets.signingSeed, settings);
  const book = await openAddressBook({ clock, local });
  const peers = createPeers({
    clock,
    logger,
    random: systemRandom,
    engine,
    lan,
    book,
    discovered: discovery === null ? null : (tell) => discovery.subscribe(tell),
  });
  closing.add('peers', () => peers.stop());
  const indexer = createIndexer({ logger, clock });
  closing.add('indexer', () => indexer.close());
  const product = await createProduct({
    clock,
    logger,
    engine,
    indexer,
    local,
    watch: settings.watch,
    name: parts.name,
    watched: () => feed.listeners() > 0,
    missing: () => peers.missing(),
    news: (news) => feed.tell({ type: 'index', ...news }),
  });
  closing.add('product', () => product.stop());
  closing.add('events', engine.subscribe(passOn({ feed, product, alarms, logger })));
  const desk = openDesk(parts, { engine, lan, book, peers, product, feed });
  hearDamage(parts, engine, alarms);
  // Told before anybody listened, or in an earlier run.
  if (engine.cloned()) alarms.ofEngine({ type: 'alarm', alarm: 'cloned', space: null, device: engine.device }, (device) => device);
  await product.start();

  const refusals = (): Readonly<Record<string, number>> => mergeCounts(lan.refusals(), discovery?.refusals() ?? {}, peers.refusals());
  return { engine, alarms, feed, lag, book, peers, product, desk, lanPorts: lan.ports, discovery: discoveryState, refusals };
}
