/** Facts (C22): what machines own. Per author device and key the newest counter wins; there is no history. */
import { canonicalBytes, decodeFacts, decodeState, encodeFacts, type Fact, type FactRow, loadRows, saveRows } from './facts-bytes.js';
import { err, ok } from '../base/result.js';
import { type Crdt, CommandRefused, type Json } from './crdt.js';
import { asJson, canonicalJson, isList } from './json.js';
import { readArgs } from './product/args.js';
import { FACT_KEY_BYTES_MAX, FACT_VALUE_BYTES_MAX, FACTS_MAX } from '@leanvibe/protocol/limits';
import { utf8Length } from './product/args.js';
import type { DeviceId } from '@leanvibe/protocol/ids';

export type FactsCommand = { readonly type: 'facts.set'; readonly values: { readonly [key: string]: Json } };
/** `facts`: {device: {key: value}}; `latest`: {key: {value, device, counter}}, over devices the highest counter, then the lowest device id. */
export type FactsQuery = { readonly type: 'facts' } | { readonly type: 'latest' };

/** Facts by key by device. A value is canonical JSON text; parsing waits for the view. */
export interface FactsReplica {
  readonly byDevice: Map<DeviceId, Map<string, Fact>>;
  bytes: number;
}

const NOTHING = new Uint8Array(0);

export function createFactsCrdt(): Crdt<FactsReplica> {
  return {
    kind: 'facts',
    create: () => ({ byDevice: new Map(), bytes: 0 }),
    inspect(payload) {
      const facts = decodeFacts(payload);
      return facts.ok ? ok({ writes: [], reads: [], structs: facts.value.length }) : err(facts.error);
    },
    admit: (inspection) => (inspection.writes.length === 0 && inspection.reads.length === 0 ? ok(null) : err('bad-struct')),
    apply(replica, payload, author) {
      const facts = decodeFacts(payload);
      if (facts.ok) for (const fact of facts.value) put(replica, author, fact);
    },
    settled: () => true,
    edit(replica, _clientId, author, command) {
      const changed = changes(replica, author, command);
      if (changed.length === 0) return { update: NOTHING, answer: { changed: 0 } };
      for (const fact of changed) put(replica, author, fact);
      return { update: encodeFacts(changed), answer: { changed: changed.length } };
    },
    merge(_replica, _clientId, drafts) {
      const newest = new Map<string, Fact>();
      for (const draft of drafts) {
        const facts = decodeFacts(draft);
        if (facts.ok) for (const fact of facts.value) if (wins(fact, newest.get(fact.key))) newest.set(fact.key, fact);
      }
      return encodeFacts([...newest.values()]);
    },
    view,
    canonical: (replica) => canonicalBytes(rows(replica)),
    save: (replica) => saveRows(rows(replica)),
    load(state) {
      const replica: FactsReplica = { byDevice: new Map(), bytes: 0 };
      for (const { device, ...fact } of loadRows(state)) put(replica, device, fact);
      return replica;
    },
    inspectState(state) {
      const facts = decodeState(state);
      return facts.ok ? ok({ writes: [], reads: [], structs: facts.value.length }) : err(facts.error);
    },
    join(replica, state) {
      const facts = decodeState(state);
      if (facts.ok) for (const { device, ...fact } of facts.value) put(replica, device, fact);
    },
    weight: (replica) => replica.bytes,
  };
}

/** Of two values with one counter, which only a broken device makes, the greater text wins, so that every order ends alike. */
function wins(fact: Fact, known: Fact | undefined): boolean {
  return known === undefined || fact.counter > known.counter || (fact.counter === known.counter && fact.value > known.value);
}

function put(replica: FactsReplica, device: DeviceId, fact: Fact): void {
  let facts = replica.byDevice.get(device);
  if (facts === undefined) replica.byDevice.set(device, (facts = new Map()));
  const known = facts.get(fact.key);
  if (!wins(fact, known)) return;
  replica.bytes += (fact.value.length - (known?.value.length ?? 0)) * 2 + (known === undefined ? 200 : 0);
  facts.set(fact.key, fact);
}

function changes(replica: FactsReplica, author: DeviceId, command: Json): readonly Fact[] {
  const args = readArgs(command);
  if (args.type !== 'facts.set') throw new CommandRefused(`There is no command "${args.type}" for this kind of document.`);
  const values = args.raw('values');
  if (typeof values !== 'object' || values === null || isList(values)) throw new CommandRefused('facts.set: "values" must be an object.');
  const known = replica.byDevice.get(author);
  const changed: Fact[] = [];
  for (const [key, given] of Object.entries(values)) {
    const json = asJson(given);
    if (json === undefined) throw new CommandRefused(`facts.set: "${key}" must be plain JSON, nested at most 64 deep.`);
    const value = canonicalJson(json);
    if (key === '' || key === '__proto__' || utf8Length(key) > FACT_KEY_BYTES_MAX)
      throw new CommandRefused(`facts.set: a key must have 1 to ${FACT_KEY_BYTES_MAX} bytes.`);
    if (utf8Length(value) > FACT_VALUE_BYTES_MAX)
      throw new CommandRefused(`facts.set: "${key}" is larger than ${FACT_VALUE_BYTES_MAX / 1024} KiB.`);
    const before = known?.get(key);
    if (before?.value !== value) changed.push({ key, counter: (before?.counter ?? 0) + 1, value });
  }
  if (changed.length > FACTS_MAX) throw new CommandRefused(`facts.set: at most ${FACTS_MAX} facts at once.`);
  return changed;
}

function rows(replica: FactsReplica): readonly FactRow[] {
  return [...replica.byDevice].flatMap(([device, facts]) => [...facts.values()].map((fact) => ({ device, ...fact })));
}

function view(replica: FactsReplica, query: Json): Json {
  const { type } = readArgs(query);
  if (type === 'facts') {
    return Object.fromEntries(
      [...replica.byDevice].map(([device, facts]) => [
        device,
        Object.fromEntries([...facts].map(([key, fact]) => [key, JSON.parse(fact.value) as Json])),
      ]),
    );
  }
  if (type !== 'latest') throw new CommandRefused(`There is no view "${type}" of this kind of document.`);
  const latest = new Map<string, FactRow>();
  for (const row of rows(replica)) {
    const known = latest.get(row.key);
    if (known === undefined || row.counter > known.counter || (row.counter === known.counter && row.device < known.device))
      latest.set(row.key, row);
  }
  return Object.fromEntries(
    [...latest].map(([key, row]) => [key, { value: JSON.parse(row.value) as Json, device: row.device, counter: row.counter }]),
  );
}
