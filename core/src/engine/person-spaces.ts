/** A person's devices in all the person's spaces (C2): who joins the home follows into each, who leaves it goes from each. Idempotent; runs whenever something grew. */
import { type DeviceId, toHex } from '@leanvibe/protocol/ids';
import { DEVICE_KINDS } from '@leanvibe/protocol/link';
import type { Json } from '../doc/crdt.js';
import { signConsent, verifyConsent } from '../group/consent.js';
import type { EpochSecrets } from '../keys/epoch.js';
import { openHanded, sealGrant } from '../keys/grant.js';
import { enterSpace } from './enter.js';
import type { Kernel } from './kernel.js';
import { admitDevice, revokeDevice } from './members.js';
import { consentKey, keysKey, type PersonFacts, readPersonFacts, sayPersonFacts, spaceKey } from './person-facts.js';
import { usableEpoch } from './rotate.js';
import type { Member } from './space-group.js';
import type { SpaceRuntime } from './space.js';

export interface PersonSpaces {
  /** Something may have grown. */
  look(): void;
  stop(): void;
}

/** Of several devices that could write the same link, each waits for those before it. */
const TURN_MS = 2_000;
const PAPER = DEVICE_KINDS.indexOf('paper');

interface Scene {
  readonly kernel: Kernel;
  readonly facts: PersonFacts;
  /** True when it is this device's turn to do what was first seen to be due now or earlier; looks again later otherwise. */
  turn(space: SpaceRuntime, me: Member, deed: string): boolean;
  /** Tried in this run already, whatever became of it. */
  once(deed: string): boolean;
}

const liveIn = ({ group, removedAt }: SpaceRuntime, device: DeviceId): Member | null => {
  const member = group.member(device);
  return member?.live === true && removedAt() === null ? member : null;
};

/** What this device says of itself: the spaces it is in, and its consent to those it follows into. */
function ownWords({ kernel, facts }: Scene): Record<string, Json> {
  const { crypto, identity, spaces } = kernel;
  const home = kernel.home().id;
  const words: Record<string, Json> = {};
  for (const space of spaces.values()) {
    if (space.id === home) continue;
    const me = liveIn(space, identity.device);
    const said = facts.own(spaceKey(space.id));
    if (me !== null && facts.spaces.get(space.id)?.get(identity.device) !== me.person) words[spaceKey(space.id)] = { person: me.person };
    const gone = space.removedAt() !== null || space.group.standing(identity.device) === 'removed';
    if (gone && said !== undefined && said !== null) words[spaceKey(space.id)] = null;
  }
  for (const [id, devices] of facts.spaces) {
    const there = spaces.get(id);
    if (there !== undefined && liveIn(there, identity.device) !== null) continue;
    const persons = [...devices].filter(([device]) => device !== identity.device).map(([, person]) => person);
    const person = persons.find((one) => one === (home as string)) ?? persons.sort()[0];
    if (person === undefined || facts.consents.get(id)?.get(identity.device)?.person === person) continue;
    words[consentKey(id)] = { person, consent: toHex(signConsent(crypto, identity.signing, identity.card, id, person).consent) };
  }
  return words;
}

/** Enters spaces whose keys another device of this person left for this one. */
async function follow({ kernel, facts }: Scene): Promise<void> {
  const { crypto, identity, spaces } = kernel;
  const chain = kernel.home().group.member(identity.device)?.addedBy;
  for (const id of facts.spaces.keys()) {
    const ring = spaces.get(id)?.ring;
    const handed = facts.keysFor(id, identity.device).filter((one) => one.chain === chain);
    const fresh = handed
      .flatMap((one) => one.epochs)
      .filter(({ epoch }) => ring === undefined || ring.secrets(epoch) === null)
      .map(({ epoch, append, box }) => openHanded(crypto, identity.sealingSecret, id, epoch, box, append))
      .filter((secrets): secrets is EpochSecrets => secrets !== null);
    if (fresh.length === 0) continue;
    await enterSpace(kernel, id, fresh, false, {});
    kernel.emit({ type: 'membership', space: id });
    kernel.sessions.refresh();
  }
}

/** A link of this device may be written by itself only where its own line is known to be whole (C44). */
function mayAct({ sessions, identity }: Kernel, home: SpaceRuntime, space: SpaceRuntime): boolean {
  const alone = space.group.members().every((one) => !one.live || one.device === identity.device || one.card.kind === PAPER);
  return sessions.caughtUp(home.id) && (alone || sessions.caughtUp(space.id));
}

