/** All relays of this device: one session each, with a conversation for every mailbox that the spaces' links tell of (C31). */
import type { DeviceId, EntryId, MailboxId, SpaceId } from '@leanvibe/protocol/ids';
import type { RefusalReason } from '@leanvibe/protocol/errors';
import type { Report } from '../log/effect.js';
import type { Clock } from '../ports/clock.js';
import type { Crypto } from '../ports/crypto.js';
import type { Logger } from '../ports/logger.js';
import type { Random } from '../ports/random.js';
import { type Batch, type Lane, LANES, type Store } from '../ports/store.js';
import { openRelaySession, type RelaySession, type RelaySpaces } from '../session/relay.js';
import type { EngineEvent } from './api.js';
import type { Conversing } from './conversing.js';
import type { Identity } from './identity.js';
import type { Relays } from './relay-api.js';
import { createRelayDoubts } from './relay-doubts.js';
import { relayName, relayStoreId } from './relay-names.js';
import { createRelayPlaces, type Made } from './relay-places.js';
import { createRelayProof } from './relay-proof.js';
import type { RelayTold } from './relay-told.js';
import { createRelayWatch } from './relay-watch.js';
import { viewOfRelay } from './relay-view.js';
import { usableEpoch } from './rotate.js';
import { newestFirst } from './shown-epochs.js';
import type { SpaceRuntime } from './space.js';

export interface RelaySessionsDeps {
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly random: Random;
  readonly logger: Logger;
  readonly store: Store;
  readonly spaces: ReadonlyMap<SpaceId, SpaceRuntime>;
  readonly identity: Identity;
  readonly conversing: Conversing;
  readonly refuse: (reason: RefusalReason, from: DeviceId | null, count?: number) => void;
  readonly emit: (event: EngineEvent) => void;
  readonly commit: (batch: Batch) => ReturnType<Store['commit']>;
  readonly trouble: (error: unknown) => void;
  /** Asks the devices connected now for entries. */
  refetch(space: SpaceId, entries: readonly EntryId[]): void;
}

interface Place {
  readonly space: SpaceId;
  readonly mailbox: MailboxId;
}

export interface RelaySessions extends Relays {
  /** What relays showed this device, and what they showed others. */
  readonly told: Pick<RelayTold, 'shown' | 'heard'>;
  /** Who tells a space's members of a mailbox that was made for it. */
  onMade(tell: Made): void;
  appended(space: SpaceId, lanes: readonly Lane[]): void;
  refresh(): void;
  /** True when some relay takes changes of this space. */
  listens(space: SpaceId): boolean;
  refetch(space: SpaceId, entries: readonly Parameters<Store['entry']>[1][]): void;
  inStep(): boolean;
  stop(): void;
}

