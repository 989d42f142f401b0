/** Hostile Yjs payloads: generators, each with the door that must stop it. Reused wherever remote bytes enter. */

/** What a payload must come to. `unsettled`: passes inspection and admission, and its application must be reported and undone. */
export type Fate = 'malformed' | 'over-limit' | 'bad-struct' | 'bad-claim' | 'unsettled' | 'harmless';

export interface Attack {
  readonly name: string;
  readonly payload: Uint8Array;
  readonly fate: Fate;
}

/** A client id and one past its last clock in the closure the payload claims to build on. */
export interface Standing {
  readonly clientId: number;
  readonly clock: number;
}

type Id = readonly [clientId: number, clock: number];
export type Bytes = readonly number[];

export function uint(value: number): Bytes {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push(128 | (rest % 128));
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}

export function text(value: string): Bytes {
  const bytes = new TextEncoder().encode(value);
  return [...uint(bytes.length), ...bytes];
}

export const content = {
  deleted: (length: number) => ({ ref: 1, bytes: uint(length) }),
  json: (...texts: readonly string[]) => ({ ref: 2, bytes: [...uint(texts.length), ...texts.flatMap(text)] }),
  binary: (bytes: Bytes) => ({ ref: 3, bytes: [...uint(bytes.length), ...bytes] }),
  string: (value: string) => ({ ref: 4, bytes: text(value) }),
  embed: (json: string) => ({ ref: 5, bytes: text(json) }),
  format: (key: string, json: string) => ({ ref: 6, bytes: [...text(key), ...text(json)] }),
  type: (type: number, name?: string) => ({ ref: 7, bytes: [...uint(type), ...(name === undefined ? [] : text(name))] }),
  any: (...values: readonly Bytes[]) => ({ ref: 8, bytes: [...uint(values.length), ...values.flat()] }),
  doc: () => ({ ref: 9, bytes: [...text('guid'), 118, 0] }),
  skip: (length: number) => ({ ref: 10, bytes: uint(length) }),
} as const;

export interface Place {
  readonly origin?: Id;
  readonly right?: Id;
  readonly parent?: string | Id;
  readonly key?: string;
}

/** One item's bytes. */
export function item(place: Place, inside: { readonly ref: number; readonly bytes: Bytes }): Bytes {
  const { origin, right, key } = place;
  const head = inside.ref | (origin ? 128 : 0) | (right ? 64 : 0) | (key === undefined ? 0 : 32);
  const bytes: number[] = [head];
  for (const id of [origin, right]) if (id) bytes.push(...uint(id[0]), ...uint(id[1]));
  if (!origin && !right) {
    const parent = place.parent ?? 'note';
    if (typeof parent === 'string') bytes.push(1, ...text(parent));
    else bytes.push(0, ...uint(parent[0]), ...uint(parent[1]));
    if (key !== undefined) bytes.push(...text(key));
  }
  for (const byte of inside.bytes) bytes.push(byte);
  return bytes;
}

export function gc(length: number): Bytes {
  return [0, ...uint(length)];
}

export interface Client extends Standing {
  readonly structs: readonly Bytes[];
}

/** An update of these clients, in the order given, and deletions. */
export function update(
  clients: readonly Client[],
  deletes: readonly (readonly [clientId: number, ...ranges: (readonly [clock: number, length: number])[]])[] = [],
): Uint8Array {
  const bytes: number[] = [...uint(clients.length)];
  const add = (more: Bytes): void => {
    for (const byte of more) bytes.push(byte);
  };
  for (const client of clients) {
    add([...uint(client.structs.length), ...uint(client.clientId), ...uint(client.clock)]);
    client.structs.forEach(add);
  }
  add(uint(deletes.length));
  for (const [clientId, ...ranges] of deletes)
    add([...uint(clientId), ...uint(ranges.length), ...ranges.flatMap(([clock, length]) => [...uint(clock), ...uint(length)])]);
  return Uint8Array.from(bytes);
}

/** 28 bytes of the second encoding that put mergeUpdatesV2 into an endless loop: run lengths promise 2^42 structs that cost no bytes. */
export const V2_HANG = Uint8Array.from([
  0, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 0, 7, 65, 255, 255, 255, 255, 255, 63, 1, 255, 255, 255, 255, 255, 63, 0,
]);

function nested(me: Standing, levels: number): Uint8Array {
  const structs = Array.from({ length: levels }, (_, at) =>
    item(at === 0 ? { parent: 'note' } : { parent: [me.clientId, me.clock + at - 1] }, content.type(0)),
  );
  return update([{ ...me, structs }]);
}

