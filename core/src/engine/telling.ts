/** Telling connected members of a space what its relays showed this device, at first and whenever it is something else (P7). */
import type { SpaceId } from '@leanvibe/protocol/ids';
import type { ShownMailbox } from '@leanvibe/protocol/peer';
import type { Cancel, Clock } from '../ports/clock.js';
import type { Session } from '../session/session.js';

export interface Telling {
  /** Tells over this session from now on until it is closed. */
  follow(session: Session): void;
  leave(session: Session): void;
}

export interface TellingDeps {
  readonly clock: Clock;
  shown(space: SpaceId): Promise<readonly ShownMailbox[]>;
  readonly trouble: (error: unknown) => void;
}

/** After it opened, when spaces were matched; then. */
const SOON_MS = 3_000;
const EVERY_MS = 60_000;
/** Told again all the same every so many times, since being connected at once counts (`live`). */
const AGAIN = 5;

interface Told {
  text: string;
  times: number;
}

export function createTelling({ clock, shown, trouble }: TellingDeps): Telling {
  const next = new Map<Session, Cancel>();
  const tell = async (session: Session, told: Map<SpaceId, Told>): Promise<void> => {
    for (const [space, level] of session.open()) {
      const mailboxes = level === 1 ? await shown(space) : [];
      const text = JSON.stringify(mailboxes);
      const before = told.get(space);
      if (mailboxes.length === 0) continue;
      if (before?.text === text && before.times < AGAIN) before.times++;
      else if (next.has(session)) {
        told.set(space, { text, times: 1 });
        session.tell(space, mailboxes);
      }
    }
  };
  const plan = (session: Session, told: Map<SpaceId, Told>, afterMs: number): void => {
    next.set(
      session,
      clock.after(afterMs, () => {
        tell(session, told)
          .then(() => (next.has(session) ? plan(session, told, EVERY_MS) : undefined))
          .catch(trouble);
      }),
    );
  };
  return {
    follow: (session) => plan(session, new Map(), SOON_MS),
    leave(session) {
      next.get(session)?.();
      next.delete(session);
    },
  };
}
