/** A whole world from one seed: devices, wires, disks and people, and then the quiet in which every predicate must hold. */
import { createMemoryPair, type MemoryPair } from '@leanvibe/core/internal/memory/channel';
import type { Channel } from '@leanvibe/core/internal/ports/channel';
import type { CrdtKind } from '@leanvibe/protocol/change';
import type { ChangeId, DocumentId, EntryId, Hash, SpaceId } from '@leanvibe/protocol/ids';
import { logMessage } from '@leanvibe/protocol/peer';
import { decode } from '@leanvibe/protocol/shape';
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { toHex } from '@leanvibe/protocol/ids';
import { createVirtualClock, type VirtualClock } from '../help/clock.js';
import { createRandom, type SeededRandom } from '../help/random.js';
import { act } from './acts.js';
import { joinLate, tailOf } from './late.js';
import { createMachine, type Machine, type Mutation } from './machine.js';
import { type Broken, checkQuiet } from './predicates.js';
import { foundTeam, type Team } from './team.js';
import { pairUp } from './pair-up.js';
import { createPost, type Post } from './post.js';
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
  /** Decides what people do about mailboxes: worlds that are pinned keep their course. */
  readonly mailRandom: SeededRandom;
  readonly trace: Trace;
  readonly machines: Machine[];
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
  /** Checkpoints made up by a thief. */
  readonly lies: Set<Hash>;
  /** Whose machines these are; null in a world of one person's devices. */
  readonly team: Team | null;
  link(a: Machine, b: Machine): void;
  /** Dials again where one of the two hung up, as a client does: what they had not in common they may have now. */
  redial(): void;
  unlink(a: Machine, b: Machine): void;
  linked(a: Machine, b: Machine): boolean;
  nextLabel(): number;
  /** Entries handed over since the last call. */
  moved(): number;
  /** The relay of the world; machines then meet through it alone once everything is quiet. */
  readonly post: Post | null;
  /** Checkpoints are written and pruned by, so that not everybody holds every change. */
  readonly prunes: boolean;
  /** In such worlds somebody joins late, with nothing. `calm`: its worker is as quick as it should be. */
  late(calm: boolean): Promise<void>;
}

const STEPS = 45;
/** Of the seeds, how many are worlds of several people. */
const TEAMS = 0.4;

export type Shape = 'person' | 'team';

function shapeOf(seed: string): Shape {
  return createRandom(`${seed}/shape`).chance(TEAMS) ? 'team' : 'person';
}

