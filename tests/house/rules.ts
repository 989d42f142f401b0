/** The floors and layers as data: who may import whom, and where each third-party package may be seen. */
import type { PackageName } from './source.js';

/** Packages of ours each package may reach; itself is always allowed. */
export const MAY_REACH: Readonly<Record<PackageName, readonly PackageName[]>> = {
  protocol: [],
  core: ['protocol'],
  agent: ['protocol', 'core'],
  relay: ['protocol', 'core'],
  pwa: ['protocol', 'core'],
  'ios-bridge': ['protocol', 'core'],
};

/** The only rooms of core a relay may reach, directly or through others: it is blind by import graph. */
export const RELAY_SEES =
  /^core\/src\/(base|ports|log)\/|^core\/src\/crypto\/(verify(\.ts$|\/)|(bytes|labels|portable-hashing)\.ts$|node\/(hashing|verify)\.ts$)/;

/** Rooms of core from the ground up: a room imports itself and what stands before it. */
export const LAYERS = [
  'base',
  'ports',
  'crypto',
  'log',
  'group',
  'keys',
  'doc',
  'intake',
  'draft',
  'checkpoint',
  'session',
  'pairing',
  'recovery',
  'engine',
] as const;

/** Rooms beside the stairs: they may import only the rooms listed. */
export const SIDE_ROOMS: Readonly<Record<string, readonly string[]>> = { memory: ['base', 'ports', 'log'] };

/** Where a third-party package may be imported from; a package that no rule names may not be imported at all. */
export const THIRD_PARTY: readonly { readonly names: RegExp; readonly from: RegExp; readonly why: string }[] = [
  { names: /^zod$/, from: /^protocol\/src\/http\//, why: 'one definition of what the relay answers, for server and client' },
  { names: /^cborg$/, from: /^protocol\/src\//, why: 'one encoding, on the ground floor' },
  { names: /^yjs$/, from: /^core\/src\/doc\/yjs/, why: 'one room knows the CRDT' },
  { names: /^lib0$/, from: /^core\/src\/doc\/yjs/, why: "yjs's own byte format" },
  { names: /^@automerge\/automerge$/, from: /^core\/src\/doc\/automerge/, why: 'one room knows the CRDT' },
  { names: /^(@noble\/(curves|hashes)|tweetnacl|libsodium-wrappers)$/, from: /^core\/src\/crypto\//, why: 'one room knows the primitives' },
  { names: /^@scure\/bip39$/, from: /^core\/src\/recovery\/words\.ts$/, why: 'one room knows the list of words' },
  { names: /^fflate$/, from: /^core\/src\/base\/deflate\.ts$/, why: 'what inflates is bounded in one place' },
  { names: /^sodium-native$/, from: /^core\/src\/crypto\/node\//, why: 'native code only in the Node back end' },
  {
    names: /^(hono|ws|better-sqlite3|pg|redis|ioredis|kysely|jose|zod|@hono\/.+|prom-client|pino|rate-limiter-flexible|otpauth)$/,
    from: /^relay\/src\//,
    why: 'a post office',
  },
  { names: /^(lit|vite|uplot|idb)$/, from: /^pwa\/src\//, why: 'a browser' },
];

/** A shell may import what its package.json lists. */
export const SHELLS: readonly PackageName[] = ['agent', 'relay', 'pwa', 'ios-bridge'];

/** The one place of core that may see Node. */
export const CORE_NODE = /^core\/src\/crypto\/node\//;
