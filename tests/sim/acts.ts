/** What happens in a simulated world, one step at a time: people write and delete, links come and go, processes die, disks fill and are put back. */
import type { DocumentId } from '@leanvibe/protocol/ids';
import type { CrdtKind } from '@leanvibe/protocol/change';
import { forge } from './forge.js';
import { forgeCheckpoint } from './forge-checkpoint.js';
import type { Machine } from './machine.js';
import type { Post } from './post.js';
import type { World } from './simulate.js';
import { actInTeam } from './team-acts.js';

export async function editSomething(world: World, machine: Machine): Promise<void> {
  const { random, trace } = world;
  const engine = machine.engine;
  if (engine === null) return;
  const document = random.pick(world.documents);
  const label = `${machine.name}-${world.nextLabel()}`;
  const removing = world.kind === 'model' && random.chance(0.15);
  const command = removing ? await removal(world, machine, document) : additionOf(world.kind, label);
  if (command === null) return;
  // A crash may come after the deletion was kept and before the person heard of it.
  if (removing) for (const gone of command.labels) world.deleted.add(gone);
  const editing = engine.edit(world.space, document, world.kind, command.command);
  // The person waits for the answer only as long as the process lives.
  let done = false;
  void editing.then(
    (result) => {
      done = true;
      if (!result.ok) return;
      trace.count(removing ? 'deletes' : 'edits');
      if (removing) return;
      machine.kept.add(label);
      trace.note(`${machine.name} kept ${label}`);
    },
    (error: unknown) => trace.fault(`${machine.name}: edit threw ${String(error)}`),
  );
  for (let turn = 0; turn < 20 && !done; turn++) await world.clock.advance(0);
}

function additionOf(kind: CrdtKind, label: string): { readonly command: never; readonly labels: readonly string[] } {
  const command =
    kind === 'model'
      ? { type: 'add', label }
      : { type: 'task.add', id: label.padEnd(16, '0'), title: label, by: 'sim', at: '2026-01-01T00:00:00.000Z' };
  return { command: command as never, labels: [label] };
}

/** Waits as long as an answer can still come; null when the process died over it. */
export async function lived<T>(world: World, asked: Promise<T>): Promise<T | null> {
  let answer: { readonly value: T } | null = null;
  asked.then(
    (value) => {
      answer = { value };
    },
    (error: unknown) => world.trace.fault(`asked and got ${String(error)}`),
  );
  for (let turn = 0; turn < 40 && answer === null; turn++) await world.clock.advance(0);
  return (answer as { readonly value: T } | null)?.value ?? null;
}

async function removal(
  world: World,
  machine: Machine,
  document: DocumentId,
): Promise<{ readonly command: never; readonly labels: readonly string[] } | null> {
  const { engine } = machine;
  const tokens =
    engine === null || !isIn(world, machine)
      ? null
      : ((await lived(world, engine.view(world.space, document, 'model', { type: 'tokens' }))) as
          | readonly { readonly id: string; readonly label: string }[]
          | null);
  if (tokens === null || tokens.length === 0) return null;
  const victim = world.random.pick(tokens);
  return { command: { type: 'remove', ids: [victim.id] } as never, labels: [victim.label] };
}

/** Beside everything else: lines to the relay come and go, and things happen to it. */
function actAtRelay({ mailRandom }: World, post: Post, machine: Machine): void {
  const dice = mailRandom.below(100);
  if (dice < 45) post.dial(machine);
  else if (dice < 60) post.hangUp(machine);
  else if (dice < 75) post.act();
}

export async function act(world: World, step: number): Promise<void> {
  const { clock, machines, random, trace } = world;
  const machine = random.pick(machines);
  const other = random.pick(machines);
  const dice = random.below(100);
  trace.note(`${step} ${machine.name} ${other.name} ${dice}`);
  if (world.post !== null) actAtRelay(world, world.post, machine);
  if (world.team !== null && machine.engine !== null && random.chance(0.2)) await actInTeam(world, world.team, machine);
  else if (machine.engine === null) {
    if (random.chance(0.4) && machine.restore(random.chance(0.5))) {
      trace.count('restores');
      trace.note(`${machine.name} restored`);
    }
    await machine.start();
    trace.count('starts');
  } else if (dice < 45) await editSomething(world, machine);
  else if (dice < 62) {
    if (machine !== other) world.link(machine, other);
  } else if (dice < 72) {
    if (machine !== other && world.linked(machine, other)) {
      world.unlink(machine, other);
      trace.count('cuts');
    }
  } else if (dice < 80) {
    machine.crashIn(1 + random.below(12), random.chance(0.5));
    trace.count('crashes');
  } else if (dice < 84) {
    machine.snapshot();
    trace.note(`${machine.name} snapshot`);
  } else if (dice < 88) {
    machine.diskFull(true);
    trace.count('diskFull');
    await editSomething(world, machine);
    machine.diskFull(false);
  } else if (dice < 91) {
    if (world.team === null) await revokeSomebody(world, machine, other);
    else if (other !== machine) await actInTeam(world, world.team, other);
  } else if (dice < 94) {
    if (world.prunes && random.chance(0.5)) {
      if (await forgeCheckpoint(world, machine)) trace.count('lies');
    } else if (world.kind === 'model' && (await forge(world, machine, other))) trace.count('forgeries');
  } else if (world.prunes && random.chance(0.5)) {
    if (random.chance(0.15)) await world.late(false);
    // Turns take minutes.
    else await clock.advance((1 + random.below(3)) * 60_000);
  } else await clock.advance(random.below(3) * 5_000);
  await clock.advance(random.below(120));
}

/** Some join later than others. */
const isIn = (world: World, machine: Machine): boolean => machine.engine?.spaces().some((one) => one.space === world.space) === true;

export async function shown(world: World, machine: Machine): Promise<readonly string[]> {
  const labels: string[] = [];
  for (const document of world.documents) {
    const rows =
      machine.engine === null || !isIn(world, machine)
        ? null
        : await lived(world, machine.engine.view(world.space, document, world.kind, { type: world.kind === 'model' ? 'tokens' : 'tasks' }));
    for (const row of (rows ?? []) as readonly { readonly label?: string; readonly title?: string }[])
      labels.push(row.label ?? row.title ?? '');
  }
  return labels;
}

async function revokeSomebody(world: World, machine: Machine, other: Machine): Promise<void> {
  const { engine } = machine;
  const live = world.machines.filter((one) => !one.removed);
  if (engine === null || other === machine || other.removed || machine.removed || live.length < 3) return;
  other.removed = true;
  const before = await shown(world, machine);
  world.trace.count('revokes');
  let done = false;
  const finish = (): void => void (done = true);
  void engine.revoke(other.device).then((result) => {
    if (result.ok) for (const label of before) if (other.kept.has(label)) world.vouched.add(label);
    // A device that does not know the other yet, or may not: then nobody was removed.
    if (!result.ok) other.removed = false;
    finish();
  }, finish);
  for (let turn = 0; turn < 40 && !done; turn++) await world.clock.advance(1);
}
