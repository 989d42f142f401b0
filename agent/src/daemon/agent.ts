/** The parts of a running agent, as its methods see them. */
import type { Engine } from '@leanvibe/core/engine/api';
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { Config } from '../config/load.js';
import type { HomePaths } from '../config/paths.js';
import type { Feed } from '../control/feed.js';
import type { Sessions } from '../control/sessions.js';
import type { SecretsMode } from '../keychain/secrets.js';
import type { LogFile } from '../log/file.js';
import type { Metrics } from '../metrics/metrics.js';
import type { Product } from '../product/product.js';
import type { SqliteStore } from '../store/sqlite.js';
import type { Tokens } from '../tokens/tokens.js';
import type { LanPorts } from '../transport/listen.js';
import type { AddressBook } from './address-book.js';
import type { Alarms } from './alarms.js';
import type { InviteDesk } from './invites.js';
import type { SpaceJoins } from './space-joins.js';
import type { LagMonitor } from './loop-lag.js';
import type { PairingDesk } from './pairing.js';
import type { Peers } from './peers.js';
import type { RecoveryDesk } from './recovery.js';
import type { RelayDesk } from '../relay/desk.js';

export interface Agent extends ClockDep, LoggerDep {
  readonly startedMs: number;
  readonly paths: HomePaths;
  readonly config: Config;
  readonly engine: Engine;
  readonly store: SqliteStore;
  readonly product: Product;
  readonly metrics: Metrics;
  readonly peers: Peers;
  readonly book: AddressBook;
  readonly desk: PairingDesk;
  readonly invites: InviteDesk;
  readonly joins: SpaceJoins;
  readonly recovery: RecoveryDesk;
  readonly relays: RelayDesk;
  readonly alarms: Alarms;
  readonly lag: LagMonitor;
  readonly feed: Feed;
  readonly tokens: Tokens;
  readonly sessions: Sessions;
  readonly log: LogFile;
  readonly lanPorts: LanPorts | null;
  readonly discovery: () => 'on' | 'off' | 'failed';
  /** How device keys are kept. */
  readonly secretsIn: SecretsMode;
  /** The control API's port. */
  readonly port: () => number;
  /** Refusals of everything around the engine, by reason. */
  readonly refusals: () => Readonly<Record<string, number>>;
  readonly requestStop: () => void;
}
