/** Somebody with an account at the relay, as a benchmark of its HTTP API makes many of. */
import { createHmac } from 'node:crypto';
import { PASSWORD } from './kit/relay.js';

export interface Person {
  readonly at: number;
  readonly email: string;
  password: string;
  access: string;
  refresh: string;
  /** Device ids and tokens, the oldest first. */
  readonly devices: { readonly id: string; readonly token: string }[];
  readonly projects: string[];
  totp: string;
  readonly recovery: string[];
  /** Another each time. */
  nextAddress(): string;
}

export function createPeople(count: number): readonly Person[] {
  let asked = 0;
  return Array.from({ length: count }, (_, at) => ({
    at,
    email: `person-${process.pid}-${at}@example.org`,
    password: PASSWORD,
    access: '',
    refresh: '',
    devices: [],
    projects: [],
    totp: '',
    recovery: [],
    nextAddress() {
      asked += 1;
      return `10.${(asked >> 16) & 255}.${(asked >> 8) & 255}.${asked & 255}`;
    },
  }));
}

/** RFC 6238, six digits of half a minute. */
export function codeOf(secret: string): string {
  let bits = '';
  for (const letter of secret) bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const digest = createHmac('sha1', key).update(step).digest();
  const from = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(from) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
