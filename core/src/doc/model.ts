/** The model CRDT of simulations: a set of tokens that may be added, removed, and may name each other, so that a wrong order shows. */
import type { DeviceId } from '@leanvibe/protocol/ids';
import { decode, encode, list, optional, record, text, uint } from '@leanvibe/protocol/shape';
import { STRUCTS_MAX } from '@leanvibe/protocol/limits';
import { err, ok } from '../base/result.js';
import { admitSpans } from './admit.js';
import { type Crdt, CommandRefused, type Edited, type Inspection, type Json } from './crdt.js';
import { readArgs } from './product/args.js';

/** A token is named by who made it and when, as `clientId.clock`. `remove` takes any number of them away; a token's own `refs` must exist. */
export type ModelCommand =
  | { readonly type: 'add'; readonly label: string; readonly refs?: readonly string[] }
  | { readonly type: 'remove'; readonly ids: readonly string[] };
/** `tokens`: [{id, label}] by id; `count`: how many there are. */
export type ModelQuery = { readonly type: 'tokens' } | { readonly type: 'count' };

const tokenId = record({ clientId: [0, uint()], clock: [1, uint()] });
/** Each operation takes one clock. With a label it adds the token (client, clock); without, it removes what it names. */
const operation = record({ label: [0, optional(text(256))], refs: [1, list(tokenId, 64)] });
const section = record({ clientId: [0, uint()], clock: [1, uint()], operations: [2, list(operation, 65_536, 1)] });
const payloadShape = list(section, 64);
const stateShape = record({
  clocks: [0, list(record({ clientId: [0, uint()], clock: [1, uint()] }), STRUCTS_MAX)],
  tokens: [1, list(record({ clientId: [0, uint()], clock: [1, uint()], label: [2, text(256)] }), STRUCTS_MAX)],
  removed: [2, list(tokenId, STRUCTS_MAX)],
});
type Section = ReturnType<typeof sectionsOf>[number];

export interface ModelReplica {
  readonly clocks: Map<number, number>;
  /** Labels of live tokens by name. */
  readonly tokens: Map<string, string>;
  readonly removed: Set<string>;
  /** Set when something was applied before what it names. */
  broken: boolean;
}

const NOTHING = new Uint8Array(0);

export function createModelCrdt(): Crdt<ModelReplica> {
  return {
    kind: 'model',
    create: () => ({ clocks: new Map(), tokens: new Map(), removed: new Set(), broken: false }),
    inspect(payload) {
      const decoded = decode(payloadShape, payload, 'model');
      if (!decoded.ok) return err(decoded.error === 'too-large' ? 'over-limit' : 'malformed');
      return describe(decoded.value);
    },
    admit: admitSpans,
    apply: (replica, payload) => sectionsOf(payload).forEach((one) => applySection(replica, one)),
    settled: (replica) => !replica.broken,
    edit,
    merge(_replica, clientId, drafts) {
      const parts = drafts
        .flatMap(sectionsOf)
        .filter((one) => one.clientId === clientId)
        .sort((a, b) => a.clock - b.clock);
      const first = parts[0];
      return first === undefined
        ? encode(payloadShape, [])
        : encode(payloadShape, [{ clientId, clock: first.clock, operations: parts.flatMap((one) => one.operations) }]);
    },
    view(replica, query) {
      const { type } = readArgs(query);
      if (type === 'count') return replica.tokens.size;
      if (type === 'tokens') return [...replica.tokens].map(([id, label]) => ({ id, label })).sort((a, b) => (a.id < b.id ? -1 : 1));
      throw new CommandRefused(`There is no view "${type}" of this kind of document.`);
    },
    canonical: save,
    save,
    load,
    inspectState,
    join,
    weight: (replica) => (replica.tokens.size + replica.removed.size + replica.clocks.size) * 100,
  };
}

function sectionsOf(payload: Uint8Array) {
  const decoded = decode(payloadShape, payload, 'model');
  if (!decoded.ok) throw new Error(`a model payload that was not inspected: ${decoded.error}`);
  return decoded.value;
}

function describe(sections: readonly Section[]): ReturnType<Crdt<ModelReplica>['inspect']> {
  const writes = sections.map(({ clientId, clock, operations }) => ({ clientId, clockStart: clock, clockEnd: clock + operations.length }));
  const reads = new Map<number, number>();
  let structs = 0;
  for (const [at, one] of sections.entries()) {
    if (at > 0 && one.clientId <= (sections[at - 1] as Section).clientId) return err('malformed');
    structs += one.operations.length;
    for (const [step, { label, refs }] of one.operations.entries()) {
      if (label === null && refs.length === 0) return err('malformed');
      for (const ref of refs) {
        if (ref.clientId !== one.clientId) reads.set(ref.clientId, Math.max(reads.get(ref.clientId) ?? 0, ref.clock + 1));
        else if (ref.clock >= one.clock + step) return err('malformed');
      }
    }
  }
  if (writes.some((span) => !Number.isSafeInteger(span.clockEnd))) return err('malformed');
  const value: Inspection = { writes, reads: [...reads].map(([clientId, clockEnd]) => ({ clientId, clockEnd })), structs };
  return ok(value);
}

