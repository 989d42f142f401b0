/** Why a project is not in step, document by document, in plain words. */
import type { Engine, SpaceView } from '@leanvibe/core/engine/api';
import { debtWords } from '../control/team-words.js';
import type { WhyView } from '../control/views.js';
import type { Catalogs, KnownProject } from './catalog.js';
import { mayWrite, owners } from './access.js';
import type { Names } from './names.js';
import type { Teams } from './teams.js';
import { detailOf } from './words.js';

export interface WhyDeps {
  readonly engine: Engine;
  readonly catalogs: Catalogs;
  readonly names: Names;
  readonly teams: Pick<Teams, 'row'>;
  /** Devices this one would like to reach and does not. */
  readonly missing: () => readonly string[];
}

export async function whyProject({ engine, catalogs, names, teams, missing }: WhyDeps, project: KnownProject): Promise<readonly WhyView[]> {
  const documents = [project.place, project.suggestions, project.facts, catalogs.placeOf(project.space)];
  const words = ['project', 'suggestions', 'facts', 'catalog'];
  const rows = await engine.why(
    project.space,
    documents.map(({ document }) => document),
  );
  const away = missing().map((device) => names.of(device));
  const space = engine.spaces().find((one) => one.space === project.space);
  const alone = space?.devices.every(({ revoked, thisDevice }) => revoked || thisDevice) === true;
  const views = rows.map((row): WhyView => {
    const waitsForPeers = row.reason === 'nobody-connected' || row.state === 'waiting' || row.state === 'sealed';
    return {
      document: words[documents.findIndex(({ document }) => document === row.document)] ?? 'other',
      state: row.state,
      reason: row.reason,
      detail: alone ? detailOf(row).replace('no other device is reachable', 'only on this device') : detailOf(row),
      waitingFor: row.state === 'in-step' ? [] : waitsForPeers ? away : row.devices.map((device) => names.of(device)),
    };
  });
  return [...(space === undefined ? [] : await ofSpace(space, { names, teams })), ...views];
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
