/** `verify`: proves every stored byte, and asks other devices for what is damaged. */
import { parseId, type EntryId, type SpaceId } from '@leanvibe/protocol/ids';
import type { CallContext } from '../control/call.js';
import { ControlFailure } from '../control/error.js';
import type { VerifyProgress, VerifyView } from '../control/leaf-views.js';
import type { Agent } from './agent.js';

export async function verifyStore(
  { store, engine }: Pick<Agent, 'store' | 'engine'>,
  { signal, progress }: CallContext<VerifyProgress>,
): Promise<VerifyView> {
  const { entries: total } = await store.size();
  const report = await store.verify({ signal, onProgress: (done) => progress({ done, total }) });
  if (!report.complete) throw new ControlFailure('cancelled', 'verifying was cancelled');
  const bySpace = new Map<SpaceId, EntryId[]>();
  for (const { space, entryId } of report.damaged) {
    const [where, which] = [parseId<SpaceId>(space), parseId<EntryId>(entryId)];
    if (where !== null && which !== null) bySpace.set(where, [...(bySpace.get(where) ?? []), which]);
  }
  for (const [space, some] of bySpace) engine.refetch(space, some);
  const broken = [
    ...report.structure,
    ...(report.brokenRows > 0 ? [`${report.brokenRows} rows do not add up: restart to mend the store`] : []),
  ];
  const { entries, bytes, records, recordBytes } = report;
  return { entries, bytes, records, recordBytes, damaged: [...report.damaged.map(({ entryId }) => entryId), ...broken] };
}
