/** A hint on its way between copies: JSON, checked when it arrives, with the name of the copy that told it. */
import { z } from 'zod';
import type { Hint } from '../ports/bus.js';

/** A presence or a pipe's piece is at most one frame of the protocol, in base64. */
const DATA_CHARS_MAX = 2 * 1024 * 1024;

const id = z.string().regex(/^[0-9a-f]{64}$/);
const word = z.string().min(1).max(200);
const data = z.string().max(DATA_CHARS_MAX);

const said = z.discriminatedUnion('say', [
  z.strictObject({ say: z.literal('seek'), name: word }),
  z.strictObject({ say: z.literal('offer') }),
  z.strictObject({ say: z.literal('take') }),
  z.strictObject({ say: z.literal('data'), seq: z.int().nonnegative(), data }),
  z.strictObject({ say: z.literal('grant'), seq: z.int().nonnegative(), got: z.int().nonnegative() }),
  z.strictObject({ say: z.literal('end'), why: z.enum(['left', 'lost', 'slow', 'spent']) }),
]);
const hint = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('mailbox'), mailbox: id, change: z.enum(['grown', 'keys', 'removed']) }),
  z.strictObject({ type: z.literal('made'), account: word }),
  z.strictObject({ type: z.literal('revoked'), account: word, device: word.nullable() }),
  z.strictObject({ type: z.literal('presence'), mailbox: id, sealed: data }),
  z.strictObject({ type: z.literal('pipe'), pipe: word, from: word, to: word.nullable(), said }),
]);
const told = z.strictObject({ from: word, hint });

export function encodeHint(from: string, one: Hint): string {
  return JSON.stringify({ from, hint: one });
}

/** Null for anything but a hint. */
export function decodeHint(text: string): { readonly from: string; readonly hint: Hint } | null {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return null; // whoever sent that is not one of us
  }
  const parsed = told.safeParse(json);
  return parsed.success ? (parsed.data as { readonly from: string; readonly hint: Hint }) : null;
}
