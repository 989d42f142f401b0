/** Why a project is not in step, document by document, in plain words. */
import type { Engine, SpaceView } from '@leanvibe/core/engine/api';
import { debtWords } from '../control/team-words.js';
import type { WhyView } from '../control/views.js';
import type { Catalogs, KnownProject } from './catalog.js';
import { mayWrite, owners } from './access.js';
import type { Names } from './names.js';
import type { Teams } from './teams.js';
import { type Others, type Reach, sinceWords, whyDetail } from './reach.js';

export interface WhyDeps {
  readonly engine: Engine;
  readonly catalogs: Catalogs;
  readonly names: Names;
  readonly teams: Pick<Teams, 'row'>;
  readonly reach: () => Reach;
}

const WORDS = ['project', 'suggestions', 'facts', 'catalog'] as const;

export async function whyProject(deps: WhyDeps, project: KnownProject): Promise<readonly WhyView[]> {
  const { engine, catalogs, names, teams } = deps;
  const documents = [project.place, project.suggestions, project.facts, catalogs.placeOf(project.space)];
  const rows = await engine.why(
    project.space,
    documents.map(({ document }) => document),
  );
  const space = engine.spaces().find((one) => one.space === project.space);
  const others = othersOf(deps, space);
  const views = rows.map((row): WhyView => {
    const waitsForPeers = row.reason === 'nobody-connected' || row.state === 'waiting' || row.state === 'sealed';
    const at = documents.findIndex(({ document }) => document === row.document);
    return {
      document: row.document === null ? 'unknown' : (WORDS[at] ?? 'other'),
      state: row.state,
      reason: row.reason,
      detail: whyDetail(row, others),
      waitingFor: row.state === 'in-step' ? [] : waitsForPeers ? others.away : row.devices.map((device) => names.of(device)),
    };
  });
  const waits = views.some(({ state }) => state !== 'in-step') || others.away.length > 0;
  return [...(space === undefined ? [] : await ofSpace(space, { names, teams })), ...(waits ? blockedHere(deps.reach()) : []), ...views];
}

/** The live devices that should have a space's documents, by whether they are reached, with when they were last seen. */
function othersOf({ names, reach }: WhyDeps, space: SpaceView | undefined): Others {
  const { connected, lastSeenMs, nowMs } = reach();
  const all = (space?.devices ?? []).filter(({ revoked, thisDevice, kind }) => !revoked && !thisDevice && kind !== 'paper');
  const away = all.filter(({ device }) => !connected.has(device));
  const seen = (device: string): string => {
    const atMs = lastSeenMs(device);
    return atMs === null ? `${names.of(device)} (not seen yet)` : `${names.of(device)} (seen ${sinceWords(nowMs - atMs)} ago)`;
  };
  return {
    total: all.length,
    with: all.length - away.length,
    away: away.map(({ device }) => names.of(device)),
    seen: away.map(({ device }) => seen(device)),
  };
}

/** What this machine itself stands in the way with. */
function blockedHere({ discovery, listening }: Reach): readonly WhyView[] {
  const blocked = (reason: string, detail: string): WhyView => ({ document: 'network', state: 'blocked', reason, detail, waitingFor: [] });
  return [
    ...(discovery === 'failed'
      ? [blocked('discovery-failed', 'devices on this network cannot be found: this system blocks UDP port 5353; see leanvibe doctor')]
      : []),
    ...(listening ? [] : [blocked('listen-failed', 'other devices cannot reach this one: no port could be opened; see leanvibe doctor')]),
  ];
}

/** What holds for every document of the space. */
async function ofSpace(view: SpaceView, { names, teams }: Pick<WhyDeps, 'names' | 'teams'>): Promise<readonly WhyView[]> {
  const { debts } = await teams.row(view.space);
  const owed = debts.map(
    (debt): WhyView => ({ document: 'project', state: 'owed', reason: 'rotation', detail: debtWords(debt), waitingFor: debt.waitingFor }),
  );
  const blocked = (reason: string, detail: string): WhyView => ({ document: 'project', state: 'blocked', reason, detail, waitingFor: [] });
  if (view.standing === 'removed')
    return [
      blocked(
        'removed',
        view.home
          ? 'this device was removed: it sends and receives nothing any more'
          : `you are no longer in ${names.ofSpace(view.space)}: nothing is sent or arrives any more`,
      ),
    ];
  if (view.standing === 'joining') return [blocked('joining', `waiting for somebody in ${names.ofSpace(view.space)}`), ...owed];
  if (view.readOnly)
    return [
      blocked('read-only', `no owner is left in ${names.ofSpace(view.space)}: nobody can write until a recovery key brings one back`),
      ...owed,
    ];
  if (!mayWrite(view))
    return [blocked('viewer', `you may read this project, not write: ask ${owners(view, names)} for the editor role`), ...owed];
  return owed;
}
