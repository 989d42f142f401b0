/** Whose turn it is to write a checkpoint, or to say a word about one (C37): the lowest hash goes first, the others wait by rank. Pure. */
import { concat } from '@leanvibe/protocol/bytes';
import type { Cover } from '@leanvibe/protocol/checkpoint';
import { type ChangeId, type DeviceId, type DocumentId, type Hash, idBytes, toHex } from '@leanvibe/protocol/ids';
import { HEADER_BYTES, paddedLength, TAG_BYTES } from '@leanvibe/protocol/sealed';
import { label } from '../crypto/labels.js';
import type { Hashing } from '../ports/crypto.js';

/** How long each lower rank waits for those above it, in milliseconds. */
export const TURN_MS = 2 * 60_000;
/** Attesting is cheap and awaited. */
export const WORD_TURN_MS = 10_000;
/** C37: a tail below this is not worth a checkpoint. */
export const TAIL_BYTES_MIN = 64 * 1024;

/** A document nobody wrote to for so long, in milliseconds, is tidied up sooner. */
export const REST_MS = 60 * 60_000;
/** C37: and even then not for less than this. */
export const RESTED_TAIL_MIN = 4 * 1024;

/** What a change costs at rest besides its payload: the rest of its body, and its records. Reckoned, so that nobody needs to look. */
const BODY_BYTES = 300;
const RECORDS_BYTES = 800;

/** What a change of so many payload bytes takes on a disk until a checkpoint covers it: small ones are mostly padding and records. */
export function restBytes(payloadBytes: number): number {
  return HEADER_BYTES + TAG_BYTES + paddedLength(payloadBytes + BODY_BYTES) + RECORDS_BYTES;
}

/** Whether the changes since a checkpoint of so many bytes of state take enough for the next one. */
export function isDue(tailBytes: number, checkpointBytes: number, tailMin = TAIL_BYTES_MIN): boolean {
  return tailBytes > Math.max(tailMin, checkpointBytes);
}

/** The same once the document rests: its changes may take a quarter of its state, not all of it. */
export function isDueAtRest(tailBytes: number, checkpointBytes: number, tailMin = TAIL_BYTES_MIN): boolean {
  return tailBytes > Math.max(restedMin(tailMin), checkpointBytes / 4);
}

/** Below this nothing is ever due. */
export function restedMin(tailMin: number): number {
  return Math.min(tailMin, RESTED_TAIL_MIN);
}

/** 0 for the device whose turn it is; those that are not among `devices` come last. */
export function rankOf(hashing: Hashing, document: DocumentId, about: Uint8Array, devices: readonly DeviceId[], self: DeviceId): number {
  const turn = (device: DeviceId): string =>
    toHex(hashing.sha256(concat(label('checkpoint-turn'), idBytes(device), idBytes(document), about)));
  const own = turn(self);
  return devices.filter((device) => device !== self && turn(device) < own).length;
}

/** What a turn is about: the covers a checkpoint would have. */
export function coversBytes(tips: readonly Pick<Cover, 'changeId'>[]): Uint8Array {
  return concat(...tips.map(({ changeId }) => idBytes(changeId as ChangeId)));
}

export function checkpointBytes(checkpoint: Hash): Uint8Array {
  return idBytes(checkpoint);
}