/** A chain of types of which each payload adds 60 levels, so that no single one is too deep. */
export function deepeningPayloads(me: Standing, payloads: number): readonly Uint8Array[] {
  return Array.from({ length: payloads }, (_, index) => {
    const clock = me.clock + index * 60;
    const structs = Array.from({ length: 60 }, (_unused, at) =>
      item(clock + at === me.clock ? { parent: 'note' } : { parent: [me.clientId, clock + at - 1] }, content.type(0)),
    );
    return update([{ clientId: me.clientId, clock, structs }]);
  });
}

/** Thousands of updates each of which leaves a gap before it: pending for ever in plain Yjs, and merged anew at each arrival. */
export function gappedPayloads(me: Standing, count: number): readonly Uint8Array[] {
  return Array.from({ length: count }, (_, at) =>
    update([{ clientId: me.clientId, clock: me.clock + 1 + at * 2, structs: [item({ parent: 'note' }, content.string('x'))] }]),
  );
}

/** Valid in every rule, and quadratic to integrate: one client's items all stand in a gap that another client, of the same author, has filled. */
export function slowPayload(me: Standing, size: number): Uint8Array {
  const filler = me.clientId + 1;
  const chain = [item({ parent: 'note' }, content.string('a'))];
  for (let at = 1; at < size; at++) chain.push(item({ origin: [filler, at - 1] }, content.string('a')));
  const structs = [item({ origin: [filler, 0] }, content.string('b')), item({ parent: 'aside' }, content.string('c'))];
  for (let at = 2; at < size; at++) structs.push(item({ origin: [me.clientId, me.clock + at - 2] }, content.string('b')));
  return update([
    { clientId: filler, clock: 0, structs: chain },
    { ...me, structs },
  ]);
}

/** Valid in every rule; each few bytes become an object of a kilobyte. */
export function memoryPayload(me: Standing, types: number): Uint8Array {
  const structs = [item({ parent: 'note' }, content.type(2))];
  for (let at = 1; at < types; at++) structs.push(item({ origin: [me.clientId, me.clock + at - 1] }, content.type(2)));
  return update([{ ...me, structs }]);
}

/** Content of every kind where honest software never puts it: must apply, and must disturb nobody. */
export function strangePayload(me: Standing): Uint8Array {
  const ones = [
    content.any([119, ...text('text')]),
    content.any([122, 0, 0, 0, 0, 0, 0, 0, 9]),
    content.any([118, 1, ...text('toString'), 120]),
    content.json('{"length":1e9}'),
    content.binary([1, 2, 3]),
    content.embed('{"constructor":null}'),
    content.format('bold', '{"a":1}'),
    content.format('constructor', '"x"'),
    content.type(0),
    content.type(1),
    content.type(2),
    content.type(3, 'P'),
    content.type(4),
    content.type(5, 'hook'),
    content.type(6),
    content.string('x'),
  ];
  const either = [
    ...ones.map((one) => [one, 1] as const),
    [content.deleted(3), 3] as const,
    [content.any([119, ...text('last')]), 1] as const,
  ];
  const inLists = [
    [content.any([125, 5], [127], [116, 1, 0]), 3] as const,
    [content.json('undefined', '[]'), 2] as const,
    [content.string('\u{1f600}x'), 3] as const,
  ];
  const structs: Bytes[] = [];
  let clock = me.clock;
  for (const root of ['note', 'tasks', 'suggestions', 'projects', 'activity', 'settings', '__proto__']) {
    for (const key of [undefined, 't1/title', 't1/done', 'x/verdict/y', '__proto__', 'constructor', '/', 'toJSON']) {
      let origin: Id | null = null;
      for (const [inside, length] of key === undefined ? [...either, ...inLists] : either) {
        structs.push(item({ ...(origin === null ? { parent: root } : { origin }), ...(key === undefined ? {} : { key }) }, inside));
        clock += length;
        origin = [me.clientId, clock - 1];
      }
    }
  }
  return update([{ ...me, structs }]);
}

