/** One of our agents' halves in a process of its own: engine, SQLite store, document worker and libp2p on loopback, as the daemon wires them. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemRandom } from '@leanvibe/agent/internal/system/clock';
import { dialRelay } from '@leanvibe/agent/internal/relay/line';
import { createLan, type Lan } from '@leanvibe/agent/internal/transport/lan';
import type { Json } from '@leanvibe/core/internal/doc/crdt';
import type { Engine } from '@leanvibe/core/internal/engine/api';
import type { Channel } from '@leanvibe/core/internal/ports/channel';
import type { DeviceId, DocumentId } from '@leanvibe/protocol/ids';
import { startEngine } from '../help/start-engine.js';
import { answerCalls } from './kit/child.js';
import { bytesReadSoFar, type Cost, costSoFar, countSockets, nowMs } from './kit/meter.js';
import { loadTrace } from './kit/trace.js';
import { createWorkloads } from './workloads.js';

export interface Wire {
  /** Frames of ours, inside the transport. */
  readonly framesIn: number;
  readonly framesOut: number;
}

export interface Address {
  readonly device: DeviceId;
  readonly addresses: readonly string[];
}

export interface Device {
  readonly engine: Engine;
  /** Null for a device started without a network. */
  readonly lan: Lan | null;
}

countSockets();
const wire = { framesIn: 0, framesOut: 0 };
let device: Device | null = null;
let sessions: Channel[] = [];
let relayLine: { close(reason: string): void } | null = null;
let closeStore: () => Promise<void> = async () => undefined;

/** LEANVIBE_BENCH_LOUD shows what the engine warns of. */
const logger = {
  log: (level: string, event: string, fields?: object): void => {
    if (process.env['LEANVIBE_BENCH_LOUD'] !== undefined && level !== 'debug')
      process.stderr.write(`${level} ${event} ${JSON.stringify(fields ?? {})}\n`);
  },
};

function running(): Device {
  if (device === null) throw new Error('the device was not started');
  return device;
}

function secretsIn(folder: string): {
  readonly signingSeed: Uint8Array;
  readonly sealingSecret: Uint8Array;
  readonly localKey: Uint8Array;
} {
  const path = join(folder, 'secrets');
  if (!existsSync(path)) writeFileSync(path, systemRandom.bytes(96), { mode: 0o600 });
  const bytes = new Uint8Array(readFileSync(path));
  return { signingSeed: bytes.slice(0, 32), sealingSecret: bytes.slice(32, 64), localKey: bytes.slice(64) };
}

async function start(options: { readonly folder: string; readonly windowMs: number; readonly network: boolean }): Promise<Address> {
  mkdirSync(options.folder, { recursive: true });
  const secrets = secretsIn(options.folder);
  const path = join(options.folder, 'store.sqlite');
  const { engine, clock, closeStore: close } = await startEngine({ path, secrets, windowMs: options.windowMs, logger });
  closeStore = close;
  device = { engine, lan: null };
  if (!options.network) return { device: engine.device, addresses: [] };
  const lan = await createLan({ clock, logger, deviceSeed: secrets.signingSeed, listenHosts: ['127.0.0.1'], tcpPort: 0, wsPort: 0 });
  if (!lan.ok) throw new Error(lan.error.message);
  lan.value.serve('/leanvibe/sync/1', takeOver);
  lan.value.serve('/leanvibe/pair/1', (channel) => engine.pairing.serve(channel));
  device = { engine, lan: lan.value };
  return address();
}

function address(): Address {
  const { engine, lan } = running();
  return { device: engine.device, addresses: (lan?.addresses() ?? []).filter((one) => !one.includes('/ws')) };
}

/** Hands a channel to the engine, counting its frames. */
function takeOver(channel: Channel): void {
  sessions.push(channel);
  running().engine.connect({
    ...channel,
    queuedBytes: () => channel.queuedBytes(),
    send(frame) {
      wire.framesOut += 1;
      channel.send(frame);
    },
    start: (events) =>
      channel.start({
        ...events,
        onFrame(frame) {
          wire.framesIn += 1;
          events.onFrame(frame);
        },
      }),
  });
}

