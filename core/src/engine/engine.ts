/** The engine: its capabilities over one kernel, and the public factory. */
import { concat } from '@leanvibe/protocol/bytes';
import { type DeviceId, type DocumentId, idBytes, makeId, type PersonId } from '@leanvibe/protocol/ids';
import { DEVICE_KINDS } from '@leanvibe/protocol/link';
import { writeUtf8 } from '@leanvibe/protocol/utf8';
import { err, type Result } from '../base/result.js';
import { label } from '../crypto/labels.js';
import { CommandRefused, type Json } from '../doc/crdt.js';
import type { Engine } from './api.js';
import { auditSpace } from './audit.js';
import type { EngineDeps } from './deps.js';
import { TAIL_BYTES_MIN } from '../checkpoint/turn.js';
import { createCheckpointing } from './checkpointing.js';
import { createHealer } from './heal.js';
import { createInvites } from './invites.js';
import { createKernel, type Kernel } from './kernel.js';
import { createMailboxes } from './mailboxes.js';
import { mayRevoke, revokeDevice } from './members.js';
import { createPairing } from './pairing.js';
import { spacesDocument } from './person-facts.js';
import { createPersonSpaces } from './person-spaces.js';
import { createPapers, type Papers } from './paper.js';
import { createTeams } from './teams.js';
import { createForks } from './forks.js';
import { historyOf } from './history.js';
import { createQuarantine } from './quarantine.js';
import { createRecovery } from './recovery.js';
import { createUnsent } from './unsent.js';
import { viewOf } from './space-view.js';
import { tokenActsOf } from './token-acts.js';
import { whyOf } from './why.js';

const REPLICAS_OPEN_MAX = 128;
const UNLOAD_EVERY_MS = 60_000;

/** Closes replicas nobody looked at for a while; ends with the answer. */
function keepTidy({ clock, spaces, news }: Kernel): () => void {
  let stopped = false;
  const tidy = (): void => {
    clock.after(UNLOAD_EVERY_MS, () => {
      if (stopped) return;
      Promise.all([...spaces.values()].map((space) => space.unload(REPLICAS_OPEN_MAX))).then(tidy, (error: unknown) => {
        news.trouble(error);
        tidy();
      });
    });
  };
  tidy();
  return () => {
    stopped = true;
  };
}

async function settle({ spaces, editor }: Kernel): Promise<void> {
  for (const space of spaces.values()) {
    await space.intake.pump();
    await space.flush();
  }
  await editor.settled();
}

/** Revokes a device in every space where this device may. */
async function revoke(kernel: Kernel, papers: Papers, device: DeviceId): Promise<Result<null, string>> {
  let answer: Result<null, string> = err('no such device is in use here');
  if (kernel.copies.cloned()) return err('this home is an older or second copy: say first whether it is the only one');
  const there = [...kernel.spaces.values()].filter((space) => space.group.standing(device) === 'live');
  const may = there.filter((space) => mayRevoke(kernel, space, device));
  if (there.length > 0 && may.length === 0) return err('this device may not revoke that one');
  for (const space of may) {
    const isPaper = DEVICE_KINDS[space.group.member(device)?.card.kind ?? 0] === 'paper';
    answer = isPaper ? await papers.revoke(space, device) : await revokeDevice(kernel, space, device);
    if (!answer.ok) return answer;
  }
  kernel.sessions.refresh();
  return answer;
}

interface Together {
  /** Looks at everything anew: what held it back is over. */
  look(): void;
  stop(): void;
}

/** What happens by itself once something grew: devices follow their person, debts are healed. */
function keepTogether(kernel: Kernel): Together {
  const person = createPersonSpaces(kernel);
  const healer = createHealer(kernel);
  const cancel = kernel.news.subscribe((event) => {
    if (event.type === 'membership' || (event.type === 'document' && event.document === spacesDocument(kernel))) person.look();
    const space = event.type === 'membership' ? kernel.spaces.get(event.space) : undefined;
    if (space !== undefined) healer.look(space);
  });
  kernel.whenCaughtUp.add((space) => {
    person.look();
    healer.look(space);
  });
  person.look();
  return {
    look() {
      person.look();
      for (const space of kernel.spaces.values()) healer.look(space);
    },
    stop() {
      cancel();
      person.stop();
      healer.stop();
    },
  };
}

/** Live devices of all spaces but this one; paper is never dialled. */
function wanted({ spaces, identity }: Kernel): readonly DeviceId[] {
  const found = new Set<DeviceId>();
  for (const space of spaces.values())
    for (const member of space.group.members())
      if (member.live && member.device !== identity.device && DEVICE_KINDS[member.card.kind] !== 'paper') found.add(member.device);
  return [...found];
}

