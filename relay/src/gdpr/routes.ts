/** The account over HTTP: what it is, everything held of it, consent, its trail, its end. */
import * as wire from '@leanvibe/protocol/http/account';
import { done, id, page, pageQuery } from '@leanvibe/protocol/http/base';
import { z } from 'zod';
import type { AccountDeps } from '../accounts/deps.js';
import { proveAgain } from '../accounts/login.js';
import { listAudit } from '../audit/read.js';
import type { AuditTable } from '../audit/tables.js';
import type { KeepingDoorman } from '../devices/doorman.js';
import { pageOf, readCursor } from '../http/cursor.js';
import { Refusal } from '../http/problem.js';
import { defineRoute, type Route } from '../http/route.js';
import { DELETED_KEPT_MS, markDeleted, restoreAccount } from './erase.js';
import { exportAccount } from './export.js';
import type { GdprDep } from './rooms.js';
import { showAccount } from './show.js';

export interface AccountRouteDeps extends AccountDeps, GdprDep {
  readonly doorman: KeepingDoorman;
}

const ACCOUNT = '/api/v1/account';
const DONE = { done: true } as const;
const signedIn = { tag: 'account', auth: 'access', scope: 'account', limit: 'default' } as const;

export function accountRoutes(deps: AccountRouteDeps): readonly Route[] {
  const { db, clock, audit } = deps;
  return [
    ...keptRoutes(deps),
    ...endRoutes(deps),
    defineRoute(
      {
        method: 'get',
        path: ACCOUNT,
        tag: 'account',
        summary: 'This account',
        auth: 'access',
        limit: 'default',
        answer: { status: 200, schema: wire.account },
      },
      ({ who }) => showAccount(deps, who),
    ),
    defineRoute(
      {
        ...signedIn,
        method: 'get',
        scope: 'export',
        path: `${ACCOUNT}/export`,
        summary: 'Everything held of this account',
        limit: 'auth',
        answer: { status: 200, type: 'application/json' },
      },
      async ({ who, address }) => {
        audit.note({ account: who.account, device: null, act: 'account.export', subject: null, outcome: 'done', address });
        await audit.flush();
        const headers = { 'content-type': 'application/json', 'content-disposition': 'attachment; filename="leanvibe-account.json"' };
        return new Response(exportAccount(db.sql, who.account, deps.exporters, clock.nowMs()), { headers });
      },
    ),
  ];
}

function keptRoutes(deps: AccountRouteDeps): readonly Route[] {
  const { db, clock, audit } = deps;
  return [
    defineRoute(
      {
        ...signedIn,
        method: 'post',
        path: `${ACCOUNT}/consent`,
        summary: 'Agree that counters are kept, or no longer',
        body: wire.consentRequest,
        answer: { status: 200, schema: done },
      },
      async ({ who, body, address }) => {
        await db.sql
          .updateTable('account')
          .set({ consentMs: body.metrics ? clock.nowMs() : null })
          .where('account', '=', who.account)
          .execute();
        audit.note({
          account: who.account,
          device: null,
          act: body.metrics ? 'consent.give' : 'consent.withdraw',
          subject: 'metrics',
          outcome: 'done',
          address,
        });
        return DONE;
      },
    ),
    defineRoute(
      {
        ...signedIn,
        method: 'get',
        path: `${ACCOUNT}/audit`,
        summary: 'Who did what with this account, the newest first',
        query: pageQuery,
        answer: { status: 200, schema: page(wire.auditEntry) },
      },
      async ({ who, query: { cursor, limit } }) => {
        await audit.flush();
        const rows = await listAudit(deps, who.account, readCursor(cursor), limit + 1);
        return pageOf(rows, limit, (row) => ({ ms: row.atMs, id: row.audit }), entryOf);
      },
    ),
  ];
}

function endRoutes(deps: AccountRouteDeps): readonly Route[] {
  const { db, audit, sessions, bus, doorman } = deps;
  return [
    defineRoute(
      {
        ...signedIn,
        method: 'delete',
        path: ACCOUNT,
        summary: 'Delete this account; it can be restored for thirty days',
        limit: 'auth',
        body: wire.deleteRequest,
        answer: { status: 202, schema: wire.deletion },
        refusals: ['code-needed', 'unavailable'],
      },
      async ({ who: { account }, body, address }) => {
        await proveAgain(deps, account, { password: body.password, code: body.code, address }, 'account.delete');
        const { receipt, deletedMs } = await markDeleted(deps, account);
        await sessions.endAll(db.sql, account);
        doorman.forget(account, null);
        bus.tell({ type: 'revoked', account, device: null });
        audit.note({ account, device: null, act: 'account.delete', subject: receipt, outcome: 'done', address });
        return { receipt, deletedMs, erasedMs: deletedMs + DELETED_KEPT_MS };
      },
    ),
    defineRoute(
      {
        ...signedIn,
        method: 'post',
        scope: 'restore',
        path: `${ACCOUNT}/restore`,
        summary: 'Take the deletion back; sign in first',
        limit: 'auth',
        answer: { status: 200, schema: done },
        refusals: ['conflict'],
      },
      async ({ who: { account }, address }) => {
        const back = await restoreAccount(deps, account);
        audit.note({ account, device: null, act: 'account.restore', subject: null, outcome: back ? 'done' : 'refused', address });
        if (!back) throw new Refusal('conflict', 'this account is not deleted');
        return DONE;
      },
    ),
    defineRoute(
      {
        method: 'get',
        path: '/api/v1/receipts/{id}',
        tag: 'account',
        summary: 'Whether everything of a deleted account is gone',
        auth: 'none',
        limit: 'auth',
        params: z.strictObject({ id }),
        answer: { status: 200, schema: wire.receipt },
        refusals: ['not-found'],
      },
      async ({ params }) => {
        const row = await db.sql.selectFrom('receipt').selectAll().where('receipt', '=', params.id).executeTakeFirst();
        if (row === undefined) throw new Refusal('not-found', 'nothing was erased under this receipt, or not yet');
        return { receipt: row.receipt, erasedMs: row.erasedMs, rows: JSON.parse(row.rows) as Record<string, number> };
      },
    ),
  ];
}

function entryOf({ audit, atMs, act, device, subject, outcome, address }: AuditTable): z.input<typeof wire.auditEntry> {
  return { id: audit, atMs, act, device, subject, outcome, address };
}
