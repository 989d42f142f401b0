/** A device in the hands of whoever holds its secrets: links of their own making, honest or forged, put on its disk as if its program had written them. */
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { createIdentity } from '@leanvibe/core/internal/engine/identity';
import { epochKey, epochRecord, spaceRecord, TABLES } from '@leanvibe/core/internal/engine/tables';
import { signConsent } from '@leanvibe/core/internal/group/consent';
import type { EpochSecrets } from '@leanvibe/core/internal/keys/epoch';
import { createVault } from '@leanvibe/core/internal/keys/local';
import type { PersonId, SpaceId } from '@leanvibe/protocol/ids';
import type { ConsentedCard, Operation } from '@leanvibe/protocol/link';
import { encode } from '@leanvibe/protocol/shape';
import type { SignedLinkBytes } from '@leanvibe/core/internal/group/link';
import { type Member, takeOver } from '../attacks/member.js';
import type { Seat } from './team.js';
import type { World } from './world.js';

const crypto = nativeCrypto();
const COMPUTER = 0;

export interface Turned extends Member {
  readonly seat: Seat;
}

/** Its program still runs, so that it can hand on what is put on its disk. */
export async function turned(space: SpaceId, seat: Seat): Promise<Turned> {
  await seat.now.engine.settled();
  return { ...(await takeOver(seat.now.secrets, seat.now.store, space)), seat };
}

/** Links each on top of the one before, the first at this place. */
export function inLine(
  hands: Turned,
  place: { readonly parents: readonly SignedLinkBytes['id'][]; readonly index: number },
  ...operations: readonly Operation[]
): readonly SignedLinkBytes[] {
  const links: SignedLinkBytes[] = [];
  for (const [at, operation] of operations.entries()) {
    const parents = at === 0 ? [...place.parents].sort() : [(links[at - 1] as SignedLinkBytes).id];
    links.push(hands.link(operation, { parents, index: place.index + at }));
  }
  return links;
}

/** Puts them on its disk and starts its program on it; its cables must be out. */
export async function plant(world: World, { seat, seal, space }: Turned, links: readonly SignedLinkBytes[]): Promise<void> {
  await seat.now.engine.settled();
  const entries = links.map((link) => {
    const { entryId, bytes } = seal('link', link.plaintext);
    return { space, lane: 1 as const, entryId, sealed: bytes, from: null };
  });
  await seat.now.store.commit({ entries });
  seat.now = await world.restart(seat.now);
}

/** A device's word that it joins, as its program would give it. */
export const consentOf = (seat: Seat, space: SpaceId, person: PersonId): ConsentedCard => {
  const { signingSeed, sealingSecret } = seat.now.secrets;
  const { signing, card } = createIdentity(crypto, signingSeed, sealingSecret, COMPUTER);
  return signConsent(crypto, signing, card, space, person);
};

/** What a welcome brings: the space's record and the host's secrets; links come by sync. That it was removed once is forgotten. */
export async function welcome(world: World, seat: Seat, space: SpaceId, epochs: readonly EpochSecrets[]): Promise<void> {
  await seat.now.engine.settled();
  const { store, secrets } = seat.now;
  const vault = createVault(crypto, store, secrets.localKey);
  const removed = await store.scan(TABLES.wait, `${space}/r/`, null, 1_000);
  const keys = epochs.map(({ epoch, read, append }, learned) =>
    vault.put(TABLES.epoch, epochKey(crypto, space, { epoch, read }), encode(epochRecord, { read, append, learned })),
  );
  await store.commit({
    put: [vault.put(TABLES.space, space, encode(spaceRecord, { home: 0 })), ...keys],
    remove: removed.map(({ key }) => ({ table: TABLES.wait, key })),
  });
  seat.now = await world.restart(seat.now);
}