function nameOf(id: { readonly clientId: number; readonly clock: number }): string {
  return `${id.clientId}.${id.clock}`;
}

function applySection(replica: ModelReplica, { clientId, clock, operations }: Section): void {
  const known = replica.clocks.get(clientId) ?? 0;
  if (clock > known) replica.broken = true;
  for (const [step, { label, refs }] of operations.entries()) {
    if (clock + step < known) continue;
    for (const ref of refs) if (ref.clock >= (replica.clocks.get(ref.clientId) ?? 0)) replica.broken = true;
    replica.clocks.set(clientId, clock + step + 1);
    const name = nameOf({ clientId, clock: clock + step });
    if (label !== null) replica.tokens.set(name, label);
    else for (const ref of refs) remove(replica, nameOf(ref));
  }
}

function remove(replica: ModelReplica, name: string): void {
  replica.tokens.delete(name);
  replica.removed.add(name);
}

function edit(replica: ModelReplica, clientId: number, _author: DeviceId, command: Json): Edited {
  const args = readArgs(command);
  if (args.type !== 'add' && args.type !== 'remove')
    throw new CommandRefused(`There is no command "${args.type}" for this kind of document.`);
  const field = args.type === 'add' ? 'refs' : 'ids';
  const names = args.type === 'remove' || args.has(field) ? args.ids(field, 64) : [];
  const refs = names.map((name) => {
    const [client, clock] = name.split('.').map(Number);
    if (client === undefined || clock === undefined || !(clock < (replica.clocks.get(client) ?? 0)))
      throw new CommandRefused(`There is no token "${name}".`);
    return { clientId: client, clock };
  });
  if (args.type === 'remove' && refs.length === 0) return { update: NOTHING, answer: null };
  const clock = replica.clocks.get(clientId) ?? 0;
  const one: Section = { clientId, clock, operations: [{ label: args.type === 'add' ? args.text('label', 256) : null, refs }] };
  applySection(replica, one);
  return { update: encode(payloadShape, [one]), answer: { id: nameOf(one) } };
}

function byId(a: { readonly clientId: number; readonly clock: number }, b: { readonly clientId: number; readonly clock: number }): number {
  return a.clientId - b.clientId || a.clock - b.clock;
}

function idOf(name: string): { readonly clientId: number; readonly clock: number } {
  const [clientId, clock] = name.split('.').map(Number) as [number, number];
  return { clientId, clock };
}

function save(replica: ModelReplica): Uint8Array {
  return encode(stateShape, {
    clocks: [...replica.clocks].map(([clientId, clock]) => ({ clientId, clock })).sort(byId),
    tokens: [...replica.tokens].map(([name, label]) => ({ ...idOf(name), label })).sort(byId),
    removed: [...replica.removed].map(idOf).sort(byId),
  });
}

function load(state: Uint8Array): ModelReplica {
  const decoded = decode(stateShape, state, 'model state');
  if (!decoded.ok) throw new Error(`a saved model document cannot be read: ${decoded.error}`);
  const { clocks, tokens, removed } = decoded.value;
  return {
    clocks: new Map(clocks.map(({ clientId, clock }) => [clientId, clock])),
    tokens: new Map(tokens.map((token) => [nameOf(token), token.label])),
    removed: new Set(removed.map(nameOf)),
    broken: false,
  };
}

function inspectState(state: Uint8Array): ReturnType<Crdt<ModelReplica>['inspect']> {
  const decoded = decode(stateShape, state, 'model state');
  if (!decoded.ok) return err(decoded.error === 'too-large' ? 'over-limit' : 'malformed');
  const { clocks, tokens } = decoded.value;
  const ends = new Map(clocks.map(({ clientId, clock }) => [clientId, clock]));
  if (tokens.some((token) => token.clock >= (ends.get(token.clientId) ?? 0))) return err('malformed');
  const writes = clocks.map(({ clientId, clock }) => ({ clientId, clockStart: 0, clockEnd: clock }));
  return ok({ writes, reads: [], structs: tokens.length });
}

function join(replica: ModelReplica, state: Uint8Array): void {
  const { clocks, tokens, removed } = load(state);
  for (const name of removed) remove(replica, name);
  for (const [name, label] of tokens) {
    const { clientId, clock } = idOf(name);
    // What is here keeps its own word for what it holds already.
    if (clock >= (replica.clocks.get(clientId) ?? 0) && !replica.removed.has(name)) replica.tokens.set(name, label);
  }
  for (const [clientId, clock] of clocks) replica.clocks.set(clientId, Math.max(clock, replica.clocks.get(clientId) ?? 0));
}
