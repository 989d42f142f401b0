/** Devices of an account, as the relay knows them: by a random id and a token, unlinkable to any device id of the engine. */
import { z } from 'zod';
import { id, label, timeMs } from './base.js';

export const deviceKind = z.enum(['mac_agent', 'ios_app', 'pwa']);
export type DeviceKind = z.infer<typeof deviceKind>;

export const device = z
  .strictObject({
    device: id,
    kind: deviceKind,
    label,
    madeMs: timeMs,
    /** The device whose token it was paired with; null when a person who signed in paired it. */
    pairedBy: id.nullable(),
    publicKey: z.string().nullable(),
  })
  .meta({ id: 'Device' });

export type Device = z.infer<typeof device>;

/** `publicKey`: Ed25519, hex, of a key used with this relay and for nothing else. */
export const pairRequest = z.strictObject({
  kind: deviceKind,
  label,
  publicKey: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});

/** `token` is shown this once. */
export const paired = z.strictObject({ device, token: z.string() }).meta({ id: 'Paired' });
export type Paired = z.infer<typeof paired>;

export const deviceChange = z.strictObject({ label });

/** `paired=keep`: devices it paired keep their tokens; else they are revoked with it. */
export const revokeQuery = z.strictObject({ paired: z.enum(['keep', 'revoke']).default('revoke') });
