/** The search for somebody who helps to restore by words: everybody found on the network, or whom a person named (C43). */
import type { DeviceId } from '@leanvibe/protocol/ids';
import type { Engine } from '@leanvibe/core/engine/api';
import type { Restored, Restoring } from '@leanvibe/core/engine/recovery-form';
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import { ControlFailure } from '../control/error.js';
import type { RestoredView, RestoreProgressView } from '../control/recovery-views.js';
import type { Found } from '../discover/cache.js';
import type { Names } from '../product/names.js';
import { parseLanAddress, toMultiaddr } from '../transport/address.js';
import type { Lan } from '../transport/lan.js';
import type { AddressBook } from './address-book.js';
import { decodePairLink } from './pair-link.js';

export interface RecoveryDeps extends ClockDep, LoggerDep {
  readonly engine: Pick<Engine, 'device' | 'recovery' | 'revoke' | 'connect' | 'peers'>;
  readonly names: Pick<Names, 'of' | 'ofPerson' | 'ofSpace' | 'rename' | 'refresh'>;
  readonly lan: Pick<Lan, 'serve' | 'dial'>;
  readonly book: Pick<AddressBook, 'seen'>;
  readonly found: () => readonly Found[];
}

/** Where to ask: an instance found on the network, or what a person named. */
interface Door {
  readonly key: string;
  readonly addresses: readonly string[];
  readonly expect: DeviceId | null;
}

/** `10.0.0.5:4001`, `[fd00::1]:4001`, a multiaddr, or the link that `leanvibe pair` shows. */
export function doorOf(text: string): Door {
  const link = decodePairLink(text);
  if (link.ok) return { key: text, addresses: link.value.addresses, expect: link.value.device };
  if (text.startsWith('leanvibe:')) throw new ControlFailure('refused', link.error, 'show a new one with: leanvibe pair');
  const hostAndPort = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+)):(\d{1,5})$/i.exec(text.trim());
  const host = hostAndPort?.[1] ?? hostAndPort?.[2];
  const address = host === undefined ? text.trim() : `/${host.includes(':') ? 'ip6' : 'ip4'}/${host}/tcp/${hostAndPort?.[3] ?? ''}`;
  const at = parseLanAddress(address);
  if (at === null)
    throw new ControlFailure('refused', 'that is neither a link nor an address', 'give what leanvibe pair shows there, or 192.0.2.7:4001');
  return { key: address, addresses: [toMultiaddr(at).toString()], expect: at.device };
}

const LOOK_EVERY_MS = 250;
const REACH_AGAIN_MS = 2_000;
/** How long agents on the network are looked for, and how long more of them once one has helped. */
const LOOK_MS = 20_000;
const MORE_MS = 4_000;

interface Helper extends Door {
  readonly device: DeviceId;
}

/** Asks, syncs with whoever helps, and lets this device in. Throws ControlFailure; then nothing was restored. */
export async function restoreBy(
  deps: RecoveryDeps,
  restoring: Restoring,
  doors: readonly Door[] | null,
  signal: AbortSignal,
  progress: (progress: RestoreProgressView) => void,
): Promise<RestoredView> {
  const tell = (phase: RestoreProgressView['phase'], sought: Sought, spaces = 0, entries = 0): void =>
    progress({ phase, asked: sought.asked.size, helped: sought.helpers.length, spaces, entries });
  const sought = await seek(deps, restoring, doors, signal, tell);
  if (sought.helpers.length === 0) throw nobody(sought);
  const endReaching = keepReaching(deps, sought.helpers);
  const entered = await restoring.enter(({ spaces, entries }) => tell('reading', sought, spaces, entries)).finally(endReaching);
  if (!entered.ok && signal.aborted) throw stopped();
  if (!entered.ok) throw new ControlFailure('refused', entered.error, 'ask another device: leanvibe recovery restore --peer <address>');
  for (const { device, addresses } of sought.helpers)
    await deps.book.seen(device, addresses).catch(() => deps.logger.log('warn', 'address-book-not-written'));
  await deps.names.refresh();
  return viewOf(deps, entered.value, sought.helpers);
}

function viewOf({ engine, names }: RecoveryDeps, { home, spaces, failed }: Restored, helpers: readonly Helper[]): RestoredView {
  return {
    deviceId: engine.device,
    home,
    spaces: spaces.map((space) => ({ space, name: names.ofSpace(space) })),
    failed,
    helpers: helpers.map(({ device }) => ({ deviceId: device, name: names.of(device) })),
  };
}

