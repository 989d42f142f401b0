/** The stage of in-memory attacks: a victim, an honest witness, and a member of both their spaces that turned hostile. */
import type { EngineDeps } from '@leanvibe/core/internal/engine/deps';
import { createMemoryPair } from '@leanvibe/core/internal/memory/channel';
import type { ChangeId, DeviceId, DocumentId } from '@leanvibe/protocol/ids';
import { createRandom } from '../help/random.js';
import { createWorld, type Device, type World } from '../help/world.js';
import { type Member, type MemberSecrets, takeOver } from './member.js';
import { content, item, update } from './payloads.js';
import { type ClaimedLog, createRawPeer, logOf, type RawPeer, type RawPeerOptions } from './rawpeer.js';

export interface Stage {
  readonly world: World;
  readonly victim: Device;
  /** Stays connected to the victim all the time. */
  readonly witness: Device;
  readonly thief: Member;
  readonly log: ClaimedLog;
  readonly documents: readonly DocumentId[];
  /** A session of the thief's own hands, or of any other device that got hold of its secrets. */
  attack(options?: RawPeerOptions & { readonly as?: DeviceId; readonly outbound?: boolean }): RawPeer;
  note(device: Device, document: DocumentId): Promise<string>;
  /** What the victim refused since the last call, by reason. */
  counted(): Readonly<Record<string, number>>;
}

export const HONEST = 'honest words';

/** Secrets of the n-th device a world started; worlds draw them from their seed. */
export function secretsOf(seed: string, name: string, started: number): MemberSecrets & EngineDeps['secrets'] {
  const own = createRandom(`${seed}/${name}/${started}`);
  return { signingSeed: own.bytes(32), sealingSecret: own.bytes(32), localKey: own.bytes(32) };
}

export async function createStage(seed: string, documents = 1): Promise<Stage> {
  const world = createWorld(seed);
  const victim = await world.device('Victim');
  const witness = await world.device('Witness');
  const accomplice = await world.device('Thief');
  await world.pair(victim, witness);
  await world.pair(victim, accomplice);
  world.link(witness, victim);
  const cable = world.link(accomplice, victim);
  const names = Array.from({ length: documents }, () => victim.engine.newDocument());
  for (const name of names) await victim.edit(name, { type: 'note.append', text: HONEST });
  await world.run(5_000);
  const thief = await takeOver(secretsOf(seed, 'Thief', 2), accomplice.store, victim.engine.home());
  world.cut(cable);
  await accomplice.engine.stop();
  await world.run();
  const log = await logOf(accomplice.store, victim.engine.home());
  let before: Record<string, number> = { ...victim.engine.refusals() };
  return {
    world,
    victim,
    witness,
    thief,
    log,
    documents: names,
    attack({ as = thief.device, outbound = true, ...options } = {}) {
      const ends = createMemoryPair(
        { clock: world.clock },
        outbound ? { left: as, right: victim.engine.device } : { left: victim.engine.device, right: as },
      );
      const peer = createRawPeer(thief, outbound ? ends.left : ends.right, as, { log, ...options });
      victim.engine.connect(outbound ? ends.right : ends.left);
      return peer;
    },
    async note(device, document) {
      return ((await device.view(document, { type: 'note' })) as { readonly text: string }).text;
    },
    counted() {
      const now = victim.engine.refusals();
      const fresh = Object.fromEntries(
        Object.entries(now)
          .map(([reason, count]) => [reason, count - (before[reason] ?? 0)] as const)
          .filter(([, count]) => count > 0),
      );
      before = { ...now };
      return fresh;
    },
  };
}

/** A place from which the thief attacks: its own accepted first change on top of the victim's words. */
export function foothold(
  thief: Member,
  document: DocumentId,
): {
  readonly first: ReturnType<Member['change']>;
  readonly me: { clientId: number; clock: number };
  readonly victim: { clientId: number; clock: number };
  readonly tip: ChangeId;
} {
  const honest = thief.rows(document).find((row) => row.device !== thief.device);
  const write = honest?.writes[0];
  if (honest === undefined || write === undefined) throw new Error('the thief knows nothing of this document');
  const { clientId, run } = thief.run(document, 1);
  const payload = update([{ clientId, clock: 0, structs: [item({ parent: 'settings', key: 'mine' }, content.any([125, 1]))] }]);
  const first = thief.change({ document, dependencies: [honest.id], claims: [{ clientId, run }], payload });
  return { first, me: { clientId, clock: 1 }, victim: { clientId: write.clientId, clock: write.clockEnd }, tip: honest.id };
}
