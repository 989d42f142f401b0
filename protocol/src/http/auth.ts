/** Signing up, signing in and staying signed in. */
import { z } from 'zod';
import { id, timeMs } from './base.js';

export const PASSWORD_MIN = 12;
export const PASSWORD_MAX = 256;

/** Lowercase; addresses that differ in case only are one account. */
export const email = z.string().trim().max(254).toLowerCase().pipe(z.email());

/** A password as it is given to be checked; what a new one must be is judged by the relay (at least 12 characters, none that is widely known). */
export const password = z.string().min(1).max(1_024);

/** Six digits of an authenticator, or one of the ten recovery codes. */
export const code = z
  .string()
  .trim()
  .max(32)
  .regex(/^(\d{6}|[A-Za-z2-7]{4}(-?[A-Za-z2-7]{4}){3})$/, 'six digits, or a recovery code');

/** Tokens of one use or of refreshing: opaque, made by the relay. */
const opaque = z
  .string()
  .max(100)
  .regex(/^[A-Za-z0-9_-]+$/);

export const registerRequest = z.strictObject({ email, password, invite: opaque.optional() });
export const confirmRequest = z.strictObject({ token: opaque });
export const loginRequest = z.strictObject({ email, password, code: code.optional() });
export const refreshRequest = z.strictObject({ refreshToken: opaque });
export const passwordChangeRequest = z.strictObject({ current: password, next: password, code: code.optional() });
export const resetRequest = z.strictObject({ email });
export const passwordReset = z.strictObject({ token: opaque, next: password });
export const logoutAllRequest = z.strictObject({
  devices: z.boolean().default(false).meta({ description: 'revoke the device tokens too' }),
});

/** `accessToken` for half an hour; each refresh token is for one use, and using one twice ends the sign-in. */
export const tokens = z
  .strictObject({ account: id, accessToken: z.string(), accessExpiresMs: timeMs, refreshToken: z.string(), refreshExpiresMs: timeMs })
  .meta({ id: 'Tokens' });

export type Tokens = z.infer<typeof tokens>;

export const mfaSetupRequest = z.strictObject({ password });
/** `secret` in base32, and the same as an otpauth:// address for a QR code; in use only once a first code of it was confirmed. */
export const mfaSetup = z.strictObject({ secret: z.string(), uri: z.string() });
export const mfaConfirmRequest = z.strictObject({ code: z.string().regex(/^\d{6}$/) });
/** Shown once. Each is good for one sign-in without the authenticator. */
export const mfaConfirmed = z.strictObject({ recoveryCodes: z.array(z.string()).length(10) });
export const mfaDisableRequest = z.strictObject({ password, code });
