/** What a person's devices tell each other in their home about the spaces they are in (C2, W28): a facts document, read defensively. */
import { concat } from '@leanvibe/protocol/bytes';
import {
  type DeviceId,
  type DocumentId,
  type EpochId,
  fromHex,
  idBytes,
  type LinkId,
  makeId,
  parseId,
  type PersonId,
  type SpaceId,
} from '@leanvibe/protocol/ids';
import { label } from '../crypto/labels.js';
import type { Json } from '../doc/crdt.js';
import type { Kernel } from './kernel.js';

/** One epoch's secrets in a box for one device: ephemeral key, then the box, as in a grant. */
export interface HandedEpoch {
  readonly epoch: EpochId;
  readonly append: boolean;
  readonly box: Uint8Array;
}

export interface PersonFacts {
  /** Spaces a live home device says it is in, and as whom. */
  readonly spaces: ReadonlyMap<SpaceId, ReadonlyMap<DeviceId, PersonId>>;
  /** Who agreed to be a device of which person, by space. 64 bytes. */
  readonly consents: ReadonlyMap<SpaceId, ReadonlyMap<DeviceId, { readonly person: PersonId; readonly consent: Uint8Array }>>;
  /** Keys of a space for a device, and the home addition of it that they were given for. */
  keysFor(space: SpaceId, device: DeviceId): readonly { readonly chain: LinkId; readonly epochs: readonly HandedEpoch[] }[];
  /** What this device itself said under a key. */
  own(key: string): Json | undefined;
}

export const spaceKey = (space: SpaceId): string => `space/${space}`;
export const consentKey = (space: SpaceId): string => `consent/${space}`;
export const keysKey = (space: SpaceId, device: DeviceId): string => `keys/${space}/${device}`;

/** The document, found alike by every device of the person. */
export function spacesDocument({ crypto, home }: Pick<Kernel, 'crypto' | 'home'>): DocumentId {
  return makeId<DocumentId>(crypto.sha256(concat(label('spaces-document'), idBytes(home().id))));
}

type Row = Readonly<Record<string, Json>>;

const rowOf = (value: Json | undefined): Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Row) : {};
const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
const bytesOf = (value: Json | undefined, length: number): Uint8Array | null => {
  const bytes = fromHex(textOf(value));
  return bytes?.length === length ? bytes : null;
};

const EPOCHS_MAX = 64;
const BOX_BYTES = 112;

function handedOf(value: Json | undefined): readonly HandedEpoch[] {
  const rows = Array.isArray(value) ? value.slice(0, EPOCHS_MAX) : [];
  return rows.flatMap((one) => {
    const row = rowOf(one as Json);
    const [epoch, box] = [parseId<EpochId>(textOf(row['epoch'])), bytesOf(row['box'], BOX_BYTES)];
    return epoch === null || box === null ? [] : [{ epoch, append: row['append'] === true, box }];
  });
}

function noted<T>(into: Map<SpaceId, Map<DeviceId, T>>, space: SpaceId, device: DeviceId, value: T): void {
  into.set(space, (into.get(space) ?? new Map<DeviceId, T>()).set(device, value));
}

/** Only what devices say that are live in the home counts. */
export async function readPersonFacts(kernel: Kernel): Promise<PersonFacts> {
  const home = kernel.home();
  const document = await home.known(spacesDocument(kernel));
  const said = document === null ? {} : rowOf(await document.view({ type: 'facts' }));
  const spaces = new Map<SpaceId, Map<DeviceId, PersonId>>();
  const consents = new Map<SpaceId, Map<DeviceId, { person: PersonId; consent: Uint8Array }>>();
  const keys = new Map<string, { chain: LinkId; epochs: readonly HandedEpoch[] }[]>();
  for (const [name, facts] of Object.entries(said)) {
    const device = parseId<DeviceId>(name);
    if (device === null || home.group.standing(device) !== 'live') continue;
    for (const [key, value] of Object.entries(rowOf(facts))) {
      const [what, first = '', second = ''] = key.split('/');
      const space = parseId<SpaceId>(first);
      const row = rowOf(value);
      const person = parseId<PersonId>(textOf(row['person']));
      if (space === null || space === home.id) continue;
      if (what === 'space' && person !== null) noted(spaces, space, device, person);
      const consent = bytesOf(row['consent'], 64);
      if (what === 'consent' && person !== null && consent !== null) noted(consents, space, device, { person, consent });
      const chain = parseId<LinkId>(textOf(row['chain']));
      if (what === 'keys' && chain !== null)
        keys.set(`${space}/${second}`, [...(keys.get(`${space}/${second}`) ?? []), { chain, epochs: handedOf(row['epochs']) }]);
    }
  }
  const mine = rowOf(said[kernel.identity.device]);
  return {
    spaces,
    consents,
    keysFor: (space, device) => keys.get(`${space}/${device}`) ?? [],
    own: (key) => mine[key],
  };
}

/** Kept as a draft until somebody of the home listens, like any edit; false when this device may not write there. */
export async function sayPersonFacts(kernel: Kernel, values: Readonly<Record<string, Json>>): Promise<boolean> {
  if (Object.keys(values).length === 0) return true;
  const command = { type: 'facts.set', values };
  const done = await kernel.editor.edit(kernel.home(), spacesDocument(kernel), 'facts', { command, token: null });
  return done.ok;
}
