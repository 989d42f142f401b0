/** Starting the agent: one part after another, each stopped again in the reverse order. */
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { createCrdts } from '@leanvibe/core/internal/doc/registry';
import type { Engine } from '@leanvibe/core/internal/engine/api';
import { createEngine } from '@leanvibe/core/internal/engine/engine';
import { createVault } from '@leanvibe/core/internal/keys/local';
import type { Crypto } from '@leanvibe/core/internal/ports/crypto';
import type { Logger } from '@leanvibe/core/internal/ports/logger';
import { loadConfig } from '../config/load.js';
import { chooseHome, type HomePaths, homePaths } from '../config/paths.js';
import type { SettingName } from '../config/settings.js';
import { removeEndpoint, writeEndpoint } from '../control/endpoint.js';
import { createFeed } from '../control/feed.js';
import { serveControl } from '../control/serve.js';
import { createSessions } from '../control/sessions.js';
import { ensureToken } from '../control/token.js';
import { createWorkerReplicas } from '../docworker/replicas.js';
import { createIndexer } from '../index/indexer.js';
import { type LogFile, openLogFile } from '../log/file.js';
import { createFileLogger } from '../log/logger.js';
import { createProduct } from '../product/product.js';
import { createCounters } from '../transport/counters.js';
import { openAddressBook } from './address-book.js';
import type { Agent } from './agent.js';
import { createAlarms } from './alarms.js';
import { type Closing, createClosing } from './closing.js';
import { deviceRows } from './devices.js';
import { type HomeKeys, openHome } from './home.js';
import { createLocalRecords } from './local-records.js';
import { watchLag } from './loop-lag.js';
import { createMethods } from './methods.js';
import { startNetwork } from './network.js';
import { passOn } from './news.js';
import { createPairingDesk } from './pairing.js';
import { createPeers } from './peers.js';
import { StartFailure } from './start-failure.js';
import { mergeCounts, statusView } from './status.js';
import { createSystemClock, type SystemClock, systemRandom } from './system.js';
import { VERSION } from './version.js';

