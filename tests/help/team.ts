/** A team on the stage of stories: several people's devices in one shared space, cables that are cut and healed, and words nobody may lose. */
import { nativeCrypto } from '@leanvibe/core/internal/crypto/node/native';
import { createIdentity } from '@leanvibe/core/internal/engine/identity';
import { signConsent } from '@leanvibe/core/internal/group/consent';
import { sealGrant } from '@leanvibe/core/internal/keys/grant';
import type { EpochSecrets } from '@leanvibe/core/internal/keys/epoch';
import type { MemoryImage } from '@leanvibe/core/internal/memory/store';
import type { MemoryPair } from '@leanvibe/core/internal/memory/channel';
import { type DocumentId, makeId, type PersonId, type SpaceId } from '@leanvibe/protocol/ids';
import type { ConsentedCard, Role } from '@leanvibe/protocol/link';
import { createRandom } from './random.js';
import { secretsHeld } from './team-disk.js';
import { consentOf, inLine, plant, turned, welcome } from './team-links.js';
import { createWorld, type Device, type World } from './world.js';

const crypto = nativeCrypto();
const COMPUTER = 0;

/** A device at the table. It stays the same seat when its program is started anew. */
export interface Seat {
  readonly name: string;
  now: Device;
}

/** Somebody who agreed to join and never connects: a newcomer, or a spare device. */
export interface Ghost {
  readonly name: string;
  readonly person: PersonId;
  readonly device: Seat['now']['engine']['device'];
  consent(space: SpaceId): ConsentedCard;
}

/** A word somebody was told is kept. */
export interface Kept {
  readonly word: string;
  readonly document: DocumentId;
  readonly by: Seat;
}

export interface Moment {
  readonly disks: ReadonlyMap<string, MemoryImage>;
  readonly kept: readonly Kept[];
}

export interface Team {
  readonly world: World;
  readonly space: SpaceId;
  readonly seats: readonly Seat[];
  readonly kept: readonly Kept[];
  seat(name: string): Seat;
  /** The first four, by name in the order they joined; a smaller team's rest must not be used. */
  four(): readonly [Seat, Seat, Seat, Seat];
  personOf(name: string): PersonId;
  /** A person's or device's name in this story, for words in failures. */
  nameOf(id: string): string;
  ghost(name: string, person?: PersonId): Ghost;
  /** `guest` consents, and is handed the secrets as a welcome would. Other devices of its person follow by themselves. */
  bring(host: Seat, role: Role, guest: Seat): Promise<void>;
  /** Somebody who never connects becomes a member. */
  admit(host: Seat, role: Role, ghost: Ghost): Promise<void>;
  /** Takes somebody in who was not there at the start: a fresh device with a home of its own. */
  newcomer(name: string): Promise<Seat>;
  /** A device adds another of its own person that never connects, with the keys. */
  addDevice(by: Seat, device: ConsentedCard): Promise<void>;
  /** Closes every device, lets the time pass, and opens them again, all cables out. */
  sleep(ms: number): Promise<void>;
  /** A seat whose person is that of `of`, paired there. */
  pairedWith(of: Seat, name: string): Promise<Seat>;
  cable(a: Seat, b: Seat): void;
  /** Every two of them are joined. */
  join(...seats: readonly Seat[]): void;
  cut(...seats: readonly Seat[]): void;
  cutAll(): Promise<void>;
  document(): DocumentId;
  /** Throws when the engine refuses; once it answers, the word is kept. */
  write(seat: Seat, document: DocumentId, word: string): Promise<void>;
  restart(seat: Seat): Promise<void>;
  /** This moment, to come back to: every disk, and which words were kept. */
  moment(): Moment;
  /** Everybody as then, all cables out. */
  back(moment: Moment): Promise<void>;
  must(act: Promise<{ readonly ok: boolean; readonly error?: unknown }>): Promise<void>;
}

/**
 * `others`: who is admitted by the founder, with which role; all are together and in step when it resolves. `spares`: each of the
 * others brings a second device, `name's spare`, which never connects.
 */