/** `tailMin`: bytes of changes that make a checkpoint due; null in worlds without checkpoints. */
export async function simulate(
  seed: string,
  mutation: Mutation | null = null,
  shape: Shape = shapeOf(seed),
  tailMin: number | null = mutation?.checkpointTailMin ?? tailOf(seed),
  withRelay = false,
): Promise<Outcome> {
  const random = createRandom(`${seed}/world`);
  const clock = createVirtualClock();
  const trace = createTrace();
  const broken: Broken[] = [];
  const wires = new Map<string, Wire>();
  let moved = 0;
  let labels = 0;
  let late = 0;

  const wireOf = (a: Machine, b: Machine): string => [a.name, b.name].sort().join('-');
  const unlink = (a: Machine, b: Machine): void => {
    wires.get(wireOf(a, b))?.pair.cut('the link was cut');
    wires.delete(wireOf(a, b));
  };
  const onCrash = (machine: Machine): void => {
    post?.hangUp(machine);
    for (const wire of [...wires.values()]) if (wire.a === machine || wire.b === machine) unlink(wire.a, wire.b);
  };

  let post: Post | null = null;
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
            // Whoever was put out may go on by itself, and whoever went is heard out (C5).
            if (!machine.removed) moved++;
            const id = toHex(crypto.sha256(item)) as EntryId;
            if (!machine.durable.has(id))
              broken.push({ predicate: 1, detail: `${machine.name} sent ${id.slice(0, 8)} before it was on disk` });
          }
        }
        // What is on disk, pruned or not, is never asked for again.
        if (message.ok && message.value.type === 'get')
          for (const id of message.value.ids)
            if (machine.durable.has(id)) broken.push({ predicate: 7, detail: `${machine.name} asks for ${id.slice(0, 8)}, which it had` });
        channel.send(frame);
      },
    };
  };

  const link = (a: Machine, b: Machine): void => {
    if (a.engine === null || b.engine === null || wires.has(wireOf(a, b))) return;
    const latency = createRandom(`${seed}/${wireOf(a, b)}/${wires.size}`);
    const pair = createMemoryPair({ clock }, { left: a.device, right: b.device, delayMs: () => 1 + latency.below(40) });
    const wire: Wire = { pair, a, b, open: true };
    wires.set(wireOf(a, b), wire);
    a.engine.connect(noticing(wire, watched(a, pair.left)));
    b.engine.connect(noticing(wire, watched(b, pair.right)));
  };
  const redial = (): void => {
    for (const { a, b, open } of [...wires.values()]) {
      if (open) continue;
      wires.delete(wireOf(a, b));
      link(a, b);
    }
  };

  const ruled: Mutation | null = tailMin === null ? mutation : { name: 'checkpoints', ...mutation, checkpointTailMin: tailMin };
  const born = (name: string): Machine => createMachine(name, seed, clock, trace, ruled, onCrash);
  const { machines, space, team } = shape === 'team' ? await foundTeam(random, clock, born) : await onePerson(random, clock, born);
  const engine = machines[0]?.engine;
  if (engine == null) throw new Error('the first device died before anything happened');
  const kind: CrdtKind = random.chance(0.1) ? 'yjs' : 'model';
  if (withRelay) post = createPost({ clock, random: createRandom(`${seed}/relay`), trace });
  const here: World = {
    clock,
    random,
    mailRandom: createRandom(`${seed}/mailboxes`),
    trace,
    machines: [...machines],
    space,
    documents: Array.from({ length: 1 + random.below(3) }, () => engine.newDocument()),
    kind,
    broken,
    deleted: new Set(),
    forgeries: new Set(),
    vouched: new Set(),
    lies: new Set(),
    team,
    link,
    redial,
    unlink,
    nextLabel: () => labels++,
    linked: (a, b) => wires.has(wireOf(a, b)),
    post,
    prunes: tailMin !== null,
    late: (calm) => joinLate(here, born(`new${late++ === 0 ? '' : late}`), calm),
    moved() {
      const count = moved;
      moved = 0;
      return count;
    },
  };
  if (team !== null) trace.count('teams');
  // Most teams begin with everybody in; otherwise some still join while others are at work.
  if (team !== null && random.chance(0.8)) {
    for (const a of machines) for (const b of machines) if (a.name < b.name) link(a, b);
    await clock.advance(2_000);
    for (const a of machines) for (const b of machines) if (a.name < b.name && random.chance(0.5)) unlink(a, b);
  }
  for (let step = 0; step < STEPS; step++) await act(here, step);
  await checkQuiet(here);
  // A relay whose database was never put back is doubted by nobody.
  if ((trace.counts['relayRestores'] ?? 0) === 0)
    for (const machine of machines)
      for (const alarm of machine.alarms)
        if (alarm.startsWith('relay-')) broken.push({ predicate: 0, detail: `${machine.name} doubts an honest relay: ${alarm}` });
  for (const fault of trace.faults) broken.push({ predicate: 0, detail: fault });
  return { seed, hash: trace.hash(), broken, counts: trace.counts, tail: trace.tail(80) };
}

interface Wire {
  readonly pair: MemoryPair;
  readonly a: Machine;
  readonly b: Machine;
  open: boolean;
}

/** The wire is told when an engine closes its end. */
const noticing = (wire: Wire, real: Channel): Channel => ({
  ...real,
  close(reason) {
    wire.open = false;
    real.close(reason);
  },
});

interface Founded {
  readonly machines: readonly Machine[];
  readonly space: SpaceId;
  readonly team: Team | null;
}

async function onePerson(random: SeededRandom, clock: VirtualClock, born: (name: string) => Machine): Promise<Founded> {
  const machines = ['ana', 'bob', 'cyd', 'dee'].slice(0, 2 + random.below(3)).map(born);
  for (const machine of machines) await machine.start();
  const first = machines[0] as Machine;
  for (const machine of machines.slice(1)) await pairUp(clock, first, machine);
  if (first.engine === null) throw new Error('the first device died before anything happened');
  return { machines, space: first.engine.home(), team: null };
}
