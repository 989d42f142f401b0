/** The relay in a process of its own: all that its program serves, with a meter beside it. */
import { loadSettings } from '@leanvibe/relay/internal/config/load';
import { systemClock } from '@leanvibe/relay/internal/serve/clock';
import { serve, type Serving } from '@leanvibe/relay/internal/serve/serve';
import { chance } from '../help/store-things.js';
import { answerCalls } from './kit/child.js';
import { type Cost, costSoFar, countSockets, type Memory, memoryNow } from './kit/meter.js';

countSockets();
let serving: Serving | null = null;

const calls = {
  /** Answers its origin. */
  async start(folder: string, env: Readonly<Record<string, string>>): Promise<string> {
    const loaded = loadSettings({
      env: { RELAY_DATA: folder, RELAY_PORT: '0', RELAY_LOG_LEVEL: 'error', RELAY_DRAIN_SECONDS: '5', ...env },
      cwd: folder,
    });
    if (!loaded.ok) throw new Error(loaded.error.join('; '));
    const started = await serve(loaded.value.settings, {
      clock: systemClock,
      random: chance,
      elapsedMs: () => performance.now(),
      fetch,
      version: '0.1.0',
    });
    if (!started.ok) throw new Error(`${started.error.message}; ${started.error.fix}`);
    serving = started.value;
    return `http://127.0.0.1:${serving.port}`;
  },
  cost: (): Cost => costSoFar(),
  memory: (): Memory => memoryNow(),
  stop: async (): Promise<void> => void (await serving?.stop()),
};
export type RelayCalls = typeof calls;
answerCalls<RelayCalls>(calls);
