/** Restoring by words (C43): spaces handed over by whoever helps come in, are verified from genesis, and let this device in by the paper key. */
import type { SpaceId } from '@leanvibe/protocol/ids';
import { err, ok, type Result } from '../base/result.js';
import { signConsent } from '../group/consent.js';
import { LANES } from '../ports/store.js';
import { readWords } from '../recovery/words.js';
import type { SpaceSecrets } from '../recovery/help.js';
import { seekHelp } from '../recovery/seek.js';
import type { Identity } from './identity.js';
import type { Kernel } from './kernel.js';
import { admitDevice } from './members.js';
import { hasData } from './paper.js';
import type { Put } from './put-off.js';
import type { Recovery, Restored, RestoreProgress, Restoring } from './recovery-form.js';
import { renewKeys } from './rotate.js';
import type { SpaceRuntime } from './space.js';
import { TABLES } from './tables.js';

const LOOK_EVERY_MS = 250;
/** Without one more entry for this long, nothing more comes. */
const QUIET_MS = 30_000;
/** Links came and no more of them for this long: what they say is what this helper knows. */
const SETTLED_MS = 2_000;

type Why = Restored['failed'][number]['why'];

interface Taken {
  readonly space: SpaceRuntime;
  readonly puts: Put[];
  links: number;
  linksAtMs: number;
}

export function createRestore(kernel: Kernel, identityOf: (entropy: Uint8Array) => Identity): Recovery['restore'] {
  let running = false;
  return async (text) => {
    const read = readWords(text);
    if (!read.ok) return err({ code: 'words', problem: read.error });
    if (running) return err({ code: 'refused', message: 'this device is restoring already' });
    if (kernel.copies.cloned()) return err({ code: 'refused', message: 'this home is an older or second copy of another' });
    if (await hasData(kernel.home())) return err({ code: 'refused', message: 'this home has data of its own already' });
    running = true;
    const paper = identityOf(read.value);
    read.value.fill(0);
    return ok(
      startRestore(kernel, paper, () => {
        running = false;
      }),
    );
  };
}