async function dial(to: Address, protocol: '/leanvibe/sync/1' | '/leanvibe/pair/1'): Promise<Channel> {
  const dialled = await running().lan?.dial(to.addresses, protocol, { expect: to.device });
  if (dialled?.ok !== true) throw new Error(`cannot dial: ${dialled?.error.message ?? 'no network'}`);
  return dialled.value;
}

async function joinBy(to: Address, secret: string): Promise<void> {
  const channel = await dial(to, '/leanvibe/pair/1');
  await new Promise<void>((joined, failed) => {
    running().engine.pairing.join(channel, { name: 'bench', secret, code: null, keepHome: false }, (event) => {
      if (event.type === 'joined') joined();
      if (event.type === 'failed') failed(new Error(event.message));
    });
  });
}

/** Dials and hands over; answers when the transport's handshake was done, and what had been spent by then. */
async function connect(to: Address): Promise<{ readonly atMs: number; readonly cost: Cost; readonly wire: Wire }> {
  const channel = await dial(to, '/leanvibe/sync/1');
  const before = { atMs: nowMs(), cost: costSoFar(), wire: { ...wire } };
  takeOver(channel);
  return before;
}

/** Resolves when a connected peer and this device hold the same. */
function inStep(): Promise<number> {
  const { engine } = running();
  const there = (): boolean => engine.peers().length > 0 && engine.peers().every((peer) => peer.state === 'in-step');
  return new Promise((settle) => {
    if (there()) return settle(nowMs());
    const stop = engine.subscribe(() => {
      if (!there()) return;
      stop();
      settle(nowMs());
    });
  });
}

/** Resolves when a relay and this device hold the same. */
async function inStepWithRelay(): Promise<number> {
  const { engine } = running();
  const there = (): boolean => engine.relays.views().some(({ mailboxes, state }) => state === 'in-step' && mailboxes.length > 0);
  while (!there()) await new Promise((go) => setTimeout(go, 2));
  return nowMs();
}

const calls = {
  start,
  async joinRelay(origin: string, token: string): Promise<void> {
    const { engine } = running();
    const line = await dialRelay(origin, new AbortController().signal);
    const ended = (why: string): void => logger.log('warn', 'relay-ended', { why });
    relayLine = engine.relays.connect(line, { origin, token }, ended);
    await inStepWithRelay();
  },
  leaveRelay: (): void => relayLine?.close('bench'),
  inStepWithRelay,
  /** Milliseconds until the engine was ready. */
  async timedStart(options: Parameters<typeof start>[0]): Promise<number> {
    const from = performance.now();
    await start(options);
    // The document worker is up once it answers.
    const { engine } = running();
    await engine.view(engine.home(), engine.newDocument(), 'yjs', { type: 'note' });
    return performance.now() - from;
  },
  address,
  joinBy,
  connect,
  inStep,
  offer: (): string => running().engine.pairing.offer({ name: 'bench', autoConfirm: true }, () => undefined).secret,
  disconnect(): void {
    for (const channel of sessions) channel.close('bench');
    sessions = [];
  },
  newDocument: (): DocumentId => running().engine.newDocument(),
  view: (document: DocumentId, query: Json): Promise<Json> => running().engine.view(running().engine.home(), document, 'yjs', query),
  cost: (): Cost => costSoFar(),
  wire: (): Wire => ({ ...wire }),
  settled: (): Promise<void> => running().engine.settled(),
  /** The first look at a document: milliseconds, and bytes that this process's system calls read meanwhile. */
  async timedView(document: DocumentId): Promise<{ readonly ms: number; readonly bytesRead: number | null; readonly characters: number }> {
    const { engine } = running();
    const [read, from] = [bytesReadSoFar(), performance.now()];
    const note = (await engine.view(engine.home(), document, 'yjs', { type: 'note' })) as { readonly text: string };
    const ms = performance.now() - from;
    return { ms, bytesRead: read === null ? null : (bytesReadSoFar() ?? 0) - read, characters: note.text.length };
  },
  storage: () => running().engine.storage(),
  refusals: () => running().engine.refusals(),
  async stop(): Promise<void> {
    const { engine, lan } = running();
    await engine.stop();
    await lan?.stop();
    await closeStore();
  },
  ...createWorkloads(running, loadTrace),
};
export type DeviceCalls = typeof calls;
answerCalls<DeviceCalls>(calls);
