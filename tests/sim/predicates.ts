/** The predicates that must hold once the world is quiet (the design's numbers): nothing lost, nothing forged, everyone alike. */
import type { Audit } from '@leanvibe/core/internal/engine/audit-report';
import { toHex } from '@leanvibe/protocol/ids';
import { readSealed } from '@leanvibe/protocol/sealed';
import type { Machine } from './machine.js';
import type { World } from './simulate.js';

export interface Broken {
  /** 0: an engine fault. */
  readonly predicate: number;
  readonly detail: string;
}

/** Long enough for the slowest retry, many times over. */
const QUIET_MS = 20_000;

export async function checkQuiet(world: World): Promise<void> {
  const { machines, trace } = world;
  for (const machine of machines) {
    machine.crashIn(Number.MAX_SAFE_INTEGER, true);
    machine.calm();
    if (machine.engine === null) await machine.start();
  }
  trace.note('quiet');
  await meet(world);
  for (const machine of machines) if (machine.engine?.cloned() === true) await machine.engine.goOnAsOnlyCopy();
  await meet(world);
  await settledRemovals(world);
  await bounded(world);
  await checkStates(world);
  await checkKept(world);
  await checkShutOut(world);
  await checkSecondSession(world);
}

async function meet(world: World): Promise<void> {
  for (const a of world.machines) for (const b of world.machines) if (a.name < b.name) world.link(a, b);
  await world.clock.advance(QUIET_MS);
}

const live = (world: World): readonly Machine[] => world.machines.filter((machine) => !machine.removed && machine.engine !== null);

/**
 * Who was removed is what the survivors say, and survivors are those who see each other: a removed device that removed somebody
 * at the same time believes its own story.
 */
async function settledRemovals(world: World): Promise<void> {
  const sees = (viewer: Machine, seen: Machine): boolean =>
    viewer.engine
      ?.spaces()
      .find((space) => space.space === world.space)
      ?.devices.find((device) => device.device === seen.device)?.revoked === false;
  const camps = world.machines.map((viewer) => world.machines.filter((seen) => sees(viewer, seen)));
  const sound = camps.filter((camp) => camp.every((a) => camp.every((b) => sees(a, b))));
  const survivors = sound.toSorted((a, b) => b.length - a.length)[0] ?? [];
  if (survivors.length === 0) world.broken.push({ predicate: 10, detail: 'no two devices agree on who is left' });
  for (const machine of world.machines) machine.removed = !survivors.includes(machine);
}

async function bounded(world: World): Promise<void> {
  for (const machine of live(world)) {
    const peers = machine.engine?.peers() ?? [];
    for (const peer of peers) {
      const other = world.machines.find((one) => one.device === peer.device);
      if (other === undefined || other.removed) continue;
      if (peer.state !== 'in-step')
        world.broken.push({
          predicate: 12,
          detail: `${machine.name} and ${other.name} are ${peer.state}, ${peer.pendingOut} out, ${peer.pendingIn} in`,
        });
    }
  }
}

async function checkStates(world: World): Promise<void> {
  let firstStates: ReadonlyMap<string, string> | null = null;
  for (const machine of live(world)) {
    const { engine } = machine;
    if (engine === null) continue;
    await engine.settled();
    const audit = await engine.audit(world.space);
    if (audit === null) {
      world.broken.push({ predicate: 9, detail: `${machine.name} is not in the space` });
      continue;
    }
    checkAudit(world, machine, audit);
    const states = new Map<string, string>();
    for (const document of audit.documents) {
      const canonical = await engine.canonical(world.space, document.document);
      const verdicts = document.changes
        .filter((one) => !world.forgeries.has(one.change))
        .map((one) => `${one.change}${one.verdict}`)
        .sort()
        .join();
      states.set(document.document, `${canonical === null ? '' : toHex(canonical)}/${verdicts}`);
    }
    if (firstStates === null) firstStates = states;
    else if (!sameMaps(firstStates, states))
      world.broken.push({
        predicate: 9,
        detail: `${machine.name} differs from ${live(world)[0]?.name}: ${difference(firstStates, states)}`,
      });
  }
}

function sameMaps(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
}

function difference(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): string {
  const short = (state: string | undefined): string =>
    state === undefined
      ? 'none'
      : `${state.split('/')[0]?.length} ${(state.split('/')[1] ?? '')
          .split(',')
          .map((row) => row.slice(0, 4) + row.slice(64))
          .join()}`;
  return [...new Set([...a.keys(), ...b.keys()])]
    .filter((key) => a.get(key) !== b.get(key))
    .map((key) => `${key.slice(0, 6)}: ${short(a.get(key))} / ${short(b.get(key))}`)
    .join('; ');
}

