/** An engine on a SQLite store with its document worker, as the daemon wires them. */
import { createWorkerReplicas } from '@leanvibe/agent/internal/docworker/replicas';
import { openSqliteStore } from '@leanvibe/agent/internal/store/sqlite';
import { createSystemClock, type SystemClock, systemRandom } from '@leanvibe/agent/internal/system/clock';
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { createCrdts } from '@leanvibe/core/internal/doc/registry';
import type { Engine } from '@leanvibe/core/internal/engine/api';
import type { EngineDeps } from '@leanvibe/core/internal/engine/deps';
import { createEngine } from '@leanvibe/core/internal/engine/engine';
import type { StoreId } from '@leanvibe/protocol/ids';

export interface StartedEngine {
  readonly engine: Engine;
  readonly clock: SystemClock;
  /** Of its store, which no relay may learn. */
  readonly storeId: StoreId;
  /** After the engine was stopped. */
  closeStore(): Promise<void>;
}

export async function startEngine(options: {
  readonly path: string;
  readonly secrets: EngineDeps['secrets'];
  readonly windowMs: number;
  readonly logger?: EngineDeps['logger'];
  readonly crypto?: EngineDeps['crypto'];
}): Promise<StartedEngine> {
  const { path, secrets, windowMs, logger = { log: () => undefined }, crypto = nativeCrypto() } = options;
  const clock = createSystemClock();
  const store = await openSqliteStore({ logger, random: systemRandom, hashing: crypto, path });
  if (!store.ok) throw new Error(store.error.message);
  const engine = await createEngine({
    crypto,
    random: systemRandom,
    clock,
    logger,
    store: store.value,
    replicas: createWorkerReplicas({ clock, logger }),
    crdts: createCrdts(),
    secrets,
    deviceKind: 'computer',
    windowMs,
    restored: false,
  });
  return { engine, clock, storeId: store.value.id, closeStore: () => store.value.close() };
}