export interface RunOptions {
  /** As typed: `--home`. */
  readonly home?: string;
  /** As typed: `--name`; LEANVIBE_NAME otherwise. */
  readonly name?: string;
  /** As typed, by setting name. */
  readonly flags?: Readonly<Partial<Record<SettingName, string>>>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface RunningAgent {
  readonly deviceId: string;
  readonly name: string;
  readonly home: string;
  readonly port: number;
  /** From the call to ready. */
  readonly startedInMs: number;
  /** What a person should know at once: where keys are kept, what was mended. */
  readonly warnings: readonly string[];
  /** A link that signs a browser in once. */
  link(): string;
  /** Resolves when the agent has stopped, by `stop` or through the control API. */
  readonly stopped: Promise<void>;
  stop(): Promise<void>;
}

/** Throws StartFailure, with everything stopped again that had started. */
export async function runAgent(options: RunOptions): Promise<RunningAgent> {
  const clock = createSystemClock();
  const startedMs = clock.nowMs();
  const paths = homePaths(chooseHome(options.home, options.env));
  const config = await loadConfig(paths.config, { flags: options.flags ?? {}, env: options.env });
  if (!config.ok) throw new StartFailure('bad-config', config.error.message, config.error.fix);
  const crypto = testedCrypto();
  // The log file is in the home, which has to be ours first.
  let logger: Logger = { log: () => undefined };
  const early: Logger = { log: (level, event, fields) => logger.log(level, event, fields) };
  const closing = createClosing({ logger: early });
  closing.add('clock', () => clock.stop());
  try {
    const home = await openHome({
      paths,
      crypto,
      logger: early,
      mode: config.value.settings.secrets,
      passphrase: options.env['LEANVIBE_PASSPHRASE'],
      closing,
    });
    const log = openLogFile(paths.log);
    closing.add('log', () => log.close());
    logger = createFileLogger(log, { level: config.value.settings.logLevel, home: paths.home });
    return await start({ options, paths, config: config.value, crypto, home, log, logger, clock, closing, startedMs });
  } catch (error) {
    logger.log('error', 'start-failed', { why: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
    await closing.run();
    if (error instanceof StartFailure) throw error;
    throw new StartFailure(
      'failed',
      `the agent could not start: ${error instanceof Error ? error.message : String(error)}`,
      `see ${paths.log}`,
    );
  }
}

function testedCrypto(): Crypto {
  try {
    return nativeCrypto();
  } catch (error) {
    throw new StartFailure(
      'crypto',
      `this machine's cryptography gives wrong answers: ${error instanceof Error ? error.message : String(error)}`,
      'reinstall LeanVibe, or report this machine',
    );
  }
}

interface Parts {
  readonly options: RunOptions;
  readonly paths: HomePaths;
  readonly config: Agent['config'];
  readonly crypto: Crypto;
  readonly home: HomeKeys;
  readonly log: LogFile;
  readonly logger: Logger;
  readonly clock: SystemClock;
  readonly closing: Closing;
  readonly startedMs: number;
}

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

async function start(parts: Parts): Promise<RunningAgent> {
  const { options, paths, config, crypto, home, log, logger, clock, closing, startedMs } = parts;
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
    name: options.name ?? options.env['LEANVIBE_NAME'] ?? null,
    watched: () => feed.listeners() > 0,
    missing: () => peers.missing(),
    news: (news) => feed.tell({ type: 'index', ...news }),
  });
  closing.add('product', () => product.stop());
  closing.add('events', engine.subscribe(passOn({ feed, product, alarms, logger })));
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
  closing.add(
    'damage',
    home.store.onDamage((damage) => {
      alarms.raise('damaged', 'some stored entries are damaged and are fetched again from other devices. Run: leanvibe verify');
      if (damage.kind === 'entry') engine.refetch(damage.space, [damage.entryId]);
    }),
  );
  await product.start();

  const counters = createCounters();
  const refusals = (): Readonly<Record<string, number>> =>
    mergeCounts(lan.refusals(), discovery?.refusals() ?? {}, peers.refusals(), counters.read());
  const sessions = createSessions({ clock });
  let tellStopped = (): void => undefined;
  const stopped = new Promise<void>((resolve) => {
    tellStopped = resolve;
  });
  const stop = async (): Promise<void> => {
    await closing.run();
    tellStopped();
  };
  let port = settings.port;
  const agent: Agent = {
    clock,
    logger,
    startedMs,
    paths,
    config,
    engine,
    store: home.store,
    product,
    peers,
    book,
    desk,
    alarms,
    lag,
    feed,
    sessions,
    log,
    lanPorts: lan.ports,
    discovery: discoveryState,
    secretsIn: home.secretsIn,
    port: () => port,
    refusals,
    requestStop: () => void setTimeout(() => void stop(), 50),
  };
  for (const warning of home.alarms) alarms.raise(warning.alarm, warning.message);
  port = await startControl(parts, agent, counters.count);
  home.describe(port);
  const startedInMs = clock.nowMs() - startedMs;
  // Starting is one long turn of the loop; what counts is what comes after.
  lag.take();
  logger.log('info', 'ready', { startedInMs, port });
  return {
    deviceId: engine.device,
    name: product.names.own(),
    home: paths.home,
    port,
    startedInMs,
    warnings: home.warnings,
    stopped,
    stop,
    link: () => `http://127.0.0.1:${port}/?key=${sessions.key().key}`,
  };
}

/** The last part: who can ask finds everything ready. */
async function startControl({ paths, config, logger, closing }: Parts, agent: Agent, count: (reason: string) => void): Promise<number> {
  const { feed, engine, sessions } = agent;
  const stopping = new AbortController();
  const server = await serveControl(
    {
      logger,
      feed,
      sessions,
      count,
      token: await ensureToken(paths.token),
      stopping: stopping.signal,
      handlers: createMethods(agent),
      hello: () => ({ type: 'hello', deviceId: engine.device, version: VERSION }),
      page: async () => ({ status: await statusView(agent, agent.lag.peek()), devices: deviceRows(agent) }),
    },
    { port: config.settings.port },
  );
  if (!server.ok) throw new StartFailure(server.error.code, server.error.message, server.error.fix);
  closing.add('control', async () => {
    stopping.abort();
    feed.close();
    await server.value.stop();
  });
  await writeEndpoint(paths.endpoint, { port: server.value.port, pid: process.pid, version: VERSION });
  closing.add('endpoint', () => removeEndpoint(paths.endpoint));
  return server.value.port;
}
