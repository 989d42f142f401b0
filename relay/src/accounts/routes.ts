/** Signing up, in and out over HTTP. */
import * as wire from '@leanvibe/protocol/http/auth';
import { done } from '@leanvibe/protocol/http/base';
import { Refusal } from '../http/problem.js';
import { defineRoute, type Route } from '../http/route.js';
import type { AccountDeps } from './deps.js';
import { emailOf, login, proveAgain } from './login.js';
import { confirm, register } from './register.js';
import { changePassword, requestReset, resetPassword } from './reset.js';

const DONE = { done: true } as const;
const AUTH = '/api/v1/auth';
const open = { method: 'post', tag: 'auth', auth: 'none', limit: 'auth' } as const;
const signedIn = { method: 'post', tag: 'auth', auth: 'access', scope: 'account', limit: 'auth' } as const;
const ok = { status: 200, schema: done } as const;
const accepted = {
  status: 202,
  schema: done,
  description: 'Taken; the answer is the same whether or not there is such an account',
} as const;
const tokens = { status: 200, schema: wire.tokens } as const;

export function authRoutes(deps: AccountDeps): readonly Route[] {
  return [...signingRoutes(deps), ...leavingRoutes(deps), ...passwordRoutes(deps), ...mfaRoutes(deps)];
}

function signingRoutes(deps: AccountDeps): readonly Route[] {
  const { sessions, audit } = deps;
  return [
    defineRoute(
      {
        ...open,
        path: `${AUTH}/register`,
        summary: 'Make an account',
        body: wire.registerRequest,
        answer: accepted,
        refusals: ['forbidden', 'unavailable'],
      },
      async ({ body, address }) => {
        await register(deps, body, address);
        return DONE;
      },
    ),
    defineRoute(
      {
        ...open,
        path: `${AUTH}/confirm`,
        summary: 'Confirm the e-mail address of a new account',
        body: wire.confirmRequest,
        answer: ok,
        refusals: ['forbidden'],
      },
      async ({ body, address }) => {
        if (await confirm(deps, body.token, address)) return DONE;
        throw new Refusal('forbidden', 'this link was used, or is too old; register again');
      },
    ),
    defineRoute(
      {
        ...open,
        path: `${AUTH}/login`,
        summary: 'Sign in',
        body: wire.loginRequest,
        answer: tokens,
        refusals: ['unauthorised', 'code-needed', 'unavailable'],
      },
      ({ body, address }) => login(deps, body, address),
    ),
    defineRoute(
      {
        ...open,
        path: `${AUTH}/refresh`,
        summary: 'New tokens for a refresh token, which is used up',
        body: wire.refreshRequest,
        answer: tokens,
        refusals: ['unauthorised'],
      },
      async ({ body, address }) => {
        const refreshed = await sessions.refresh(body.refreshToken);
        if ('tokens' in refreshed) return refreshed.tokens;
        const act = refreshed.refused === 'reused' ? 'refresh.reused' : 'refresh';
        audit.note({ account: refreshed.account, device: null, act, subject: null, outcome: 'refused', address });
        throw new Refusal('unauthorised', 'this refresh token is not, or no longer, good; sign in again');
      },
    ),
  ];
}

function leavingRoutes(deps: AccountDeps): readonly Route[] {
  const { sessions, audit } = deps;
  return [
    defineRoute(
      { method: 'post', tag: 'auth', auth: 'access', limit: 'auth', path: `${AUTH}/logout`, summary: 'End this sign-in', answer: ok },
      async ({ who, address }) => {
        await sessions.end(who.session);
        audit.note({ account: who.account, device: null, act: 'logout', subject: null, outcome: 'done', address });
        return DONE;
      },
    ),
    defineRoute(
      { ...signedIn, path: `${AUTH}/logout-all`, summary: 'End every sign-in', body: wire.logoutAllRequest, answer: ok },
      async ({ who, body, address }) => {
        await sessions.endAll(deps.db.sql, who.account);
        if (body.devices) {
          await deps.revokeDevices(who.account);
          deps.bus.tell({ type: 'revoked', account: who.account, device: null });
        }
        audit.note({
          account: who.account,
          device: null,
          act: body.devices ? 'logout-all.devices' : 'logout-all',
          subject: null,
          outcome: 'done',
          address,
        });
        return DONE;
      },
    ),
  ];
}

function passwordRoutes(deps: AccountDeps): readonly Route[] {
  const path = `${AUTH}/password`;
  return [
    defineRoute(
      {
        ...signedIn,
        path: `${path}/change`,
        summary: 'Change the password; ends every other sign-in',
        body: wire.passwordChangeRequest,
        answer: ok,
        refusals: ['code-needed', 'unavailable'],
      },
      async ({ who, body, address }) => {
        await changePassword(deps, {
          account: who.account,
          session: who.session,
          current: body.current,
          next: body.next,
          code: body.code,
          address,
        });
        return DONE;
      },
    ),
    defineRoute(
      { ...open, path: `${path}/reset-request`, summary: 'Send a link to reset the password', body: wire.resetRequest, answer: accepted },
      ({ body, address }) => {
        requestReset(deps, body.email, address);
        return Promise.resolve(DONE);
      },
    ),
    defineRoute(
      {
        ...open,
        path: `${path}/reset`,
        summary: 'Set a new password by such a link',
        body: wire.passwordReset,
        answer: ok,
        refusals: ['forbidden', 'unavailable'],
      },
      async ({ body, address }) => {
        await resetPassword(deps, body.token, body.next, address);
        return DONE;
      },
    ),
  ];
}

function mfaRoutes(deps: AccountDeps): readonly Route[] {
  const { mfa, audit } = deps;
  const path = `${AUTH}/mfa`;
  return [
    defineRoute(
      {
        ...signedIn,
        path: `${path}/setup`,
        summary: 'Draw a secret for an authenticator',
        body: wire.mfaSetupRequest,
        answer: { status: 200, schema: wire.mfaSetup },
        refusals: ['conflict'],
      },
      async ({ who, body, address }) => {
        await proveAgain(deps, who.account, { password: body.password, code: undefined, address }, 'mfa.setup').catch((error: unknown) => {
          if (error instanceof Refusal && error.code === 'code-needed')
            throw new Refusal('conflict', 'an authenticator is in use already; disable it first');
          throw error;
        });
        return mfa.setup(who.account, await emailOf(deps, who.account));
      },
    ),
    defineRoute(
      {
        ...signedIn,
        path: `${path}/confirm`,
        summary: 'Use it from now on',
        body: wire.mfaConfirmRequest,
        answer: { status: 200, schema: wire.mfaConfirmed },
        refusals: ['forbidden'],
      },
      async ({ who, body, address }) => {
        const recoveryCodes = await mfa.confirm(who.account, body.code);
        audit.note({
          account: who.account,
          device: null,
          act: 'mfa.confirm',
          subject: null,
          outcome: recoveryCodes === null ? 'refused' : 'done',
          address,
        });
        if (recoveryCodes === null) throw new Refusal('forbidden', 'the code is wrong, or nothing was set up; set up again');
        return { recoveryCodes: [...recoveryCodes] };
      },
    ),
    defineRoute(
      { ...signedIn, path: `${path}/disable`, summary: 'Use no authenticator any more', body: wire.mfaDisableRequest, answer: ok },
      async ({ who, body, address }) => {
        await proveAgain(deps, who.account, { password: body.password, code: body.code, address }, 'mfa.disable');
        await mfa.disable(who.account);
        audit.note({ account: who.account, device: null, act: 'mfa.disable', subject: null, outcome: 'done', address });
        return DONE;
      },
    ),
  ];
}
