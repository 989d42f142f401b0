/** What the engine tells: events to whoever listens, refusals counted by reason, faults as alarms. */
import type { RefusalReason } from '@leanvibe/protocol/errors';
import type { DeviceId } from '@leanvibe/protocol/ids';
import type { Logger } from '../ports/logger.js';
import { StoreBroken, StoreFull } from '../ports/store.js';
import type { EngineEvent } from './api.js';

export interface News {
  emit(event: EngineEvent): void;
  refuse(reason: RefusalReason, from: DeviceId | null, count?: number): void;
  /** Something went wrong that no caller waits for; nothing is told once `stop` was called. */
  trouble(error: unknown): void;
  subscribe(listener: (event: EngineEvent) => void): () => void;
  refusals(): Readonly<Record<string, number>>;
  stop(): void;
}

export function createNews(logger: Logger): News {
  const listeners = new Set<(event: EngineEvent) => void>();
  const refusals: Record<string, number> = {};
  let stopped = false;
  const emit = (event: EngineEvent): void => {
    for (const listener of [...listeners]) listener(event);
  };
  return {
    emit,
    refuse(reason, from, count = 1) {
      refusals[reason] = (refusals[reason] ?? 0) + count;
      logger.log('warn', 'refused', { reason, count, from: from === null ? null : from.slice(0, 8) });
      emit({ type: 'refused', reason, from });
    },
    trouble(error) {
      if (stopped) return;
      const alarm = error instanceof StoreFull ? 'store-full' : error instanceof StoreBroken ? 'store-broken' : null;
      logger.log('error', alarm ?? 'fault', { error: error instanceof Error ? `${error.name}: ${error.message}` : 'unknown' });
      if (alarm !== null) emit({ type: 'alarm', alarm, space: null, device: null });
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    refusals: () => ({ ...refusals }),
    stop() {
      stopped = true;
    },
  };
}
