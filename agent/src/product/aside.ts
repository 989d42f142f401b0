/** Quarantine as people see it: what was set aside, whose it is, what it would change, and who may decide. */
import type { Difference } from '@leanvibe/core/doc/product/difference';
import type { Engine, SpaceView } from '@leanvibe/core/engine/api';
import type { QuarantinedSet } from '@leanvibe/core/engine/quarantine-sets';
import type { Result } from '@leanvibe/core/base/result';
import { ControlFailure } from '../control/error.js';
import type { DifferenceView, QuarantineDecision, QuarantineDetail, QuarantineRow } from '../control/trust-views.js';
import type { Catalogs } from './catalog.js';
import type { Names } from './names.js';
import { byIdStart } from './resolve.js';
import { spacesMeant, type Where, whereaboutsOf } from './whereabouts.js';
import { asideDetail } from './words.js';

export interface AsideDeps {
  readonly engine: Engine;
  readonly catalogs: Catalogs;
  readonly names: Names;
  /** A space by what a person typed. */
  readonly find: (text: string) => SpaceView;
}

/** One set with what was compared, for a screen or a file. */
export interface AsideShown {
  readonly row: QuarantineRow;
  readonly difference: Difference;
  readonly other: boolean;
}

export interface Aside {
  list(space: string | undefined, all: boolean): Promise<readonly QuarantineRow[]>;
  show(id: string): Promise<QuarantineDetail>;
  shown(id: string): Promise<AsideShown>;
  decide(id: string, decision: QuarantineDecision['decision']): Promise<QuarantineDecision>;
}

export function differenceView(difference: Difference, other: boolean): DifferenceView {
  return {
    note: difference.note,
    items: difference.items.map(({ part, what, id, before, after }) => ({ part, what, id, before, after })),
    other,
  };
}

/** Admins and owners who could decide, this device's person left out. */
function deciders({ devices }: SpaceView, names: Names): string {
  const able = devices.filter(({ role, revoked, thisDevice }) => (role === 'admin' || role === 'owner') && !revoked && !thisDevice);
  const people = [...new Set(able.map(({ person }) => person))].map((person) => names.ofPerson(person));
  return people.length === 0 ? 'an admin or an owner' : people.slice(0, 3).join(' or ');
}

export function createAside({ engine, catalogs, names, find: findSpace }: AsideDeps): Aside {
  const rowOf = (view: SpaceView, set: QuarantinedSet, where: Where): QuarantineRow => {
    const { document, project } = where(set.space, set.document);
    const person = view.devices.find((one) => one.device === set.device)?.person;
    const hindered = engine.quarantine.hindered(set.space);
    return {
      id: set.id,
      space: set.space,
      spaceName: names.ofSpace(set.space),
      document,
      documentId: set.document,
      project: project?.id ?? null,
      projectName: project?.name ?? null,
      deviceId: set.device,
      deviceName: names.of(set.device),
      personName: person === undefined ? '' : names.ofPerson(person),
      changes: set.changes.length,
      dropped: set.dropped.length,
      reasons: { ...set.reasons },
      detail: asideDetail(set.reasons),
      since: set.sinceMs === null ? null : new Date(set.sinceMs).toISOString(),
      needs: set.needs.map(({ device, count }) => ({ deviceId: device, deviceName: names.of(device), changes: count })),
      mayDecide: hindered === null,
      decides: hindered === null ? '' : deciders(view, names),
    };
  };

  const list: Aside['list'] = async (space, all) => {
    const where = await whereaboutsOf(catalogs);
    const rows: QuarantineRow[] = [];
    for (const view of spacesMeant(engine, findSpace, space))
      for (const set of await engine.quarantine.list(view.space, all)) rows.push(rowOf(view, set, where));
    return rows;
  };

  /** Dropped ones too, if only to change one's mind. */
  const find = async (id: string): Promise<QuarantineRow> =>
    byIdStart(await list(undefined, true), id, 'set-aside change', 'leanvibe quarantine');

  const shown: Aside['shown'] = async (id) => {
    const row = await find(id);
    const found = await engine.quarantine.show(row.space as SpaceView['space'], row.id);
    if (!found.ok) throw new ControlFailure('refused', found.error);
    return { row, difference: found.value.difference, other: found.value.other };
  };

  return {
    list,
    shown,
    async show(id) {
      const { row, difference, other } = await shown(id);
      return { ...row, difference: differenceView(difference, other) };
    },
    async decide(id, decision) {
      const row = await find(id);
      const space = row.space as SpaceView['space'];
      const hindered = engine.quarantine.hindered(space);
      if (hindered !== null) throw new ControlFailure('refused', hindered, `ask ${row.decides}`);
      const done: Result<{ readonly changes: number }, string> =
        decision === 'accepted' ? await engine.quarantine.accept(space, [row.id]) : await engine.quarantine.drop(space, [row.id]);
      if (done.ok) return { id: row.id, decision, changes: done.value.changes };
      const byHand = done.error.endsWith('by hand');
      throw new ControlFailure(
        'refused',
        done.error,
        byHand ? `leanvibe quarantine save ${row.id.slice(0, 8)} <file>, then: leanvibe unsent apply <file>` : '',
      );
    },
  };
}
