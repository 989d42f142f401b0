/** What an engine is made of: its ports, its keys, and the few choices a shell makes for it. */
import type { CrdtKind } from '@leanvibe/protocol/change';
import type { DEVICE_KINDS } from '@leanvibe/protocol/link';
import type { Crdt, Replicas } from '../doc/crdt.js';
import type { Clock } from '../ports/clock.js';
import type { Adoption } from '../intake/adopt.js';
import type { Crypto } from '../ports/crypto.js';
import type { Logger } from '../ports/logger.js';
import type { Random } from '../ports/random.js';
import type { Store } from '../ports/store.js';
import type { MembershipFactory } from './space-group.js';

export interface EngineDeps {
  readonly crypto: Crypto;
  readonly random: Random;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: Store;
  readonly replicas: Replicas;
  /** The rule books of the CRDTs this program knows. */
  readonly crdts: (kind: CrdtKind) => Crdt<unknown> | null;
  readonly secrets: {
    /** 32 bytes each, made on this device. */
    readonly signingSeed: Uint8Array;
    readonly sealingSecret: Uint8Array;
    /** Seals this device's own records at rest. */
    readonly localKey: Uint8Array;
  };
  readonly deviceKind: (typeof DEVICE_KINDS)[number];
  /** C17: how long typing is gathered before it is offered again; 0 offers every edit by itself. */
  readonly windowMs: number;
  /** C37: bytes of changes that make a checkpoint due however small the document; absent: 64 KiB. For simulations, which are impatient. */
  readonly checkpointTailMin?: number;
  /** Absent: the resolver. */
  readonly membership?: MembershipFactory;
  /** Absent: C9 as it is. */
  readonly adoption?: Adoption;
  /** C44: the store's generation does not match the one beside the device key: an older image, or a copy. */
  readonly restored: boolean;
}
