/** Reads entries back from relays now and then (C33): what one acknowledged and has not is told, and given to it once more. */
import type { SpaceId } from '@leanvibe/protocol/ids';
import type { Cancel, ClockDep } from '../ports/clock.js';
import type { MailboxProof } from './relay-api.js';

export interface RelayWatchDeps extends ClockDep {
  prove(origin: string, count: number): Promise<readonly MailboxProof[]>;
  /** Compares everything with the mailbox anew, so that the relay gets what it lacks. */
  again(origin: string, space: SpaceId): void;
  /** `relay-lost`: it is given again what it lacks. `relay-unreliable`: it was, and still has not got it. */
  alarm(alarm: 'relay-lost' | 'relay-unreliable', origin: string, space: SpaceId): void;
  readonly trouble: (error: unknown) => void;
}

export interface RelayWatch {
  connected(origin: string): void;
  gone(origin: string): void;
}

const SAMPLE = 8;
/** After connecting, when logs were compared; and after giving again. */
const SOON_MS = 60_000;
const EVERY_MS = 3_600_000;

export function createRelayWatch(deps: RelayWatchDeps): RelayWatch {
  const next = new Map<string, Cancel>();
  /** Mailboxes found lacking, until they are found whole. */
  const lacking = new Set<string>();
  /** Those for which the relay did not answer the last time it was asked. */
  const mute = new Set<string>();

  /** True when it is to be looked at again soon. */
  const judge = ({ origin, space, mailbox, sampled, right }: MailboxProof): boolean => {
    const key = `${origin}/${mailbox}`;
    if (sampled === 0) return false;
    if (right === null) {
      if (mute.has(key)) deps.alarm('relay-unreliable', origin, space);
      return !mute.delete(key) && mute.add(key).has(key);
    }
    mute.delete(key);
    if (right === sampled) {
      lacking.delete(key);
      return false;
    }
    if (lacking.has(key)) {
      deps.alarm('relay-unreliable', origin, space);
      return false;
    }
    lacking.add(key);
    deps.alarm('relay-lost', origin, space);
    deps.again(origin, space);
    return true;
  };
  const look = async (origin: string): Promise<void> => {
    const proofs = await deps.prove(origin, SAMPLE);
    const soon = proofs.map(judge).includes(true);
    if (next.has(origin)) later(origin, soon ? SOON_MS : EVERY_MS);
  };
  const later = (origin: string, afterMs: number): void => {
    next.get(origin)?.();
    next.set(
      origin,
      deps.clock.after(afterMs, () => void look(origin).catch(deps.trouble)),
    );
  };
  return {
    connected: (origin) => later(origin, SOON_MS),
    gone(origin) {
      next.get(origin)?.();
      next.delete(origin);
    },
  };
}
