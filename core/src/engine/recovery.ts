/** Recovery by words (C43): sets of words as paper devices of this person, and help for a new device that types them. */
import { concat } from '@leanvibe/protocol/bytes';
import { type DeviceId, type DocumentId, idBytes, makeId, type PersonId } from '@leanvibe/protocol/ids';
import { DEVICE_KINDS } from '@leanvibe/protocol/link';
import { err, ok, type Result } from '../base/result.js';
import { label } from '../crypto/labels.js';
import type { Json } from '../doc/crdt.js';
import { signConsent } from '../group/consent.js';
import { createHelper, type SpaceSecrets } from '../recovery/help.js';
import { recoveryKeys } from '../recovery/keys.js';
import { ENTROPY_BYTES, readWords, wordsOf } from '../recovery/words.js';
import { createIdentity, type Identity } from './identity.js';
import type { Kernel } from './kernel.js';
import { admitDevice } from './members.js';
import type { Recovery, RecoverySet } from './recovery-form.js';
import { createRestore } from './restore-words.js';
import type { SpaceRuntime } from './space.js';

const PAPER = DEVICE_KINDS.indexOf('paper');
const COPY = 'this home is an older or second copy: say first whether it is the only one';

export function createRecovery(kernel: Kernel): Recovery {
  const { clock, crypto, random, identity } = kernel;
  const identityOf = (entropy: Uint8Array): Identity => {
    const { signingSeed, sealingSecret } = recoveryKeys(crypto, entropy);
    return createIdentity(crypto, signingSeed, sealingSecret, PAPER);
  };
  const personIn = (space: SpaceRuntime): PersonId | null => {
    const member = space.group.member(identity.device);
    return member?.live === true && space.removedAt() === null ? member.person : null;
  };
  const mine = (): readonly SpaceRuntime[] => [...kernel.spaces.values()].filter((space) => personIn(space) !== null);

  const admit = async (space: SpaceRuntime, paper: Identity): Promise<Result<null, string>> => {
    const person = personIn(space);
    if (person === null) return err('this device was removed from your devices');
    if (space.group.standing(paper.device) === 'live') return ok(null);
    return admitDevice(kernel, space, person, signConsent(crypto, paper.signing, paper.card, space.id, person));
  };

  /** Where this person's devices note which of their paper devices are words, and since when: nothing else would tell them from backups. */
  const notes = (): DocumentId => makeId<DocumentId>(crypto.sha256(concat(label('recovery-document'), idBytes(kernel.home().id))));

  const setOf = (device: DeviceId, createdMs: number, createdBy: DeviceId): RecoverySet => ({
    device,
    createdMs,
    createdBy,
    live: kernel.home().group.standing(device) === 'live',
    spaces: mine().map((space) => ({ space: space.id, covered: space.group.standing(device) === 'live' })),
    usedBy: [
      ...new Set(
        [...kernel.spaces.values()].flatMap(({ group }) =>
          group.members().flatMap((member) => (group.authorOf(member.addedBy) === device ? [member.device] : [])),
        ),
      ),
    ],
  });

  const sets = async (): Promise<readonly RecoverySet[]> => {
    const home = kernel.home();
    const known = await home.known(notes());
    const noted =
      known === null ? {} : ((await known.view({ type: 'latest' })) as Readonly<Record<string, { value: Json; device: DeviceId }>>);
    return (
      Object.entries(noted)
        // Noted first and admitted then: one without the other was never given to anybody.
        .filter(([device]) => home.group.standing(device as DeviceId) !== 'unknown')
        .map(([device, { value, device: createdBy }]) => setOf(device as DeviceId, typeof value === 'number' ? value : 0, createdBy))
        .sort((a, b) => b.createdMs - a.createdMs)
    );
  };

  const create: Recovery['create'] = async () => {
    if (kernel.copies.cloned()) return err(COPY);
    const home = kernel.home();
    if (personIn(home) === null) return err('this device was removed from your devices');
    const entropy = random.bytes(ENTROPY_BYTES);
    const paper = identityOf(entropy);
    const createdMs = clock.nowMs();
    const noted = await kernel.editor.edit(home, notes(), 'facts', {
      command: { type: 'facts.set', values: { [paper.device]: createdMs } },
      token: null,
    });
    if (!noted.ok) return err(noted.error.message);
    const admitted = await admit(home, paper);
    if (!admitted.ok) return admitted;
    // What another space refuses (a viewer may admit nobody) stays uncovered, and is shown so.
    for (const space of mine()) if (space !== home) await admit(space, paper);
    kernel.sessions.refresh();
    const words = wordsOf(entropy);
    entropy.fill(0);
    return ok({ words, set: setOf(paper.device, createdMs, identity.device) });
  };

  const check: Recovery['check'] = async (text) => {
    const read = readWords(text);
    if (!read.ok) return read;
    const { device } = identityOf(read.value);
    const set = (await sets()).find((one) => one.device === device);
    if (set === undefined) return ok({ state: 'unknown', device });
    return ok({ state: set.live ? 'live' : 'revoked', person: kernel.home().id as string as PersonId, set });
  };

  const extend: Recovery['extend'] = async (text) => {
    const read = readWords(text);
    if (!read.ok) return err({ code: 'words', problem: read.error });
    if (kernel.copies.cloned()) return err({ code: 'refused', message: COPY });
    const paper = identityOf(read.value);
    const set = (await sets()).find((one) => one.device === paper.device);
    if (set === undefined) return err({ code: 'refused', message: 'these are not recovery words of yours' });
    // Whoever revoked them meant every space; the words alone must not undo that.
    if (!set.live) return err({ code: 'refused', message: 'these recovery words were revoked' });
    for (const space of mine()) if (space.group.standing(paper.device) === 'unknown') await admit(space, paper);
    kernel.sessions.refresh();
    return ok(setOf(set.device, set.createdMs, set.createdBy));
  };

  /** The resolver's word alone: what a live member may read it may be handed; W where its person may write. */
  const secretsFor = (paper: DeviceId): readonly SpaceSecrets[] => {
    if (kernel.copies.cloned()) return [];
    return mine().flatMap((space) => {
      const member = space.group.member(paper);
      if (member === null || !member.live || member.card.kind !== PAPER) return [];
      const writes = space.group.mayWrite(paper);
      const epochs = space.epochs().toReversed();
      return [{ space: space.id, epochs: epochs.map((one) => (writes ? one : { ...one, append: null })) }];
    });
  };

  const helper = createHelper(kernel, {
    self: identity.device,
    secretsFor,
    used(paper, by) {
      const own = kernel.home().group.standing(paper) === 'live';
      const [shared] = secretsFor(paper);
      kernel.emit({ type: 'alarm', alarm: own ? 'words-used' : 'others-words-used', space: shared?.space ?? null, device: by });
    },
    refused: (by, reason) => kernel.news.refuse(reason, by),
    fault: kernel.news.trouble,
  });

  return { create, sets, check, extend, serve: helper.serve, restore: createRestore(kernel, identityOf) };
}