/** Devices of the home that agreed to come along. A device removed from the space only comes back when it also came back to the home. */
async function bring(scene: Scene, space: SpaceRuntime, me: Member): Promise<void> {
  const { kernel, facts } = scene;
  const { group } = kernel.home();
  for (const [device, { person, consent }] of facts.consents.get(space.id) ?? []) {
    const card = group.member(device)?.card;
    const chain = group.member(device)?.addedBy;
    const there = space.group.member(device);
    if (person !== me.person || card === undefined || card.kind === PAPER || there?.live === true || space.group.forked(device)) continue;
    const again = (group.member(device)?.additions ?? 0) > 1 && !facts.keysFor(space.id, device).some((one) => one.chain === chain);
    if (there !== null && (there.person !== person || !again)) continue;
    const deed = `add ${space.id} ${device} ${chain ?? ''}`;
    if (!verifyConsent(kernel.crypto, { card, consent }, space.id, person) || !scene.turn(space, me, deed) || scene.once(deed)) continue;
    await admitDevice(kernel, space, person, { card, consent });
  }
}

/** The keys of the space for each device of the person that is in it and has not got them: only those that hold them by the space's own links (P5). */
function handOver(scene: Scene, space: SpaceRuntime, me: Member): Record<string, Json> {
  const { kernel, facts } = scene;
  const { crypto, random, identity } = kernel;
  const words: Record<string, Json> = {};
  const secrets = usableEpoch(space);
  if (secrets === null) return words;
  const { read, append } = space.group.holders(secrets.epoch);
  for (const member of space.group.members()) {
    const { device, card } = member;
    const chain = kernel.home().group.member(device)?.addedBy;
    const wanted =
      member.live && member.person === me.person && device !== identity.device && kernel.home().group.standing(device) === 'live';
    if (!wanted || chain === undefined || !read.includes(device) || facts.spaces.get(space.id)?.has(device) === true) continue;
    const given = facts.keysFor(space.id, device).some((one) => one.chain === chain);
    if (given || !scene.turn(space, me, `keys ${space.id} ${device} ${chain}`)) continue;
    const writes = secrets.append !== null && append.includes(device);
    const box = sealGrant(crypto, random, space.id, secrets, card.sealingKey, writes);
    if (box !== null) words[keysKey(space.id, device)] = { chain, epochs: [{ epoch: secrets.epoch, append: writes, box: toHex(box) }] };
  }
  return words;
}

/** Devices that were removed from the home go from the space as well. */
async function dismiss(scene: Scene, space: SpaceRuntime, me: Member): Promise<void> {
  const { kernel } = scene;
  const gone = space.group
    .members()
    .filter(
      (one) => one.live && one.person === me.person && one.device !== me.device && kernel.home().group.standing(one.device) === 'removed',
    );
  for (const { device, addedBy, card } of gone) {
    const deed = `remove ${space.id} ${addedBy}`;
    if (card.kind !== PAPER && scene.turn(space, me, deed) && !scene.once(deed)) await revokeDevice(kernel, space, device);
  }
}

async function reconcile(scene: Scene): Promise<void> {
  const { kernel } = scene;
  const home = kernel.home();
  await follow(scene);
  const words = ownWords(scene);
  for (const space of [...kernel.spaces.values()]) {
    const me = space === home ? null : liveIn(space, kernel.identity.device);
    if (me === null || !kernel.sessions.caughtUp(home.id)) continue;
    if (mayAct(kernel, home, space)) {
      await dismiss(scene, space, me);
      await bring(scene, space, me);
    }
    // Writes no link, and must not wait for the space: a device that was let in and has no keys yet is nobody to catch up with there.
    Object.assign(words, handOver(scene, space, me));
  }
  await sayPersonFacts(kernel, words);
}

export function createPersonSpaces(kernel: Kernel): PersonSpaces {
  const { clock, identity, copies, news } = kernel;
  const seenAt = new Map<string, number>();
  const tried = new Set<string>();
  let running = false;
  let again = false;
  let stopped = false;

  const turn: Scene['turn'] = (space, me, deed) => {
    const others = space.group.members().filter((one) => one.live && one.person === me.person && one.card.kind !== PAPER);
    const place = others
      .map((one) => one.device)
      .sort()
      .indexOf(me.device);
    const since = seenAt.get(deed) ?? clock.nowMs();
    seenAt.set(deed, since);
    const left = since + place * TURN_MS - clock.nowMs();
    if (left > 0) clock.after(left, look);
    return left <= 0;
  };
  const once = (deed: string): boolean => tried.has(deed) || !tried.add(deed);

  const run = async (): Promise<void> => {
    const home = kernel.home();
    if (copies.cloned() || liveIn(home, identity.device) === null) return;
    await reconcile({ kernel, facts: await readPersonFacts(kernel), turn, once });
  };
  const look = (): void => {
    if (stopped) return;
    again = true;
    if (running) return;
    running = true;
    const loop = async (): Promise<void> => {
      while (again && !stopped) {
        again = false;
        await run();
      }
    };
    loop()
      .catch(news.trouble)
      .finally(() => {
        running = false;
      });
  };
  return {
    look,
    stop() {
      stopped = true;
    },
  };
}
