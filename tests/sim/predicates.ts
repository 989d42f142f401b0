/** The predicates that must hold once the world is quiet (the design's numbers): nothing lost, nothing forged, everyone alike. */
import type { Audit } from '@leanvibe/core/internal/engine/audit-report';
import { readSealed } from '@leanvibe/protocol/sealed';
import { editSomething, shown } from './acts.js';
import { CHECKPOINTS_MS, checkPruned } from './checkpoints.js';
import { epochsOn } from './disk.js';
import { type Ground, groundOf } from './ground.js';
import { checkHeldKeys } from './held-keys.js';
import type { Machine } from './machine.js';
import type { Post } from './post.js';
import type { World } from './simulate.js';
import { type ShownBy, shownBy, unalike } from './states.js';
import { deliverLate, largestCamp } from './team.js';

export interface Broken {
  /** 0: an engine fault. */
  readonly predicate: number;
  readonly detail: string;
}

/** Long enough for the slowest retry, many times over. */
const QUIET_MS = 20_000;
const REDIALS = 4;

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
  if (world.team !== null && (await deliverLate(world))) await meet(world);
  settledRemovals(world);
  // The last one of a team may leave, and nobody is left to ask.
  if (live(world).length === 0) return trace.count('ended');
  if (world.prunes) {
    await world.clock.advance(CHECKPOINTS_MS);
    await world.late(true);
  }
  await bounded(world);
  const ground = await groundOf(world, live(world));
  await checkStates(world, ground);
  await checkKept(world, ground);
  await checkHeldKeys(world, live(world));
  await checkShutOut(world, ground);
  await checkSecondSession(world);
}

async function meet(world: World): Promise<void> {
  if (world.post !== null) return meetThrough(world, world.post);
  for (const a of world.machines) for (const b of world.machines) if (a.name < b.name) world.link(a, b);
  for (let turn = 0; turn < REDIALS; turn++) {
    world.redial();
    await world.clock.advance(QUIET_MS / REDIALS);
  }
}

/** No two machines are linked: all there is goes through the relay. */
async function meetThrough(world: World, post: Post): Promise<void> {
  post.calm();
  for (const a of world.machines) for (const b of world.machines) if (a.name < b.name) world.unlink(a, b);
  for (let turn = 0; turn < REDIALS; turn++) {
    for (const machine of world.machines) post.dial(machine);
    await world.clock.advance(QUIET_MS / REDIALS);
  }
}

const live = (world: World): readonly Machine[] => world.machines.filter((machine) => !machine.removed && machine.engine !== null);

function settledRemovals(world: World): void {
  const survivors = largestCamp(world.machines, world.space);
  if (survivors.length === 0 && world.team === null) world.broken.push({ predicate: 10, detail: 'no two devices agree on who is left' });
  for (const machine of world.machines) machine.removed = !survivors.includes(machine);
}

const shuns = (one: Machine, other: Machine): boolean =>
  one.engine?.spaces().some(({ devices }) => devices.some(({ device, revoked }) => device === other.device && revoked)) === true;

async function bounded(world: World): Promise<void> {
  for (const machine of live(world)) {
    const peers = machine.engine?.peers() ?? [];
    for (const peer of peers) {
      const other = world.machines.find((one) => one.device === peer.device);
      if (other === undefined || other.removed) continue;
      // Out of its person's own devices and in the team still: what waits for it at home is announcements it may have and entries it may not.
      const halfOut =
        ['syncing', 'announcements'].includes(peer.state) && peer.pendingIn === 0 && (shuns(machine, other) || shuns(other, machine));
      if (peer.state !== 'in-step' && !halfOut)
        world.broken.push({
          predicate: 12,
          detail: `${machine.name} and ${other.name} are ${peer.state}, ${peer.pendingOut} out, ${peer.pendingIn} in`,
        });
    }
  }
}

async function checkStates(world: World, ground: Ground): Promise<void> {
  let first: ShownBy | null = null;
  for (const machine of live(world)) {
    const { engine } = machine;
    if (engine === null) continue;
    await engine.settled();
    const audit = await engine.audit(world.space);
    if (audit === null) {
      world.broken.push({ predicate: 9, detail: `${machine.name} is not in the space` });
      continue;
    }
    checkAudit(world, machine, audit, ground);
    if (world.prunes) await checkPruned(world, machine);
    const now = await shownBy(world, machine, audit, ground);
    first ??= now;
    const unlike = unalike(first, now);
    if (unlike !== '') world.broken.push({ predicate: 9, detail: `${first.machine.name} and ${machine.name} differ: ${unlike}` });
  }
}

