/** Rotation debt healed on sight (C12): the next able device renews the keys when it meets somebody, without waiting for an edit; once for each cause. */
import { concat } from '@leanvibe/protocol/bytes';
import { idBytes, toHex } from '@leanvibe/protocol/ids';
import { writeUtf8 } from '@leanvibe/protocol/utf8';
import { rotators } from './debts.js';
import type { Kernel } from './kernel.js';
import { ensureEpoch, usableEpoch } from './rotate.js';
import type { SpaceRuntime } from './space.js';

export interface Healer {
  /** Membership grew, or a peer was met. */
  look(space: SpaceRuntime): void;
  stop(): void;
}

/** Able devices take turns, so that one renews and the others hear of it. */
const TURN_MS = 1_000;
const TURNS_MAX = 30;

export function createHealer(kernel: Kernel): Healer {
  const { clock, copies, crypto, identity, news, sessions } = kernel;
  const done = new Set<string>();
  let stopped = false;

  /** What is owed; empty while nothing is. */
  const causeOf = ({ id, group }: SpaceRuntime): string => {
    const debts = group.debts().map(({ epoch, reason, device }) => `${epoch ?? ''} ${reason} ${device ?? ''}`);
    return debts.length === 0 ? '' : `${id} ${debts.sort().join()}`;
  };
  /** Drawn for each cause, so that it is not always the same device's work. */
  const placeOf = (space: SpaceRuntime, cause: string): number => {
    const drawn = (device: typeof identity.device): string => toHex(crypto.sha256(concat(idBytes(device), writeUtf8(cause))));
    const mine = drawn(identity.device);
    return rotators(space).filter((device) => drawn(device) < mine).length;
  };
  const able = (space: SpaceRuntime): boolean =>
    !stopped && !copies.cloned() && space.removedAt() === null && space.group.mayRotate(identity.device) && sessions.listens(space.id);

  const heal = (space: SpaceRuntime, cause: string): void => {
    if (!able(space) || causeOf(space) !== cause || usableEpoch(space) !== null || done.has(cause)) return;
    done.add(cause);
    ensureEpoch(kernel, space).then(() => sessions.refresh(), news.trouble);
  };
  return {
    look(space) {
      const cause = causeOf(space);
      if (cause === '' || done.has(cause) || !able(space)) return;
      const place = Math.min(placeOf(space, cause), TURNS_MAX);
      if (place === 0) heal(space, cause);
      else clock.after(place * TURN_MS, () => heal(space, cause));
    },
    stop() {
      stopped = true;
    },
  };
}
