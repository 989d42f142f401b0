/** Why a project is not in step, document by document, in plain words. */
import type { Engine } from '@leanvibe/core/engine/api';
import type { WhyView } from '../control/views.js';
import type { Catalogs, KnownProject } from './catalog.js';
import type { Names } from './names.js';
import { detailOf } from './words.js';

export interface WhyDeps {
  readonly engine: Engine;
  readonly catalogs: Catalogs;
  readonly names: Names;
  /** Devices this one would like to reach and does not. */
  readonly missing: () => readonly string[];
}

export async function whyProject({ engine, catalogs, names, missing }: WhyDeps, project: KnownProject): Promise<readonly WhyView[]> {
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
  if (space?.standing === 'removed')
    views.unshift({
      document: 'project',
      state: 'blocked',
      reason: 'removed',
      detail: 'this device was removed: it sends and receives nothing any more',
      waitingFor: [],
    });
  return views;
}