function checkAudit(world: World, machine: Machine, audit: Audit, ground: Ground): void {
  for (const epoch of audit.leakedEpochs)
    world.broken.push({ predicate: 10, detail: `epoch ${epoch.slice(0, 8)} was given to a device its author knew removed` });
  for (const document of audit.documents) {
    const name = `${machine.name}/${document.document.slice(0, 6)}`;
    if (document.wrongVerdicts.length > 0)
      world.broken.push({ predicate: 8, detail: `${name}: ${document.wrongVerdicts.length} verdicts differ from a recomputation` });
    // Such drafts may be typed on words that stand aside since: what is shown here is what its person saw, and nobody else's affair.
    if (!document.sound && !ground.stranded(machine).has(document.document))
      world.broken.push({ predicate: 9, detail: `${name}: rebuilt from disk is not what is shown` });
    if (document.drafts > 0 && !ground.stranded(machine).has(document.document))
      world.broken.push({ predicate: 12, detail: `${name}: ${document.drafts} drafts were never numbered` });
    if (document.forks.length > 0) {
      world.trace.count('forks');
      if (world.machines.every((one) => one.restores === 0))
        world.broken.push({ predicate: 2, detail: `${name}: an unrestored device forked itself` });
    }
    for (const change of document.changes) {
      if (change.verdict.startsWith('quarantined')) world.trace.count('quarantined');
      if (change.verdict.startsWith('refused') && !world.forgeries.has(change.change))
        world.broken.push({ predicate: 4, detail: `${name}: an honest change was ${change.verdict}` });
      if (
        change.verdict === 'quarantined:frontier-missing' &&
        ground.leftByItself(change.device) &&
        world.machines.every((one) => one.restores === 0)
      )
        world.broken.push({ predicate: 12, detail: `${name}: the frontier of somebody who left never came` });
      if (change.verdict.startsWith('waiting')) world.broken.push({ predicate: 12, detail: `${name}: ${change.verdict} for ever` });
      if (
        change.verdict.startsWith('quarantined') &&
        // A copied device may write one client id twice; one branch stays and holds what both said.
        !(change.verdict === 'quarantined:fork' && world.machines.some((one) => one.restores > 0)) &&
        !world.forgeries.has(change.change) &&
        (ground.unharmed(change.change) || (world.team === null && live(world).some((one) => one.device === change.device)))
      )
        world.broken.push({ predicate: 14, detail: `${name}: a change of a chain that nothing speaks against is ${change.verdict}` });
    }
  }
}

/**
 * Every label that was kept is visible at every live device, or was deleted, or stands aside where something speaks against its chain, or
 * is still a draft of somebody who may no longer write, or belongs to a removed device of which it was never heard.
 */
async function checkKept(world: World, ground: Ground): Promise<void> {
  for (const machine of live(world)) {
    const seen = new Set(await shown(world, machine));
    const lost = (label: string, author: Machine | null): boolean =>
      !seen.has(label) && !world.deleted.has(label) && !ground.aside(label) && !(author !== null && ground.strandedAt(author, label));
    for (const label of seen)
      if (label.startsWith('forged')) world.broken.push({ predicate: 4, detail: `${label} is shown at ${machine.name}` });
    for (const label of world.vouched)
      if (lost(label, null))
        world.broken.push({ predicate: 5, detail: `${label} was shown where its author was removed, and is not at ${machine.name}` });
    for (const author of live(world)) {
      for (const label of author.kept)
        if (lost(label, author)) world.broken.push({ predicate: 5, detail: `${label} was kept and is not at ${machine.name}` });
    }
  }
}

/** Predicate 10, from the outside: what is written now is sealed under no epoch that a removed device can read. */
async function checkShutOut(world: World, ground: Ground): Promise<void> {
  const removed = world.machines.filter((machine) => machine.removed && machine.engine !== null);
  const silenced = live(world).filter((machine) => !ground.writes(machine));
  if (removed.length === 0 && silenced.length === 0) return;
  const readable = new Set<string>();
  for (const machine of removed) for (const epoch of (await machine.engine?.audit(world.space))?.epochs ?? []) readable.add(epoch);
  const writable = new Set<string>();
  for (const machine of silenced)
    for (const { epoch, append } of await epochsOn(machine, world.space)) if (append !== null) writable.add(epoch);
  for (const machine of live(world)) {
    if (!ground.writes(machine)) continue;
    const before = (await machine.disk().head(world.space, 2)).position;
    await editSomething(world, machine);
    await world.clock.advance(2_000);
    // A person who wants to delete and finds nothing writes nothing.
    const last = (await machine.disk().rows(world.space, 2, before, { rows: 1000, bytes: 2 ** 24 })).findLast((row) => row.from === null);
    const outside = last?.sealed == null ? null : readSealed(last.sealed);
    if (outside?.ok === true && readable.has(outside.value.epoch))
      world.broken.push({ predicate: 10, detail: `${machine.name} writes under an epoch that a removed device can read` });
    if (outside?.ok === true && writable.has(outside.value.epoch))
      world.broken.push({ predicate: 10, detail: `${machine.name} writes under an epoch that a viewer could write under too` });
  }
}

async function checkSecondSession(world: World): Promise<void> {
  // What was written last may have made a checkpoint due: its turns take minutes.
  if (world.prunes) await world.clock.advance(CHECKPOINTS_MS);
  for (const a of world.machines) for (const b of world.machines) if (a.name < b.name) world.unlink(a, b);
  await world.clock.advance(1_000);
  world.moved();
  await meet(world);
  const moved = world.moved();
  if (moved === 0) world.trace.count('quietSessions');
  else world.broken.push({ predicate: 7, detail: `a second quiet session moved ${moved} entries` });
  for (const machine of live(world)) {
    const positions = await machine.engine?.storage();
    world.trace.note(`${machine.name} ${positions?.entries ?? 0} entries`);
  }
}