const stopped = (): ControlFailure => new ControlFailure('cancelled', 'stopped; nothing was restored');

interface Sought {
  readonly asked: ReadonlySet<string>;
  readonly helpers: readonly Helper[];
  /** Why some could not be asked at all. */
  readonly problems: readonly string[];
}

/** Everybody is asked: a teammate may answer first, and only a device of one's own has the home. */
async function seek(
  deps: RecoveryDeps,
  restoring: Restoring,
  named: readonly Door[] | null,
  signal: AbortSignal,
  tell: (phase: RestoreProgressView['phase'], sought: Sought) => void,
): Promise<Sought> {
  const { clock } = deps;
  const helpers: Helper[] = [];
  const problems: string[] = [];
  const asked = new Set<string>();
  const sought: Sought = { asked, helpers, problems };
  const beganMs = clock.nowMs();
  let helpedMs = beganMs;
  const goesOn = (): boolean => {
    if (named !== null) return asked.size < named.length;
    return helpers.length === 0 ? clock.nowMs() - beganMs < LOOK_MS : clock.nowMs() - helpedMs < MORE_MS;
  };
  for (;;) {
    for (const door of (named ?? doorsFound(deps)).filter(({ key, addresses }) => !asked.has(key) && addresses.length > 0)) {
      asked.add(door.key);
      tell('asking', sought);
      const helper = await askOne(deps, restoring, door, problems);
      if (signal.aborted) throw stopped();
      if (helper === null) continue;
      helpers.push(helper);
      helpedMs = clock.nowMs();
    }
    if (!goesOn()) return sought;
    tell(asked.size === 0 ? 'looking' : 'asking', sought);
    await new Promise<void>((resolve) => void clock.after(LOOK_EVERY_MS, resolve));
    if (signal.aborted) throw stopped();
  }
}

function doorsFound({ found }: RecoveryDeps): readonly Door[] {
  return found().map(({ instance, addresses }) => ({
    key: instance,
    addresses: addresses.map((at) => toMultiaddr({ ...at, device: null }).toString()),
    expect: null,
  }));
}

/** Null when this one does not help. */
async function askOne({ lan, logger }: RecoveryDeps, restoring: Restoring, door: Door, problems: string[]): Promise<Helper | null> {
  const dialled = await lan.dial(door.addresses, '/leanvibe/recover/1', door.expect === null ? {} : { expect: door.expect });
  if (!dialled.ok) {
    problems.push(dialled.error.message);
    return null;
  }
  const device = dialled.value.peer;
  const answer = await restoring.ask(dialled.value);
  logger.log('info', 'recovery-asked', { peer: device.slice(0, 8), helped: answer.ok && answer.value > 0 });
  return answer.ok && answer.value > 0 ? { ...door, device } : null;
}

/** Sync with those who helped: they are in no list of devices until their links came. */
function keepReaching({ clock, engine, lan, logger }: RecoveryDeps, helpers: readonly Helper[]): () => void {
  let over = false;
  const reach = async (): Promise<void> => {
    const here = new Set(engine.peers().map(({ device }) => device));
    for (const { device, addresses } of helpers) {
      if (over || here.has(device)) continue;
      const dialled = await lan.dial(addresses, '/leanvibe/sync/1', { expect: device });
      if (dialled.ok && over) dialled.value.close('stopped');
      else if (dialled.ok) engine.connect(dialled.value);
    }
  };
  const round = (): void => {
    if (over) return;
    reach().then(
      () => void clock.after(REACH_AGAIN_MS, round),
      (error: unknown) => logger.log('error', 'recovery-dial-threw', { why: error instanceof Error ? error.name : 'unknown' }),
    );
  };
  round();
  return () => {
    over = true;
  };
}

function nobody({ asked: { size: asked }, problems }: Sought): ControlFailure {
  if (asked === 0)
    return new ControlFailure(
      'unreachable',
      'no LeanVibe agent was found on this network',
      'start one of your devices or of somebody you share with on this network, or name it: --peer <address>',
    );
  if (problems.length === asked)
    return new ControlFailure('unreachable', problems[0] ?? 'nobody could be reached', 'check that it runs, on the same network');
  return new ControlFailure(
    'refused',
    `${asked === 1 ? 'the device asked does not know these words' : `none of the ${asked} devices asked knows these words`}, or they were revoked`,
    'compare them with what you wrote down, or ask another device: --peer <address>',
  );
}
