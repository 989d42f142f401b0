/** Which checkpoints are to be trusted (C36): a function of checkpoints, words and links, whatever order they came in. */
import type { DeviceId, Hash, LinkId, PersonId } from '@leanvibe/protocol/ids';
import type { Cover } from '@leanvibe/protocol/checkpoint';

/** Who said it, and by what right. */
export interface Said {
  readonly device: DeviceId;
  readonly addedBy: LinkId;
  readonly authHeads: readonly LinkId[];
}

export interface Claimed extends Said {
  readonly id: Hash;
  readonly covers: readonly Cover[];
}

export interface Word extends Said {
  readonly checkpoint: Hash;
  readonly agrees: boolean;
}

/** What standing asks of membership. */
export interface Voices {
  knows(heads: readonly LinkId[]): boolean;
  mayWrite(heads: readonly LinkId[], device: DeviceId, addedBy: LinkId): boolean;
  personOf(device: DeviceId): PersonId | null;
  /** By everything known now. */
  isLiveEditor(device: DeviceId): boolean;
}

/** `waiting`: for links. `void`: its author might not write. `disputed`: those who deny it are not outweighed. */
export type Standing = 'waiting' | 'void' | 'unattested' | 'disputed' | 'trusted';

export function standingOf(claimed: Claimed, words: readonly Word[], voices: Voices): Standing {
  if (!voices.knows(claimed.authHeads)) return 'waiting';
  if (!voices.mayWrite(claimed.authHeads, claimed.device, claimed.addedBy)) return 'void';
  const author = voices.personOf(claimed.device);
  const about = words.filter((word) => word.checkpoint === claimed.id && isEntitled(word, voices));
  const affirm = new Set<PersonId | null>([author]);
  let attested = false;
  for (const word of about) {
    if (!word.agrees || word.device === claimed.device) continue;
    const person = voices.personOf(word.device);
    affirm.add(person);
    attested ||= person !== author || isOwn(claimed, author, voices);
  }
  // A person is one voice however many devices they have, and who affirmed once has compared.
  const deny = new Set<PersonId | null>();
  for (const word of about) {
    const person = voices.personOf(word.device);
    if (!word.agrees && voices.isLiveEditor(word.device) && (person === author ? !attested : !affirm.has(person))) deny.add(person);
  }
  if (attested && affirm.size > deny.size) return 'trusted';
  return deny.size > 0 ? 'disputed' : 'unattested';
}

function isEntitled(word: Word, voices: Voices): boolean {
  return voices.knows(word.authHeads) && voices.mayWrite(word.authHeads, word.device, word.addedBy);
}

/** Nobody else who is still here has written anything of what it covers: then the word of another device of the same person will do. */
function isOwn(claimed: Claimed, author: PersonId | null, voices: Voices): boolean {
  return claimed.covers.every(({ device }) => voices.personOf(device) === author || !voices.isLiveEditor(device));
}
