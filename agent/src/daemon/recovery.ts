/** Recovery words as the control API tells of them, and the search for somebody who helps to restore (C43). */
import type { DeviceId } from '@leanvibe/protocol/ids';
import type { RecoveryFailure, RecoverySet } from '@leanvibe/core/engine/recovery-form';
import { ControlFailure } from '../control/error.js';
import type { FreshWordsView, RecoverySetView, RestoredView, RestoreProgressView, WordsCheckView } from '../control/recovery-views.js';
import { doorOf, type RecoveryDeps, restoreBy } from './restore-search.js';
import { wordsProblem } from './words-problem.js';

export interface RecoveryDesk {
  create(another: boolean): Promise<FreshWordsView>;
  list(): Promise<readonly RecoverySetView[]>;
  check(words: string): Promise<WordsCheckView>;
  extend(words: string): Promise<RecoverySetView>;
  revoke(device: string): Promise<RecoverySetView>;
  /** `peer`: a pairing link, an address, or null for everybody on this network. */
  restore(
    words: string,
    peer: string | null,
    context: { readonly signal: AbortSignal; progress(progress: RestoreProgressView): void },
  ): Promise<RestoredView>;
  stop(): void;
}

const EMPTY_HOME = 'name an empty home with --home, or start this one over: leanvibe reset';

export function createRecoveryDesk(deps: RecoveryDeps): RecoveryDesk {
  const { engine, names, lan, logger } = deps;
  const { recovery } = engine;
  const unserve = lan.serve('/leanvibe/recover/1', (channel) => recovery.serve(channel));

  const viewOf = (set: RecoverySet): RecoverySetView => ({
    deviceId: set.device,
    createdAt: new Date(set.createdMs).toISOString(),
    createdBy: names.of(set.createdBy),
    state: set.live ? 'live' : 'revoked',
    spaces: set.spaces.map(({ space, covered }) => ({ space, name: names.ofSpace(space), covered })),
    usedBy: set.usedBy.map((device) => ({ deviceId: device, name: names.of(device) })),
  });
  const sets = async (): Promise<readonly RecoverySetView[]> => (await recovery.sets()).map(viewOf);

  return {
    list: sets,
    async create(another) {
      const live = (await sets()).find(({ state }) => state === 'live');
      if (live !== undefined && !another)
        throw new ControlFailure(
          'refused',
          `there are recovery words already, made on ${live.createdAt.slice(0, 10)}`,
          'leanvibe recovery create --replace, or --another to keep both',
        );
      const made = await recovery.create();
      if (!made.ok) throw new ControlFailure('refused', made.error);
      const { words, set } = made.value;
      const name = `recovery words of ${new Date(set.createdMs).toISOString().slice(0, 16).replace('T', ' ')}`;
      await names
        .rename(set.device, name)
        .catch((error: unknown) => logger.log('warn', 'name-not-kept', { why: error instanceof Error ? error.name : 'unknown' }));
      return { words, ...viewOf(set) };
    },
    async check(words) {
      const checked = await recovery.check(words);
      if (!checked.ok) throw failureOf({ code: 'words', problem: checked.error });
      const found = checked.value;
      if (found.state === 'unknown') return { state: 'unknown', deviceId: found.device, person: null, personName: null, set: null };
      const { state, person, set } = found;
      return { state, deviceId: set.device, person, personName: names.ofPerson(person), set: viewOf(set) };
    },
    async extend(words) {
      const extended = await recovery.extend(words);
      if (!extended.ok) throw failureOf(extended.error);
      return viewOf(extended.value);
    },
    async revoke(device) {
      const all = await sets();
      const [set, ...more] = all.filter(({ deviceId }) => deviceId.startsWith(device.toLowerCase()));
      if (set === undefined || more.length > 0)
        throw new ControlFailure(
          set === undefined ? 'not-found' : 'ambiguous',
          set === undefined ? 'there are no such recovery words' : 'several recovery words match',
          'see: leanvibe recovery list',
        );
      if (set.state === 'revoked') throw new ControlFailure('refused', 'these recovery words are revoked already');
      const done = await engine.revoke(set.deviceId as DeviceId);
      if (!done.ok) throw new ControlFailure('refused', done.error);
      return { ...set, state: 'revoked', spaces: set.spaces.map((space) => ({ ...space, covered: false })) };
    },
    async restore(words, peer, { signal, progress }) {
      const doors = peer === null ? null : [doorOf(peer)];
      const started = await recovery.restore(words);
      if (!started.ok) throw failureOf(started.error);
      const restoring = started.value;
      const end = (): void => restoring.end();
      signal.addEventListener('abort', end);
      try {
        return await restoreBy(deps, restoring, doors, signal, progress);
      } finally {
        signal.removeEventListener('abort', end);
        end();
      }
    },
    stop: unserve,
  };
}

function failureOf(failure: RecoveryFailure): ControlFailure {
  if (failure.code === 'refused')
    return new ControlFailure(
      'refused',
      failure.message,
      /data of its own/.test(failure.message) ? EMPTY_HOME : 'see: leanvibe recovery list',
    );
  const { message, fix } = wordsProblem(failure.problem);
  return new ControlFailure('refused', message, fix);
}