export async function createTeam(
  seed: string,
  founder: string,
  others: Readonly<Record<string, Role>>,
  { spares = false }: { readonly spares?: boolean } = {},
): Promise<Team> {
  const world = createWorld(seed);
  const seats: Seat[] = [];
  const kept: Kept[] = [];
  const names = new Map<string, string>();
  const cables = new Map<MemoryPair, readonly [Seat, Seat]>();
  let documents = 0;

  const sit = async (name: string): Promise<Seat> => {
    const seat = { name, now: await world.device(name) };
    seats.push(seat);
    names.set(seat.now.engine.device, name);
    names.set(seat.now.engine.person(), name);
    return seat;
  };
  const host = await sit(founder);
  const founded = await host.now.engine.teams.createSpace();
  if (!founded.ok) throw new Error(founded.error);
  const space = founded.value;

  const must: Team['must'] = async (act) => {
    const done = await act;
    if (!done.ok) throw new Error(`refused: ${JSON.stringify(done.error)}`);
  };
  const addDevice = async (by: Seat, device: ConsentedCard): Promise<void> => {
    const self = await turned(space, by);
    const epoch = self.epochs[0] as EpochSecrets;
    const box = sealGrant(crypto, createRandom(`${seed}/grant/${device.card.device}`), space, epoch, device.card.sealingKey, true);
    const { group } = self;
    await plant(
      world,
      self,
      inLine(
        self,
        { parents: group.cite(), index: group.nextIndex(self.device) },
        { type: 'add-device', person: by.now.engine.person(), device },
        { type: 'grant', epoch: epoch.epoch, device: device.card.device, append: true, box: box as NonNullable<typeof box> },
      ),
    );
  };
  const bring: Team['bring'] = async (by, role, guest) => {
    const person = guest.now.engine.person();
    await must(by.now.engine.teams.admit(space, person, role, [consentOf(guest, space, person)]));
    await by.now.engine.settled();
    cut(guest);
    await welcome(world, guest, space, await secretsHeld(by.now, space));
    // Over the channel of the invite it hears at once that it is in.
    cable(by, guest);
    await world.run(2_000);
    cut(guest);
  };
  const cable = (a: Seat, b: Seat): void => void cables.set(world.link(a.now, b.now), [a, b]);
  const cut = (...gone: readonly Seat[]): void => {
    for (const [pair, ends] of cables) {
      if (!gone.some((seat) => ends.includes(seat))) continue;
      world.cut(pair);
      cables.delete(pair);
    }
  };

  const team: Team = {
    world,
    space,
    seats,
    kept,
    seat: (name) => seats.find((seat) => seat.name === name) as Seat,
    four: () => seats.slice(0, 4) as unknown as readonly [Seat, Seat, Seat, Seat],
    personOf: (name) => team.seat(name).now.engine.person(),
    nameOf: (id) => names.get(id) ?? id.slice(0, 6),
    ghost(name, of) {
      const random = createRandom(`${seed}/ghost/${name}`);
      const identity = createIdentity(crypto, random.bytes(32), random.bytes(32), COMPUTER);
      const person = of ?? makeId<PersonId>(random.bytes(32));
      names.set(identity.device, name);
      if (of === undefined) names.set(person, name);
      return { name, person, device: identity.device, consent: (at) => signConsent(crypto, identity.signing, identity.card, at, person) };
    },
    bring,
    admit: (by, role, { person, consent }) => must(by.now.engine.teams.admit(space, person, role, [consent(space)])),
    newcomer: sit,
    addDevice,
    async sleep(ms) {
      cut(...seats);
      for (const { now } of seats) await now.engine.stop();
      await world.clock.advance(ms);
      for (const seat of seats) seat.now = await world.restart(seat.now);
    },
    async pairedWith(of, name) {
      const device = await world.device(name);
      await world.pair(of.now, device);
      const seat = { name, now: device };
      seats.push(seat);
      names.set(device.engine.device, name);
      return seat;
    },
    cable,
    join(...all) {
      for (const [at, a] of all.entries()) for (const b of all.slice(at + 1)) cable(a, b);
    },
    cut,
    async cutAll() {
      cut(...seats);
      await world.run(1_000);
    },
    document: () => makeId<DocumentId>(crypto.sha256(new TextEncoder().encode(`${seed}/document/${documents++}`))),
    async write(seat, document, word) {
      await seat.now.edit(document, { type: 'note.append', text: `${word} ` }, 'yjs', space);
      kept.push({ word, document, by: seat });
    },
    async restart(seat) {
      cut(seat);
      seat.now = await world.restart(seat.now);
    },
    moment: () => ({ disks: new Map(seats.map(({ name, now }) => [name, now.store.image()])), kept: [...kept] }),
    async back({ disks, kept: words }) {
      cut(...seats);
      for (const seat of seats) seat.now = await world.putBack(seat.now, disks.get(seat.name) as MemoryImage);
      kept.splice(0, kept.length, ...words);
    },
    must,
  };

  for (const [name, role] of Object.entries(others)) {
    const seat = await sit(name);
    await bring(host, role, seat);
    if (spares) await addDevice(seat, team.ghost(`${name}'s spare`, seat.now.engine.person()).consent(space));
  }
  team.join(...seats);
  await world.run(3_000);
  return team;
}