function startRestore(kernel: Kernel, paper: Identity, ended: () => void): Restoring {
  const { clock, crypto, identity, store } = kernel;
  const taken = new Map<SpaceId, Taken>();
  const failed = new Map<SpaceId, Why>();
  let over = false;

  /** Runs the space under the secrets handed over, true or not: its links tell, and nothing is registered meanwhile. */
  const take = async ({ space: id, epochs }: SpaceSecrets): Promise<void> => {
    const space = taken.get(id)?.space ?? (await kernel.open(id));
    const one = taken.get(id) ?? { space, puts: [], links: 0, linksAtMs: clock.nowMs() };
    taken.set(id, one);
    failed.delete(id);
    const puts = epochs.filter((secrets) => space.learn(secrets)).map((secrets) => space.epochPut(secrets));
    one.puts.push(...puts);
    await kernel.commit({ put: puts });
    await space.grown();
    kernel.pump(space);
  };

  const drop = async (id: SpaceId, why: Why): Promise<void> => {
    const one = taken.get(id);
    failed.set(id, why);
    taken.delete(id);
    if (one === undefined) return;
    kernel.forget(id);
    await store.commit({ remove: one.puts.map(({ table, key }) => ({ table, key })) });
  };

  /** How much is here of everything handed over. */
  const measure = async (): Promise<number> => {
    let entries = 0;
    for (const one of taken.values()) {
      for (const lane of LANES) {
        const { position } = await store.head(one.space.id, lane);
        entries += position;
        if (lane !== 1 || position === one.links) continue;
        one.links = position;
        one.linksAtMs = clock.nowMs();
      }
    }
    return entries;
  };

  /** The paper device is a live member by links that begin at the genesis the space is named by, with consent that only the words could sign. */
  const isReady = ({ space, linksAtMs }: Taken): boolean =>
    space.group.standing(paper.device) === 'live' && (kernel.sessions.listens(space.id) || clock.nowMs() - linksAtMs >= SETTLED_MS);

  const wait = (): Promise<void> => new Promise((resolve) => void clock.after(LOOK_EVERY_MS, resolve));

  const settled = async (onProgress: (progress: RestoreProgress) => void): Promise<void> => {
    let entries = -1;
    let changedMs = clock.nowMs();
    while (!over) {
      // Whoever renews keys meanwhile seals them for the paper device, and does not know this one yet.
      kernel.lent.lend(paper.sealingSecret);
      const now = await measure();
      if (now !== entries) changedMs = clock.nowMs();
      entries = now;
      const ready = [...taken.values()].filter(isReady).length;
      onProgress({ spaces: taken.size, ready, entries });
      if (ready === taken.size || clock.nowMs() - changedMs > QUIET_MS) return;
      await wait();
    }
  };

  const enterOne = async ({ space }: Taken): Promise<Why | null> => {
    if (space.group.standing(paper.device) === 'removed') return 'revoked';
    const member = space.group.member(paper.device);
    if (member === null) return 'unproved';
    if (space.group.standing(identity.device) === 'live') return null;
    const consent = signConsent(crypto, identity.signing, identity.card, space.id, member.person);
    const admitted = await admitDevice({ crypto, random: kernel.random, identity: paper }, space, member.person, consent);
    return admitted.ok ? null : 'not-admitted';
  };

  /** One commit: before it this is an empty device, after it a restored one. */
  const register = async (old: SpaceRuntime): Promise<Restored> => {
    const spaces = [...taken.keys()];
    // A home is the space that is named like its person.
    const home = spaces.find((id) => kernel.spaces.get(id)?.group.member(identity.device)?.person === (id as string)) ?? null;
    const put = spaces.map((id) => kernel.spacePut(id, id === home));
    await store.commit({ put, remove: home === null ? [] : [{ table: TABLES.space, key: old.id }] });
    if (home !== null) {
      kernel.forget(old.id);
      kernel.setHome(home);
    }
    return { home: home !== null, spaces, failed: [...failed].map(([space, why]) => ({ space, why })) };
  };

  const end = (): void => {
    if (over) return;
    over = true;
    paper.signing.secretKey.fill(0);
    paper.sealingSecret.fill(0);
    kernel.lent.giveBack();
    ended();
  };

  const enter: Restoring['enter'] = async (onProgress) => {
    const old = kernel.home();
    await settled(onProgress);
    if (over) return err('stopped; nothing was restored');
    if (await hasData(old)) return err('this home has data of its own already');
    for (const [id, one] of [...taken]) {
      const why = await enterOne(one);
      if (why !== null) await drop(id, why);
    }
    if (taken.size === 0) return err(nothing(failed));
    const restored = await register(old);
    for (const { space } of taken.values()) {
      // Announced under the older epoch too, so that whoever renewed keys elsewhere meanwhile hears of this device.
      await renewKeys({ crypto, random: kernel.random, identity }, space);
      kernel.emit({ type: 'membership', space: space.id });
    }
    kernel.sessions.refresh();
    taken.clear();
    return ok(restored);
  };

  return {
    device: paper.device,
    async ask(channel): Promise<Result<number, string>> {
      if (over) return err('restoring has ended');
      const helped = await seekHelp(kernel, { self: identity.device, paper }, channel);
      if (!helped.ok) return helped;
      // What this device is in already is not for a helper to say anything about.
      const news = helped.value.filter(({ space }) => taken.has(space) || !kernel.spaces.has(space));
      for (const secrets of news) await take(secrets);
      kernel.sessions.refresh();
      return ok(news.length);
    },
    enter,
    end() {
      for (const id of [...taken.keys()]) drop(id, 'unproved').catch(kernel.news.trouble);
      end();
    },
  };
}

function nothing(failed: ReadonlyMap<SpaceId, Why>): string {
  const whys = [...failed.values()];
  if (whys.includes('revoked')) return 'these recovery words were revoked';
  if (whys.includes('not-admitted')) return 'these recovery words may let no device in';
  return 'what was handed over could not be proved: nothing was restored';
}
