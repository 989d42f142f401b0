/** The invites made here and who knocked at them (C42): in memory, and on disk before anybody hears of it. */
import { type DeviceId, fromHex, type PersonId, type SpaceId, toHex } from '@leanvibe/protocol/ids';
import { encode, type TypeOf } from '@leanvibe/protocol/shape';
import { decodeAtRest } from '../base/rest.js';
import type { Vault } from '../keys/local.js';
import type { Batch } from '../ports/store.js';
import { inviteRecord, REQUEST_STATES, requestRecord, TABLES } from './tables.js';

export interface Invite extends Omit<TypeOf<typeof inviteRecord>, 'secret'> {
  /** Hex, 16 bytes each. */
  readonly id: string;
  readonly secret: string;
  readonly space: SpaceId;
}

export interface Request extends Omit<TypeOf<typeof requestRecord>, 'id' | 'state'> {
  /** Hex, 16 bytes. */
  readonly id: string;
  readonly invite: string;
  readonly person: PersonId;
  readonly state: (typeof REQUEST_STATES)[number];
}

export interface InviteBook {
  invite(id: string): Invite | null;
  invites(): readonly Invite[];
  request(invite: string, device: DeviceId): Request | null;
  requests(): readonly Request[];
  /** One commit, then memory. */
  write(change: { readonly invites?: readonly Invite[]; readonly requests?: readonly Request[] }): Promise<void>;
  forget(invite: string): Promise<void>;
  load(): Promise<void>;
}

const ROWS_MAX = 100_000;
const ID_CHARS = 32;

const keyOf = (request: Request): string => `${request.invite}/${request.device.card.device}`;

export function createInviteBook(vault: Vault, commit: (batch: Batch) => Promise<unknown>): InviteBook {
  const invites = new Map<string, Invite>();
  const requests = new Map<string, Request>();

  return {
    invite: (id) => invites.get(id) ?? null,
    invites: () => [...invites.values()],
    request: (invite, device) => requests.get(`${invite}/${device}`) ?? null,
    requests: () => [...requests.values()],
    async write({ invites: changed = [], requests: asked = [] }) {
      const put = [
        ...changed.map((one) => vault.put(TABLES.invite, one.id, encode(inviteRecord, { ...one, secret: bytesOf(one.secret) }))),
        ...asked.map((one) => {
          const row = { ...one, id: bytesOf(one.id), state: REQUEST_STATES.indexOf(one.state) };
          return vault.put(TABLES.request, keyOf(one), encode(requestRecord, row));
        }),
      ];
      await commit({ put });
      for (const one of changed) invites.set(one.id, one);
      for (const one of asked) requests.set(keyOf(one), one);
    },
    async forget(invite) {
      const theirs = [...requests.values()].filter((one) => one.invite === invite).map(keyOf);
      await commit({ remove: [{ table: TABLES.invite, key: invite }, ...theirs.map((key) => ({ table: TABLES.request, key }))] });
      invites.delete(invite);
      for (const key of theirs) requests.delete(key);
    },
    async load() {
      for (const { key, value } of await vault.scan(TABLES.invite, '', null, ROWS_MAX)) {
        const row = decodeAtRest(inviteRecord, value, 'invite');
        invites.set(key, { ...row, id: key, secret: toHex(row.secret) });
      }
      for (const { key, value } of await vault.scan(TABLES.request, '', null, ROWS_MAX)) {
        const row = decodeAtRest(requestRecord, value, 'request');
        const state = REQUEST_STATES[row.state] ?? 'waiting';
        // A decoded record is a view of the bytes it came in.
        const device = {
          card: { ...row.device.card, sealingKey: row.device.card.sealingKey.slice() },
          consent: row.device.consent.slice(),
        };
        requests.set(key, { ...row, id: toHex(row.id), invite: key.slice(0, ID_CHARS), state, device });
      }
    },
  };
}

const bytesOf = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array(0);