/** Every known way to hurt plain Yjs with one payload. `victim` is another device's client id, known up to its clock. */
export function attacks(me: Standing, victim: Standing): readonly Attack[] {
  const { clientId, clock } = me;
  const x = item({ parent: 'note' }, content.string('x'));
  const mine = (...structs: readonly Bytes[]): Uint8Array => update([{ ...me, structs }]);
  const raw = (...bytes: readonly Bytes[]): Uint8Array => Uint8Array.from(bytes.flat());
  const all: readonly (readonly [name: string, fate: Fate, payload: Uint8Array])[] = [
    ['delete set for a victim’s future clocks', 'bad-struct', update([], [[victim.clientId, [victim.clock, 1000]]])],
    ['delete set for an unknown client', 'bad-struct', update([], [[7, [0, 1]]])],
    ['delete set that overflows', 'malformed', update([], [[victim.clientId, [Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER - 1]]])],
    ['delete set with overlapping ranges', 'malformed', update([], [[victim.clientId, [0, 2], [1, 2]]])],
    ['delete set with an empty range', 'malformed', update([], [[victim.clientId, [0, 0]]])],
    [
      'delete set naming a client twice',
      'malformed',
      update(
        [],
        [
          [victim.clientId, [0, 1]],
          [victim.clientId, [0, 1]],
        ],
      ),
    ],
    ['delete set without ranges', 'malformed', update([], [[victim.clientId]])],
    [
      'two structs with one client and clock',
      'malformed',
      update([
        { ...me, structs: [x] },
        { ...me, structs: [x] },
      ]),
    ],
    ['a second struct for a clock that is taken', 'bad-struct', update([{ clientId, clock: clock - 1, structs: [x] }])],
    ['a gap before the first clock', 'bad-struct', update([{ clientId, clock: clock + 5, structs: [x] }])],
    ['structs of a victim', 'bad-claim', update([{ ...victim, structs: [x] }])],
    ['a GC struct of a victim', 'bad-claim', update([{ ...victim, structs: [gc(10)] }])],
    ['a GC struct with flags', 'malformed', mine([128, 1])],
    ['a gap struct', 'malformed', mine([10, ...uint(5)], x)],
    ['a gap struct of length 0', 'malformed', mine([10, 0])],
    ['a sub-document', 'malformed', mine(item({ parent: 'note' }, content.doc()))],
    ['an unknown content', 'malformed', mine(item({ parent: 'note' }, { ref: 17, bytes: [1] }))],
    ['an unknown type', 'malformed', mine(item({ parent: 'note' }, content.type(7)))],
    ['a struct of length 0: text', 'malformed', mine(item({ parent: 'note' }, content.string('')))],
    ['a struct of length 0: values', 'malformed', mine(item({ parent: 'note' }, content.any()))],
    ['a struct of length 0: deleted', 'malformed', mine(item({ parent: 'note' }, content.deleted(0)))],
    ['a struct of length 0: GC', 'malformed', mine(gc(0))],
    ['a client without structs', 'malformed', update([{ ...me, structs: [] }])],
    [
      'a client order Yjs never writes',
      'malformed',
      update([
        { clientId: 1, clock: 0, structs: [x] },
        { clientId: 2, clock: 0, structs: [x] },
      ]),
    ],
    ['a clock beyond 2^53', 'malformed', update([{ clientId, clock: Number.MAX_SAFE_INTEGER, structs: [x] }])],
    ['a length beyond 2^53', 'malformed', mine(gc(Number.MAX_SAFE_INTEGER))],
    ['a number of ten bytes', 'malformed', raw([1, 1], [255, 255, 255, 255, 255, 255, 255, 255, 255, 1], [0], x, [0])],
    ['a number longer than needed', 'malformed', raw([129, 0], [1], uint(clientId), uint(clock), x, [0])],
    ['a huge number of clients', 'malformed', raw(uint(2 ** 40))],
    ['a huge number of structs', 'malformed', raw([1], uint(2 ** 40), uint(clientId), uint(clock))],
    ['a huge number of values', 'malformed', mine(item({ parent: 'note' }, { ref: 8, bytes: uint(2 ** 40) }))],
    ['a huge list inside a value', 'malformed', mine(item({ parent: 'note' }, content.any([117, ...uint(2 ** 31)])))],
    ['a huge text', 'malformed', mine(item({ parent: 'note' }, { ref: 4, bytes: uint(2 ** 31) }))],
    ['a huge number of delete clients', 'malformed', raw([0], uint(2 ** 40))],
    ['bytes after the end', 'malformed', raw([...update([{ ...me, structs: [x] }]), 0])],
    ['nothing at all', 'malformed', new Uint8Array(0)],
    ['the second encoding', 'malformed', Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])],
    ['28 bytes of the second encoding that loop for ever', 'malformed', V2_HANG],
    ['text that is no UTF-8', 'malformed', mine(item({ parent: 'note' }, { ref: 4, bytes: [2, 0xc3, 0x28] }))],
    ['a surrogate in UTF-8', 'malformed', mine(item({ parent: 'note' }, { ref: 4, bytes: [3, 0xed, 0xa0, 0x80] }))],
    ['overlong UTF-8', 'malformed', mine(item({ parent: 'note' }, { ref: 4, bytes: [2, 0xc0, 0x80] }))],
    ['JSON that does not parse', 'malformed', mine(item({ parent: 'note' }, content.embed('{')))],
    ['JSON that does not survive a save (1e999)', 'malformed', mine(item({ parent: 'note' }, content.embed('[1e999]')))],
    ['JSON with a prototype', 'malformed', mine(item({ parent: 'note' }, content.json('{"__proto__":{"bold":true}}')))],
    [
      'a value with a prototype',
      'malformed',
      mine(item({ parent: 'note' }, content.any([118, 1, ...text('__proto__'), 118, 1, ...text('bold'), 120]))),
    ],
    ['a format that sets a prototype', 'malformed', mine(item({ parent: 'note' }, content.format('__proto__', '{"bold":true}')))],
    ['an unknown value tag', 'malformed', mine(item({ parent: 'note' }, content.any([90])))],
    ['a parent flag that is neither', 'malformed', mine([4, 2, ...uint(clientId), 0, ...text('x')])],
    [
      'values nested too deep',
      'over-limit',
      mine(item({ parent: 'note' }, content.any(Array.from({ length: 100_000 }, (_, at) => (at % 2 === 0 ? 117 : 1))))),
    ],
    ['JSON nested too deep', 'over-limit', mine(item({ parent: 'note' }, content.embed('['.repeat(50_000) + ']'.repeat(50_000))))],
    ['types nested too deep', 'over-limit', nested(me, 20_000)],
    [
      'a root for every struct',
      'over-limit',
      mine(...Array.from({ length: 5000 }, (_, at) => item({ parent: `root${at}` }, content.string('x')))),
    ],
    ['a struct that is its own parent', 'malformed', mine(item({ parent: [clientId, clock] }, content.type(0)))],
    [
      'a struct whose parent comes later',
      'malformed',
      mine(item({ parent: [clientId, clock + 1] }, content.type(0)), item({ parent: 'note' }, content.type(0))),
    ],
    ['a struct that is its own origin', 'malformed', mine(item({ origin: [clientId, clock] }, content.string('x')))],
    ['a right origin of the same client to come', 'malformed', mine(item({ right: [clientId, clock + 1] }, content.string('x')), x)],
    [
      'two clients that wait for each other',
      'malformed',
      update([
        { clientId: 9, clock: 0, structs: [item({ origin: [8, 0] }, content.string('x'))] },
        { clientId: 8, clock: 0, structs: [item({ origin: [9, 0] }, content.string('x'))] },
      ]),
    ],
    ['an origin in a victim’s future', 'bad-struct', mine(item({ origin: [victim.clientId, victim.clock] }, content.string('x')))],
    ['a right origin in a victim’s future', 'bad-struct', mine(item({ right: [victim.clientId, victim.clock + 9] }, content.string('x')))],
    ['a parent of a client nobody knows', 'bad-struct', mine(item({ parent: [12345, 0] }, content.string('x')))],
    ['an origin of a client nobody knows', 'bad-struct', mine(item({ origin: [12345, 0] }, content.string('x')))],
    ['content of every kind in every root', 'harmless', strangePayload(me)],
    [
      'a split surrogate pair',
      'harmless',
      mine(
        item({ parent: 'note' }, content.string('\u{1f600}')),
        item({ origin: [clientId, clock], right: [clientId, clock + 1] }, content.string('x')),
      ),
    ],
    ['a parent that is a text', 'harmless', mine(x, item({ parent: [clientId, clock] }, content.string('y')))],
    [
      'an origin and a right origin in different lists',
      'unsettled',
      mine(
        x,
        item({ parent: 'tasks' }, content.string('y')),
        item({ origin: [clientId, clock], right: [clientId, clock + 1] }, content.string('z')),
      ),
    ],
    ['a map entry of several values', 'unsettled', mine(item({ parent: 'tasks', key: 't1/title' }, content.any([125, 1], [125, 2])))],
    [
      'an origin after the right origin',
      'unsettled',
      mine(
        x,
        item({ origin: [clientId, clock] }, content.string('y')),
        item({ origin: [clientId, clock + 1], right: [clientId, clock] }, content.string('z')),
      ),
    ],
    ['a place chosen as if own items were not there', 'unsettled', mine(x, x)],
    ['a deleted stretch of 2^50 clocks', 'harmless', mine(item({ parent: 'note' }, content.deleted(2 ** 50)))],
  ];
  return all.map(([name, fate, payload]) => ({ name, fate, payload }));
}
