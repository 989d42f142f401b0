/** The layout of sealed bytes (C19): what every store and every wire sees of an entry, and nothing in it names either. */
import { concat } from './bytes.js';
import { type EpochId, idBytes, makeId } from './ids.js';
import { ENTRY_BYTES_MAX, PADDED_BYTES_MIN } from './limits.js';
import { SEALED_VERSION } from './version.js';

/** Kinds of entry and their byte on the wire. */
export const KINDS = { change: 1, checkpoint: 2, attestation: 3, link: 4, announcement: 5, presence: 6, part: 7 } as const;
export type Kind = keyof typeof KINDS;

export const NONCE_BYTES = 24;
export const TAG_BYTES = 16;
/** version, kind, epoch id, nonce. */
export const HEADER_BYTES = 1 + 1 + 32 + NONCE_BYTES;

export interface Sealed {
  readonly kind: Kind;
  readonly epoch: EpochId;
  readonly nonce: Uint8Array;
  readonly ciphertext: Uint8Array;
}

const KIND_BY_BYTE: ReadonlyMap<number, Kind> = new Map(Object.entries(KINDS).map(([kind, byte]) => [byte, kind as Kind]));

export function writeSealed(sealed: Sealed): Uint8Array {
  return concat(Uint8Array.of(SEALED_VERSION, KINDS[sealed.kind]), idBytes(sealed.epoch), sealed.nonce, sealed.ciphertext);
}

export type SealedReason = 'sealed-version' | 'sealed-kind' | 'sealed-size';

/** Reads the outside of an entry without any key; any device, and a relay, can. */
export function readSealed(
  bytes: Uint8Array,
): { readonly ok: true; readonly value: Sealed } | { readonly ok: false; readonly error: SealedReason } {
  if (bytes.length < HEADER_BYTES + TAG_BYTES + PADDED_BYTES_MIN || bytes.length > ENTRY_BYTES_MAX)
    return { ok: false, error: 'sealed-size' };
  if (bytes[0] !== SEALED_VERSION) return { ok: false, error: 'sealed-version' };
  const kind = KIND_BY_BYTE.get(bytes[1] as number);
  if (kind === undefined) return { ok: false, error: 'sealed-kind' };
  const epoch = makeId<EpochId>(bytes.subarray(2, 34));
  return { ok: true, value: { kind, epoch, nonce: bytes.subarray(34, HEADER_BYTES), ciphertext: bytes.subarray(HEADER_BYTES) } };
}

/** The lane an entry of a kind lives in (C26); presence is never stored. */
export function laneOf(kind: Kind): 0 | 1 | 2 | null {
  switch (kind) {
    case 'announcement':
      return 0;
    case 'link':
    case 'checkpoint':
    case 'attestation':
      return 1;
    case 'change':
    case 'part':
      return 2;
    case 'presence':
      return null;
  }
}

/** PADMÉ: the padded size of a plaintext of `length` bytes leaks O(log log length) bits and costs at most 12 %. */
export function paddedLength(length: number): number {
  if (length <= PADDED_BYTES_MIN) return PADDED_BYTES_MIN;
  const exponent = Math.floor(Math.log2(length));
  const kept = Math.floor(Math.log2(exponent)) + 1;
  const unit = 2 ** Math.max(0, exponent - kept);
  return Math.ceil(length / unit) * unit;
}
