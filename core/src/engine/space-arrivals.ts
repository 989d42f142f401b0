/** What intake hands to a space: links to membership, changes to documents, attachments, checkpoints and the words about them. */
import type { EpochId, SpaceId } from '@leanvibe/protocol/ids';
import type { Link } from '../group/link.js';
import type { KeyRing } from '../keys/ring.js';
import { crdtOf } from '../intake/row.js';
import type { EngineEvent } from './api.js';
import type { Identity } from './identity.js';
import type { IntakeDeps } from './intake.js';
import type { Attachments } from './space-attachments.js';
import type { SpaceCheckpoints } from './space-checkpoints.js';
import type { SpaceDocuments } from './space-documents.js';
import type { SpaceGroup } from './space-group.js';

export interface ArrivalsDeps {
  readonly identity: Pick<Identity, 'device'>;
  readonly emit: (event: EngineEvent) => void;
  readonly refuse: IntakeDeps['refuse'];
  /** C44: somebody holds links of ours that we do not know. */
  readonly cloned: () => void;
  readonly group: SpaceGroup;
  readonly ring: Pick<KeyRing, 'secrets' | 'isSettled'>;
  readonly attachments: Attachments;
  readonly documents: Pick<SpaceDocuments, 'get'>;
  readonly checkpoints: SpaceCheckpoints;
  readonly later: IntakeDeps['later'];
  /** Membership, or what it depends on, grew. */
  readonly grew: () => void;
}

export interface SpaceArrivals extends Pick<IntakeDeps, 'onLink' | 'onPart' | 'onChanges' | 'onCheckpoint' | 'onAttestation'> {
  /** Offers links again that the graph had no room for. */
  retry(): void;
}

export function createSpaceArrivals(deps: ArrivalsDeps, space: SpaceId): SpaceArrivals {
  const { attachments, checkpoints, documents, group, later } = deps;
  /** Links the graph had no room for yet; the log holds them too. */
  const crowded: Link[] = [];
  /** What this one waits for may be sealed under older secrets, which it hands down to whoever was given its own. */
  const handsDown = ({ id, body }: Link): boolean => {
    const epoch = id as string as EpochId;
    return body.operation.type === 'epoch' && deps.ring.secrets(epoch) !== null && !deps.ring.isSettled(epoch);
  };
  return {
    retry() {
      for (const link of crowded.splice(0)) if (group.add(link) === 'full') crowded.push(link);
    },
    onLink(link, from) {
      const added = group.add(link);
      if (added === 'grew' || (added === 'waiting' && handsDown(link))) deps.grew();
      if (added === 'grew' && from !== null && link.body.author === deps.identity.device) deps.cloned();
      if (added === 'full') crowded.push(link);
      if (added === 'refused') deps.refuse('bad-link', link.body.author);
    },
    onPart(entry, bytes) {
      const hash = attachments.take(bytes);
      if (hash === null) return;
      if (group.frontiers().includes(hash)) deps.grew();
      later([attachments.put(entry)]);
    },
    async onChanges(arrivals, crdts) {
      for (const [document, list] of arrivals) {
        const kind = crdtOf({ crdt: crdts.get(document) ?? 255 });
        if (kind !== null) await documents.get(document, kind).take(list);
      }
    },
    onCheckpoint(checkpoint, entry) {
      const put = checkpoints.add(checkpoint, entry);
      if (put === null) return;
      later([put]);
      deps.emit({ type: 'checkpoint', space, document: checkpoint.body.document });
    },
    onAttestation(body, entry) {
      const put = checkpoints.addWord(body, entry);
      if (put === null) return;
      later([put]);
      deps.emit({ type: 'checkpoint', space, document: body.document });
    },
  };
}
