/** Which life of which store this is (C44): a mark in the store and its twin beside the device key, renewed at every start. */
import type { RandomDep } from '@leanvibe/core/ports/random';
import type { Store } from '@leanvibe/core/ports/store';
import { GENERATION_TABLE } from '../store/generation-table.js';
import type { Secrets } from './secrets.js';

export interface Generation {
  /** `clone-or-restored`: the store and the key are not of one life; become a new device before anything is written or sent. */
  readonly verdict: 'same' | 'clone-or-restored';
  /** Starts counted, for people to read; 0 while the verdict is not settled. */
  readonly number: number;
  /** Call once the device has become a new one: the store and the key are of one life again. Does nothing when the verdict is `same`. */
  settle(): Promise<void>;
}

export interface GenerationDeps extends RandomDep {
  readonly store: Pick<Store, 'get' | 'commit'>;
  readonly secrets: Pick<Secrets, 'get' | 'set'>;
}

/** A mark is a number of 4 bytes, little-endian, then 16 random bytes, so that two lives with one number still differ. */
const NONCE_BYTES = 16;

/**
 * Advances at once when the verdict is `same`, in the order that a crash between any two steps leaves both marks valid.
 * On `clone-or-restored` nothing is written, so that a crash before `settle` is answered the same again.
 */
export async function openGeneration(deps: GenerationDeps): Promise<Generation> {
  const beside = await deps.secrets.get('generation');
  const current = await deps.store.get(GENERATION_TABLE, 'current');
  const pending = await deps.store.get(GENERATION_TABLE, 'pending');
  if (!sameLife(beside, current, pending)) {
    const settle = async (): Promise<void> => void (await advance(deps, 0));
    return { verdict: 'clone-or-restored', number: 0, settle };
  }
  return { verdict: 'same', number: await advance(deps, numberOf(beside)), settle: async () => undefined };
}

/** Neither has a mark: a new home, or one whose very first start was cut short. */
function sameLife(beside: Uint8Array | null, current: Uint8Array | null, pending: Uint8Array | null): boolean {
  if (beside === null) return current === null;
  return equal(beside, current) || equal(beside, pending);
}

function equal(a: Uint8Array, b: Uint8Array | null): boolean {
  return b !== null && Buffer.from(a).equals(b);
}

function numberOf(mark: Uint8Array | null): number {
  return mark === null || mark.length < 4 ? 0 : Buffer.from(mark).readUInt32LE(0);
}

async function advance({ store, secrets, random }: GenerationDeps, from: number): Promise<number> {
  const number = (from + 1) >>> 0;
  const mark = new Uint8Array(4 + NONCE_BYTES);
  new DataView(mark.buffer).setUint32(0, number, true);
  mark.set(random.bytes(NONCE_BYTES), 4);
  await store.commit({ put: [{ table: GENERATION_TABLE, key: 'pending', value: mark }] });
  await secrets.set('generation', mark);
  await store.commit({
    put: [{ table: GENERATION_TABLE, key: 'current', value: mark }],
    remove: [{ table: GENERATION_TABLE, key: 'pending' }],
  });
  return number;
}