export function createRelaySessions(deps: RelaySessionsDeps): RelaySessions {
  const { clock, conversing, crypto, logger, spaces, store } = deps;
  const places = createRelayPlaces(crypto, deps.identity);
  const sessions = new Map<string, RelaySession>();
  /** Links being written that tell of a mailbox. */
  const telling = new Set<SpaceId>();
  let made: Made = () => Promise.resolve();

  const nameOf = (origin: string, mailbox: MailboxId | null): DeviceId => relayName(crypto, origin, mailbox);
  /** To be another store is what makes the other side compare everything (C27): it lost what it said it had. */
  const restarts = new Map<MailboxId, number>();
  /** What was read of these counts for nothing. */
  const distrusted = new Set<MailboxId>();
  const again = (origin: string, space: SpaceId): void => {
    for (const room of sessions.get(origin)?.rooms() ?? []) {
      if (room.space !== space) continue;
      distrusted.add(room.mailbox);
      restarts.set(room.mailbox, (restarts.get(room.mailbox) ?? 0) + 1);
      room.send((slot) => ({ type: 'leave', slot }));
      room.open(false);
    }
  };

  const { gaps, told, alarm, doubt } = createRelayDoubts(deps, sessions);
  const onReport = ({ mailbox, space }: Place, origin: string, report: Report): void => {
    switch (report.type) {
      case 'refused':
        return deps.refuse(report.reason, nameOf(origin, mailbox), report.count);
      case 'rolled-back':
        deps.refuse('rolled-back', nameOf(origin, mailbox));
        return alarm('relay-rolled-back', origin, space);
      case 'store-full':
        return deps.emit({ type: 'alarm', alarm: 'store-full', space, device: null });
      case 'closed':
        return sessions.get(origin)?.close(report.reason);
      case 'sampled':
        return proof.sampled(origin, mailbox, report);
      case 'withheld':
        return void gaps.withheld(origin, space, report.lane, report.ids).catch(deps.trouble);
      case 'untraced':
        return doubt('relay-withheld', origin, space);
      case 'contradicted':
        doubt('relay-forked', origin, space);
        return again(origin, space);
      case 'compared':
        return told.compared(origin, space, report.lane, report.from.position, report.ok);
      case 'restored':
      case 'hole':
      case 'missing':
      case 'store-recovered':
        return logger.log('info', `relay.${report.type}`, { origin });
    }
  };

  const spacesFor = (origin: string): RelaySpaces => ({
    mailboxes: (owned) => places.wanted(spaces, origin, owned),
    mayMake: (id) => {
      const space = spaces.get(id);
      return space !== undefined && places.mayMake(space);
    },
    epochs: (id) => {
      const space = spaces.get(id);
      return space === undefined ? [] : newestFirst(space);
    },
    current: (id) => {
      const space = spaces.get(id);
      return space === undefined || space.removedAt() !== null ? null : usableEpoch(space);
    },
    outdated: (id, epoch) => {
      const group = spaces.get(id)?.group;
      // One whose link is not known here is newer than what is.
      return group !== undefined && group.epochOperation(epoch) !== null && !group.usableEpochs().includes(epoch);
    },
    settled: (id) => spaces.get(id)?.intake.idle() !== false,
    converse: ({ space, mailbox }, slot, right, send, canSend) =>
      conversing.converse({
        space,
        peer: nameOf(origin, mailbox),
        slot,
        level: right.level,
        acceptAnnouncements: true,
        gives: right.append && right.level === 1,
        storeId: relayStoreId(crypto, store.id, mailbox, restarts.get(mailbox) ?? 0),
        whole: true,
        anew: distrusted.delete(mailbox),
        traces: true,
        send,
        canSend,
        report: (report) => onReport({ space, mailbox }, origin, report),
        changed: () => changed(origin),
      }),
    malformed: () => deps.refuse('malformed', nameOf(origin, null)),
  });

  /** A mailbox that only this device knows of is told to the space, once it can be written to. */
  const tell = (origin: string): void => {
    for (const room of sessions.get(origin)?.rooms() ?? []) {
      const space = spaces.get(room.space);
      const state = room.state();
      if (space === undefined || state.at !== 'open' || !state.right.append || telling.has(space.id)) continue;
      if (places.at(space, origin) !== null || places.told(space, origin).includes(room.mailbox)) continue;
      telling.add(space.id);
      made(space.id, origin, room.mailbox)
        .catch(deps.trouble)
        .finally(() => telling.delete(space.id));
    }
  };
  const changed = (origin: string): void => {
    tell(origin);
    told.look(origin);
    for (const room of sessions.get(origin)?.rooms() ?? []) room.look();
    deps.emit({ type: 'relay', origin });
  };

  const proof = createRelayProof({ clock, random: deps.random, store, sessions });
  const watch = createRelayWatch({
    clock,
    prove: (origin, count) => proof.prove(count, origin),
    again,
    alarm,
    trouble: deps.trouble,
  });

  const all = (): readonly RelaySession[] => [...sessions.values()];
  return {
    told,
    connect(line, options, closed) {
      const { origin } = options;
      sessions.get(origin)?.close('a newer connection');
      const session: RelaySession = openRelaySession({ clock, crypto, spaces: spacesFor(origin) }, line, options, {
        changed: () => changed(origin),
        closed(reason) {
          if (sessions.get(origin) === session) {
            sessions.delete(origin);
            watch.gone(origin);
          }
          deps.emit({ type: 'relay', origin });
          closed(reason);
        },
      });
      sessions.set(origin, session);
      watch.connected(origin);
      deps.emit({ type: 'relay', origin });
      return session;
    },
    visit(line, origin) {
      const none: RelaySpaces = { ...spacesFor(origin), mailboxes: () => [] };
      return openRelaySession(
        { clock, crypto, spaces: none },
        line,
        { origin, token: null },
        { changed: () => undefined, closed: () => undefined },
      );
    },
    onMade(tell) {
      made = tell;
    },
    views: () => all().map((session) => viewOfRelay(session)),
    prove: (count) => proof.prove(count, null),
    appended(space, lanes) {
      for (const session of all()) session.appended(space, lanes);
    },
    refresh() {
      for (const session of all()) session.refresh();
    },
    listens: (space) =>
      all().some((session) =>
        session.rooms().some((room) => {
          const state = room.state();
          return room.space === space && state.at === 'open' && state.right.append && state.right.level === 1 && room.sync() !== null;
        }),
      ),
    refetch(space, entries) {
      for (const session of all())
        for (const room of session.rooms()) if (room.space === space) for (const lane of LANES) room.sync()?.fetch(lane, entries);
    },
    inStep: () => all().every((session) => session.rooms().every((room) => room.sync()?.status().idle !== false)),
    stop() {
      told.stop();
      for (const session of all()) session.close('done');
    },
  };
}
