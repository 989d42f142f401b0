/** Starting the agent: one part after another, each stopped again in the reverse order. */
import { nativeCrypto } from '@leanvibe/core/crypto/node/native';
import type { Crypto } from '@leanvibe/core/ports/crypto';
import type { Logger } from '@leanvibe/core/ports/logger';
import { loadConfig } from '../config/load.js';
import { chooseHome, type HomePaths, homePaths } from '../config/paths.js';
import type { SettingName } from '../config/settings.js';
import { removeEndpoint, writeEndpoint } from '../control/endpoint.js';
import { limited } from '../control/robots.js';
import { serveControl } from '../control/serve.js';
import { createSessions } from '../control/sessions.js';
import { ensureToken } from '../control/token.js';
import { type LogFile, openLogFile } from '../log/file.js';
import { createFileLogger } from '../log/logger.js';
import { createCounters } from '../transport/counters.js';
import type { Agent } from './agent.js';
import { assemble, type Parts } from './assemble.js';
import { type Closing, createClosing } from './closing.js';
import { deviceRows } from './devices.js';
import { callsOf } from './news.js';
import { openHome } from './home.js';
import { createMethods } from './methods.js';
import type { Rendezvous } from './rendezvous.js';
import { createDoor } from './robot-door.js';
import { StartFailure } from './start-failure.js';
import { mergeCounts, statusView } from './status.js';
import { trimOnce } from './trim.js';
import { createSystemClock } from '../system/clock.js';
import { VERSION } from './version.js';

export interface RunOptions {
  /** As typed: `--home`. */
  readonly home?: string;
  /** As typed: `--name`; LEANVIBE_NAME otherwise. */
  readonly name?: string;
  /** As typed, by setting name. */
  readonly flags?: Readonly<Partial<Record<SettingName, string>>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How agents without a common network meet. */
  readonly rendezvous?: Rendezvous;
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
    return await start({
      name: options.name ?? options.env['LEANVIBE_NAME'] ?? null,
      paths,
      config: config.value,
      crypto,
      rendezvous: options.rendezvous ?? null,
      home,
      log,
      logger,
      clock,
      closing,
      startedMs,
    });
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

interface StartParts extends Parts {
  readonly paths: HomePaths;
  readonly log: LogFile;
  readonly startedMs: number;
}

async function start(parts: StartParts): Promise<RunningAgent> {
  const { paths, config, home, log, logger, clock, closing, startedMs } = parts;
  const assembled = await assemble(parts);
  const counters = createCounters();
  const sessions = createSessions({ clock });
  let tellStopped = (): void => undefined;
  const stopped = new Promise<void>((resolve) => {
    tellStopped = resolve;
  });
  const stop = async (): Promise<void> => {
    await closing.run();
    tellStopped();
  };
  let port = config.settings.port;
  const agent: Agent = {
    ...assembled,
    clock,
    logger,
    startedMs,
    paths,
    config,
    sessions,
    log,
    store: home.store,
    secretsIn: home.secretsIn,
    port: () => port,
    refusals: () => mergeCounts(assembled.refusals(), counters.read()),
    requestStop: () => void setTimeout(() => void stop(), 50),
  };
  for (const warning of home.alarms) assembled.alarms.raise(warning.alarm, warning.message);
  tellWhatLasts(assembled);
  port = await startControl(agent, closing, counters.count);
  home.describe(port);
  const startedInMs = clock.nowMs() - startedMs;
  // Starting is one long turn of the loop; what counts is what comes after.
  assembled.lag.take();
  logger.log('info', 'ready', { startedInMs, port });
  closing.add('trim', trimOnce({ clock, logger }));
  return {
    deviceId: assembled.engine.device,
    name: assembled.product.names.own(),
    home: paths.home,
    port,
    startedInMs,
    warnings: home.warnings,
    stopped,
    stop,
    link: () => `http://127.0.0.1:${port}/?key=${sessions.key().key}`,
  };
}

/** That this device was removed is told at every start, not only when it is learnt. */
function tellWhatLasts({ engine, alarms, product }: Pick<Agent, 'engine' | 'alarms' | 'product'>): void {
  const removed = engine.spaces().some(({ home, standing }) => home && standing === 'removed');
  if (removed) alarms.ofEngine({ type: 'alarm', alarm: 'removed', space: engine.home(), device: null }, callsOf(product, engine));
}

/** The last part: who can ask finds everything ready. */
async function startControl(agent: Agent, closing: Closing, count: (reason: string) => void): Promise<number> {
  const { clock, feed, engine, sessions, paths, config, logger } = agent;
  const stopping = new AbortController();
  const server = await serveControl(
    {
      logger,
      feed,
      sessions,
      count,
      token: await ensureToken(paths.token),
      robots: limited({ clock }, createDoor(agent)),
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