/** Documents: writing, reading, and what is known of them. */
function documentsOf(
  kernel: Kernel,
): Pick<Engine, 'edit' | 'tokenActs' | 'view' | 'documents' | 'canonical' | 'derivedDocument' | 'newDocument' | 'why' | 'audit'> {
  const { spaces, crypto, random, identity, editor, sessions, copies } = kernel;
  return {
    derivedDocument: (purpose, of, extra = '') =>
      makeId<DocumentId>(crypto.sha256(concat(label(`${purpose}-document`), idBytes(of), writeUtf8(extra)))),
    newDocument: () => makeId<DocumentId>(random.bytes(32)),
    async edit(spaceId, document, kind, command, options) {
      const space = spaces.get(spaceId);
      return space === undefined
        ? err({ code: 'no-space', message: 'this device is not in that space' })
        : editor.edit(space, document, kind, { command, token: options?.token ?? null });
    },
    tokenActs: async (id) => {
      const space = spaces.get(id);
      return space === undefined ? [] : tokenActsOf(kernel.vault, identity.device, space);
    },
    async view(spaceId, document, kind, query): Promise<Json> {
      const space = spaces.get(spaceId);
      if (space === undefined) throw new CommandRefused('this device is not in that space');
      return ((await space.known(document)) ?? space.document(document, kind)).view(query);
    },
    documents: async (id) => (await spaces.get(id)?.documents()) ?? [],
    canonical: async (id, document) => (await (await spaces.get(id)?.known(document))?.canonical()) ?? null,
    why: async (id, documents) => {
      const space = spaces.get(id);
      return space === undefined
        ? []
        : whyOf(
            space,
            documents,
            identity.device,
            copies.cloned() ? 'cloned' : sessions.listens(id) ? 'not-offered-yet' : 'nobody-connected',
          );
    },
    audit: async (id) => {
      const space = spaces.get(id);
      return space === undefined
        ? null
        : auditSpace({ hashing: crypto, crdt: kernel.crdts, replicas: kernel.replicas, self: identity.device }, space);
    },
  };
}

export async function createEngine(deps: EngineDeps): Promise<Engine> {
  const kernel = createKernel(deps);
  const { identity, spaces, sessions, editor, copies, news, store } = kernel;
  const pairing = createPairing(kernel);
  const papers = createPapers(kernel);
  const invites = createInvites(kernel);
  const checkpointing = createCheckpointing(kernel, deps.checkpointTailMin ?? TAIL_BYTES_MIN);
  await kernel.start(deps.restored);
  await invites.load();
  await checkpointing.start();
  const cancelLost = deps.replicas.onLost((lost) => deps.logger.log('warn', 'worker-lost', { documents: lost.length }));
  const endTidying = keepTidy(kernel);
  const forks = createForks(kernel);
  const together = keepTogether(kernel);
  const mailboxes = createMailboxes(kernel);
  kernel.relays.onMade(async (space, origin, mailbox) => {
    const told = await mailboxes.openMailbox(space, origin, mailbox);
    // Tried again whenever something of the relay or the space changes.
    if (!told.ok) deps.logger.log('info', 'mailbox-not-told', { why: told.error });
    kernel.sessions.refresh();
  });

  return {
    ...documentsOf(kernel),
    ...mailboxes,
    device: identity.device,
    person: () => kernel.home().id as string as PersonId,
    home: () => kernel.home().id,
    spaces: () => [...spaces.values()].map((space) => viewOf(kernel, space)),
    connect: sessions.connect,
    peers: sessions.views,
    inStep: sessions.inStep,
    wanted: () => wanted(kernel),
    revoke: (device) => revoke(kernel, papers, device),
    cloned: copies.cloned,
    async goOnAsOnlyCopy() {
      if (!copies.cloned()) return;
      await copies.goOn(![...spaces.keys()].some((id) => sessions.listens(id)));
      for (const space of spaces.values()) editor.listening(space);
      together.look();
    },
    paper: papers.make,
    withdrawPaper: papers.withdraw,
    async restore(paper, entries) {
      const restored = await papers.restore(paper, entries);
      if (!restored.ok) return restored;
      // The home is back, whatever comes of taking it in now; what failed is tried again by itself.
      await settle(kernel).then(checkpointing.takeIn).catch(news.trouble);
      return restored;
    },
    refusals: news.refusals,
    storage: () => store.size(),
    refetch: sessions.refetch,
    pairing,
    teams: createTeams(kernel),
    quarantine: createQuarantine(kernel),
    recovery: createRecovery(kernel),
    invites: invites.invites,
    unsent: createUnsent(kernel),
    relays: kernel.relays,
    forked: forks.forked,
    history: async (id) => {
      const space = spaces.get(id);
      return space === undefined ? null : historyOf(kernel, space);
    },
    subscribe: news.subscribe,
    settled: () => settle(kernel),
    async stop() {
      together.stop();
      editor.stop();
      checkpointing.stop();
      sessions.stop();
      await checkpointing.settled();
      await settle(kernel);
      for (const space of spaces.values()) await space.unload(0);
      for (const space of spaces.values()) await space.flush();
      endTidying();
      kernel.stop();
      cancelLost();
    },
  };
}
