/** Devices over HTTP. */
import { id, page, pageQuery } from '@leanvibe/protocol/http/base';
import * as wire from '@leanvibe/protocol/http/devices';
import { z } from 'zod';
import { pageOf, readCursor } from '../http/cursor.js';
import { Refusal } from '../http/problem.js';
import { defineRoute, type Route } from '../http/route.js';
import type { AuditDep } from '../ports/audit.js';
import type { BusDep } from '../ports/bus.js';
import { type DeviceDeps, listDevices, pairDevice, renameDevice, revokeDevice, shown } from './devices.js';
import type { KeepingDoorman } from './doorman.js';

export interface DeviceRouteDeps extends DeviceDeps, AuditDep, BusDep {
  readonly doorman: KeepingDoorman;
}

const DEVICES = '/api/v1/devices';
const NONE = 'this account has no such device';
const params = z.strictObject({ id });
const signedIn = { tag: 'devices', auth: 'access', scope: 'devices', limit: 'default' } as const;

export function deviceRoutes(deps: DeviceRouteDeps): readonly Route[] {
  const revoke = async (account: string, device: string, keepPaired: boolean, address: string): Promise<boolean> => {
    const revoked = await revokeDevice(deps, account, device, keepPaired);
    for (const gone of revoked) {
      deps.doorman.forget(account, gone);
      deps.bus.tell({ type: 'revoked', account, device: gone });
      deps.audit.note({ account, device: null, act: 'device.revoke', subject: gone, outcome: 'done', address });
    }
    return revoked.length > 0;
  };
  return [
    pairRoute(deps),
    defineRoute(
      {
        ...signedIn,
        method: 'get',
        path: DEVICES,
        summary: 'Devices, the oldest first',
        query: pageQuery,
        answer: { status: 200, schema: page(wire.device) },
      },
      async ({ who, query: { cursor, limit } }) => {
        const rows = await listDevices(deps, who.account, readCursor(cursor), limit + 1);
        return pageOf(rows, limit, (row) => ({ ms: row.madeMs, id: row.device }), shown);
      },
    ),
    defineRoute(
      {
        ...signedIn,
        method: 'patch',
        path: `${DEVICES}/{id}`,
        summary: 'Rename a device',
        params,
        body: wire.deviceChange,
        answer: { status: 200, schema: wire.device },
        refusals: ['not-found'],
      },
      async ({ who, params: { id: device }, body, address }) => {
        const renamed = await renameDevice(deps, who.account, device, body.label);
        if (renamed === null) throw new Refusal('not-found', NONE);
        deps.audit.note({ account: who.account, device: null, act: 'device.rename', subject: device, outcome: 'done', address });
        return renamed;
      },
    ),
    defineRoute(
      {
        ...signedIn,
        method: 'delete',
        path: `${DEVICES}/{id}`,
        summary: 'Revoke a device, and those it paired',
        params,
        query: wire.revokeQuery,
        answer: { status: 204 },
        refusals: ['not-found'],
      },
      async ({ who, params: { id: device }, query, address }) => {
        if (!(await revoke(who.account, device, query.paired === 'keep', address))) throw new Refusal('not-found', NONE);
        return undefined;
      },
    ),
    defineRoute(
      {
        method: 'post',
        path: `${DEVICES}/leave`,
        tag: 'devices',
        summary: 'Revoke the asking device itself; those it paired stay',
        auth: 'device',
        limit: 'default',
        answer: { status: 204 },
      },
      async ({ who, address }) => {
        await revoke(who.account, who.caller.device, true, address);
        return undefined;
      },
    ),
  ];
}

function pairRoute(deps: DeviceRouteDeps): Route {
  return defineRoute(
    {
      method: 'post',
      path: `${DEVICES}/pair`,
      tag: 'devices',
      summary: 'Pair a device; its token is shown this once',
      auth: 'access-or-device',
      scope: 'pair',
      limit: 'auth',
      body: wire.pairRequest,
      answer: { status: 201, schema: wire.paired },
      refusals: ['forbidden', 'quota-reached'],
    },
    async ({ who, body: { kind, label, publicKey = null }, address }) => {
      const { account } = who;
      const pairedBy = who.type === 'device' ? who.caller.device : null;
      const note = (subject: string | null, outcome: 'done' | 'refused'): void =>
        deps.audit.note({ account, device: pairedBy, act: 'device.pair', subject, outcome, address });
      try {
        // A device hands tokens to telephones and browsers; one that can pair others in turn takes a person who signs in.
        if (pairedBy !== null && kind === 'mac_agent')
          throw new Refusal('forbidden', 'a mac_agent is paired by signing in, not by another device');
        const session = who.type === 'access' ? who.session : null;
        const made = await pairDevice(deps, { account, kind, label, publicKey, pairedBy, session });
        note(made.device.device, 'done');
        return made;
      } catch (error) {
        if (error instanceof Refusal) note(null, 'refused');
        throw error;
      }
    },
  );
}
