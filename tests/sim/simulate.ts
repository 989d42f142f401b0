/** A whole world from one seed: devices, wires, disks and people, and then the quiet in which every predicate must hold. */
import { createMemoryPair, type MemoryPair } from '@leanvibe/core/internal/memory/channel';
import type { Channel } from '@leanvibe/core/internal/ports/channel';
import type { CrdtKind } from '@leanvibe/protocol/change';
import type { ChangeId, DocumentId, EntryId, SpaceId } from '@leanvibe/protocol/ids';
import { logMessage } from '@leanvibe/protocol/peer';
import { decode } from '@leanvibe/protocol/shape';
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { toHex } from '@leanvibe/protocol/ids';
import { createVirtualClock, type VirtualClock } from '../help/clock.js';
import { createRandom, type SeededRandom } from '../help/random.js';
import { forge } from './forge.js';
import { createMachine, type Machine, type Mutation } from './machine.js';
import { type Broken, checkQuiet } from './predicates.js';
import { createTrace, type Trace } from './trace.js';

export interface Outcome {
  readonly seed: string;
  readonly hash: string;
  readonly broken: readonly Broken[];
  readonly counts: Readonly<Record<string, number>>;
  readonly tail: readonly string[];
}

export interface World {
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly trace: Trace;
  readonly machines: readonly Machine[];
  readonly space: SpaceId;
  readonly documents: readonly DocumentId[];
  readonly kind: CrdtKind;
  readonly broken: Broken[];
  /** Labels whose tokens a person deleted on purpose. */
  readonly deleted: Set<string>;
  /** Changes made up by a thief, never by a person. */
  readonly forgeries: Set<ChangeId>;
  /** Labels of a removed device that the one who removed it had seen before. */
  readonly vouched: Set<string>;
  edit(machine: Machine): Promise<void>;
  link(a: Machine, b: Machine): void;
  unlink(a: Machine, b: Machine): void;
  linked(a: Machine, b: Machine): boolean;
  nextLabel(): number;
  /** Entries handed over since the last call. */
  moved(): number;
}

const STEPS = 45;

export async function simulate(seed: string, mutation: Mutation | null = null): Promise<Outcome> {
  const random = createRandom(`${seed}/world`);
  const clock = createVirtualClock();
  const trace = createTrace();
  const broken: Broken[] = [];
  const wires = new Map<string, { readonly pair: MemoryPair; readonly a: Machine; readonly b: Machine }>();
  let moved = 0;
  let labels = 0;

  const wireOf = (a: Machine, b: Machine): string => [a.name, b.name].sort().join('-');
  const unlink = (a: Machine, b: Machine): void => {
    wires.get(wireOf(a, b))?.pair.cut('the link was cut');
    wires.delete(wireOf(a, b));
  };
  const onCrash = (machine: Machine): void => {
    for (const wire of [...wires.values()]) if (wire.a === machine || wire.b === machine) unlink(wire.a, wire.b);
  };

  const crypto = nativeCrypto();
  /** Predicate 1: what leaves is on disk here. */
  const watched = (machine: Machine, real: Channel): Channel => {
    const channel = mutation?.channel?.(real) ?? real;
    return {
      ...channel,
      queuedBytes: () => channel.queuedBytes(),
      send(frame) {
        const message = decode(logMessage, frame);
        if (message.ok && (message.value.type === 'entries' || message.value.type === 'loose')) {
          for (const item of message.value.items) {
            moved++;
            const id = toHex(crypto.sha256(item)) as EntryId;
            if (!machine.durable.has(id))
              broken.push({ predicate: 1, detail: `${machine.name} sent ${id.slice(0, 8)} before it was on disk` });
          }
        }
        channel.send(frame);
      },
    };
  };

  const link = (a: Machine, b: Machine): void => {
    if (a.engine === null || b.engine === null || wires.has(wireOf(a, b))) return;
    const latency = createRandom(`${seed}/${wireOf(a, b)}/${wires.size}`);
    const pair = createMemoryPair({ clock }, { left: a.device, right: b.device, delayMs: () => 1 + latency.below(40) });
    wires.set(wireOf(a, b), { pair, a, b });
    a.engine.connect(watched(a, pair.left));
    b.engine.connect(watched(b, pair.right));
  };

  const names = ['ana', 'bob', 'cyd', 'dee'].slice(0, 2 + random.below(3));
  const machines = names.map((name) => createMachine(name, seed, clock, trace, mutation, onCrash));
  for (const machine of machines) await machine.start();
  const first = machines[0] as Machine;
  for (const machine of machines.slice(1)) await pairUp(clock, first, machine);
  const engine = first.engine;
  if (engine === null) throw new Error('the first device died before anything happened');
  const kind: CrdtKind = random.chance(0.1) ? 'yjs' : 'model';
  const world: World = {
    clock,
    random,
    trace,
    machines,
    space: engine.home(),
    documents: Array.from({ length: 1 + random.below(3) }, () => engine.newDocument()),
    kind,
    broken,
    deleted: new Set(),
    forgeries: new Set(),
    vouched: new Set(),
    edit: (machine) => editSomething(world, machine),
    link,
    unlink,
    nextLabel: () => labels++,
    linked: (a, b) => wires.has(wireOf(a, b)),
    moved() {
      const count = moved;
      moved = 0;
      return count;
    },
  };
  for (let step = 0; step < STEPS; step++) await act(world, step);
  await checkQuiet(world);
  for (const fault of trace.faults) broken.push({ predicate: 0, detail: fault });
  return { seed, hash: trace.hash(), broken, counts: trace.counts, tail: trace.tail(80) };
}

async function pairUp(clock: VirtualClock, admitter: Machine, newcomer: Machine): Promise<void> {
  if (admitter.engine === null || newcomer.engine === null) return;
  const offer = admitter.engine.pairing.offer({ name: admitter.name, autoConfirm: true }, () => undefined);
  const channels = createMemoryPair({ clock }, { left: newcomer.device, right: admitter.device });
  admitter.engine.pairing.serve(channels.right);
  newcomer.engine.pairing.join(channels.left, { name: newcomer.name, secret: offer.secret, code: null, keepHome: false }, () => undefined);
  await clock.advance(200);
}

async function editSomething(world: World, machine: Machine): Promise<void> {
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
async function lived<T>(world: World, asked: Promise<T>): Promise<T | null> {
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
    engine === null
      ? null
      : ((await lived(world, engine.view(world.space, document, 'model', { type: 'tokens' }))) as
          | readonly { readonly id: string; readonly label: string }[]
          | null);
  if (tokens === null || tokens.length === 0) return null;
  const victim = world.random.pick(tokens);
  return { command: { type: 'remove', ids: [victim.id] } as never, labels: [victim.label] };
}

async function act(world: World, step: number): Promise<void> {
  const { clock, machines, random, trace } = world;
  const machine = random.pick(machines);
  const other = random.pick(machines);
  const dice = random.below(100);
  trace.note(`${step} ${machine.name} ${other.name} ${dice}`);
  if (machine.engine === null) {
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
  } else if (dice < 91) await revokeSomebody(world, machine, other);
  else if (dice < 94) {
    if (world.kind === 'model' && (await forge(world, machine, other))) trace.count('forgeries');
  } else await clock.advance(random.below(3) * 5_000);
  await clock.advance(random.below(120));
}

async function shown(world: World, machine: Machine): Promise<readonly string[]> {
  const labels: string[] = [];
  for (const document of world.documents) {
    const rows =
      machine.engine === null
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