function checkAudit(world: World, machine: Machine, audit: Audit): void {
  for (const epoch of audit.leakedEpochs)
    world.broken.push({ predicate: 10, detail: `epoch ${epoch.slice(0, 8)} was given to a device its author knew removed` });
  for (const document of audit.documents) {
    const name = `${machine.name}/${document.document.slice(0, 6)}`;
    if (document.wrongVerdicts.length > 0)
      world.broken.push({ predicate: 8, detail: `${name}: ${document.wrongVerdicts.length} verdicts differ from a recomputation` });
    if (!document.sound) world.broken.push({ predicate: 9, detail: `${name}: rebuilt from disk is not what is shown` });
    if (document.drafts > 0) world.broken.push({ predicate: 12, detail: `${name}: ${document.drafts} drafts were never numbered` });
    if (document.forks.length > 0) {
      world.trace.count('forks');
      if (world.machines.every((one) => one.restores === 0))
        world.broken.push({ predicate: 2, detail: `${name}: an unrestored device forked itself` });
    }
    for (const change of document.changes) {
      if (change.verdict.startsWith('quarantined')) world.trace.count('quarantined');
      if (change.verdict.startsWith('refused') && !world.forgeries.has(change.change))
        world.broken.push({ predicate: 4, detail: `${name}: an honest change was ${change.verdict}` });
      if (change.verdict.startsWith('waiting')) world.broken.push({ predicate: 12, detail: `${name}: ${change.verdict} for ever` });
      if (
        change.verdict.startsWith('quarantined') &&
        // A copied device may write one client id twice; one branch stays and holds what both said.
        !(change.verdict === 'quarantined:fork' && world.machines.some((one) => one.restores > 0)) &&
        !world.forgeries.has(change.change) &&
        live(world).some((one) => one.device === change.device)
      )
        world.broken.push({ predicate: 14, detail: `${name}: a live member's change is ${change.verdict}` });
    }
  }
}

/** Every label that was kept is visible at every live device, or was deleted, or belongs to a removed device (whose work is quarantined or was never heard of). */
async function checkKept(world: World): Promise<void> {
  for (const machine of live(world)) {
    const seen = new Set<string>();
    for (const document of world.documents) {
      const rows = (await machine.engine?.view(world.space, document, world.kind, {
        type: world.kind === 'model' ? 'tokens' : 'tasks',
      })) as readonly { readonly label?: string; readonly title?: string }[];
      for (const row of rows) seen.add(row.label ?? row.title ?? '');
    }
    for (const label of seen)
      if (label.startsWith('forged')) world.broken.push({ predicate: 4, detail: `${label} is shown at ${machine.name}` });
    for (const label of world.vouched)
      if (!seen.has(label) && !world.deleted.has(label))
        world.broken.push({ predicate: 5, detail: `${label} was shown where its author was removed, and is not at ${machine.name}` });
    for (const author of live(world)) {
      for (const label of author.kept) {
        if (!seen.has(label) && !world.deleted.has(label))
          world.broken.push({ predicate: 5, detail: `${label} was kept and is not at ${machine.name}` });
      }
    }
  }
}

/** Predicate 10, from the outside: what is written now is sealed under no epoch that a removed device can read. */
async function checkShutOut(world: World): Promise<void> {
  const removed = world.machines.filter((machine) => machine.removed && machine.engine !== null);
  if (removed.length === 0) return;
  const readable = new Set<string>();
  for (const machine of removed) for (const epoch of (await machine.engine?.audit(world.space))?.epochs ?? []) readable.add(epoch);
  for (const machine of live(world)) {
    const before = (await machine.disk().head(world.space, 2)).position;
    await world.edit(machine);
    await world.clock.advance(2_000);
    // A person who wants to delete and finds nothing writes nothing.
    const last = (await machine.disk().rows(world.space, 2, before, { rows: 1000, bytes: 2 ** 24 })).findLast((row) => row.from === null);
    const outside = last?.sealed == null ? null : readSealed(last.sealed);
    if (outside?.ok === true && readable.has(outside.value.epoch))
      world.broken.push({ predicate: 10, detail: `${machine.name} writes under an epoch that a removed device can read` });
  }
}

async function checkSecondSession(world: World): Promise<void> {
  for (const a of world.machines) for (const b of world.machines) if (a.name < b.name) world.unlink(a, b);
  await world.clock.advance(1_000);
  world.moved();
  await meet(world);
  const moved = world.moved();
  if (moved > 0) world.broken.push({ predicate: 7, detail: `a second quiet session moved ${moved} entries` });
  for (const machine of live(world)) {
    const positions = await machine.engine?.storage();
    world.trace.note(`${machine.name} ${positions?.entries ?? 0} entries`);
  }
}
