/** A real relay in this process on a real port, and devices of a world that reach it over real WebSockets, whose time runs with the wall's. */
import { createRelayApi } from '@leanvibe/agent/internal/relay/api';
import { dialRelay } from '@leanvibe/agent/internal/relay/line';
import type { RelayView } from '@leanvibe/core/internal/engine/relay-api';
import { type Env, loadSettings } from '@leanvibe/relay/internal/config/load';
import { systemClock } from '@leanvibe/relay/internal/serve/clock';
import { serve, type Serving } from '@leanvibe/relay/internal/serve/serve';
import { onTestFinished } from 'vitest';
import { chance } from './store-things.js';
import { until } from './wait.js';
import type { Device, World } from './world.js';

export const PASSWORD = 'seven wet otters by the weir';

export interface LiveRelay {
  readonly origin: string;
  readonly port: number;
  stop(): ReturnType<Serving['stop']>;
}

/** Stopped after the test, if not before. */
export async function liveRelay(folder: string, env: Env = {}): Promise<LiveRelay> {
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
  let stopping: ReturnType<Serving['stop']> | null = null;
  const stop = (): ReturnType<Serving['stop']> => (stopping ??= started.value.stop());
  onTestFinished(async () => void (await stop()));
  return { origin: `http://127.0.0.1:${started.value.port}`, port: started.value.port, stop };
}

/** Answers a device token; the account is made when `isNew`. */
export async function signIn(origin: string, email: string, isNew: boolean): Promise<string> {
  const api = createRelayApi(origin);
  const registered = isNew ? await api.register(email, PASSWORD, null) : null;
  if (registered?.ok === false) throw new Error(registered.error.message);
  const signed = await api.signIn({ email, password: PASSWORD, code: null }, 'a test');
  if (!signed.ok) throw new Error(signed.error.message);
  return signed.value.token;
}

/** Lets a world's time run until the test ends. */
export function flow(world: World): void {
  let over = false;
  const tick = async (): Promise<void> => {
    await world.clock.advance(20);
    if (!over) setTimeout(() => void tick(), 5);
  };
  void tick();
  onTestFinished(() => void (over = true));
}

/** Keeps a device at a relay, dialling again whenever the line ends; answers how to leave. */
export function attend(device: Device, origin: string, token: string): () => void {
  const abort = new AbortController();
  let close = (): void => undefined;
  const again = (): void => void setTimeout(() => void (abort.signal.aborted || dial()), 200);
  const dial = async (): Promise<void> => {
    try {
      const line = await dialRelay(origin, abort.signal);
      const connection = device.engine.relays.connect(line, { origin, token }, again);
      close = () => connection.close('the test is over');
    } catch {
      again();
    }
  };
  void dial();
  const leave = (): void => {
    abort.abort();
    close();
  };
  onTestFinished(leave);
  return leave;
}

/** Waits until a relay has everything this device has, and the other way round. */
export async function inStep(device: Device, limitMs = 20_000): Promise<RelayView> {
  const { value } = await until(
    `${device.name} in step with its relay`,
    () => device.engine.relays.views().find(({ mailboxes, state }) => state === 'in-step' && mailboxes.length > 0),
    limitMs,
  );
  return value;
}
