/** What the main thread and the document worker say to each other, and the little shared memory in which the worker says what it is at. */
import type { Edited, Inspection, InspectFailure, Json } from '@leanvibe/core/doc/crdt';
import type { AuthoredPayload } from '@leanvibe/core/doc/host';
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { Result } from '@leanvibe/core/base/result';
import type { CrdtKind } from '@leanvibe/protocol/change';
import type { DeviceId, DocumentId } from '@leanvibe/protocol/ids';

/** Payloads end to end in one buffer, which is transferred: one copy, whatever their number. */
export interface Packed {
  readonly bytes: Uint8Array;
  /** End offset of each. */
  readonly ends: readonly number[];
}

export type Call =
  | { readonly type: 'inspect'; readonly kind: CrdtKind; readonly payload: Uint8Array; readonly as: 'payload' | 'state' }
  | { readonly type: 'open'; readonly document: DocumentId; readonly kind: CrdtKind; readonly state: Uint8Array | null }
  | { readonly type: 'apply'; readonly document: DocumentId; readonly payloads: Packed; readonly authors: readonly (DeviceId | null)[] }
  | { readonly type: 'edit'; readonly document: DocumentId; readonly clientId: number; readonly author: DeviceId; readonly command: Json }
  | { readonly type: 'merge'; readonly document: DocumentId; readonly clientId: number; readonly drafts: Packed }
  | { readonly type: 'view'; readonly document: DocumentId; readonly query: Json }
  | { readonly type: 'canonical' | 'save' | 'close'; readonly document: DocumentId };

/** A call as the main thread keeps it while it waits. */
export type LocalCall =
  | Exclude<Call, { readonly type: 'apply' | 'merge' | 'inspect' }>
  | {
      readonly type: 'inspect';
      readonly kind: CrdtKind;
      readonly payload: Uint8Array;
      readonly as: 'payload' | 'state';
      /** A copy made before, to be given away; empty once it was. */
      readonly copy?: Uint8Array;
    }
  | {
      readonly type: 'apply';
      readonly document: DocumentId;
      readonly changes: readonly AuthoredPayload[];
      /** Packed before, to be given away; empty once it was. */
      readonly packed?: Packed;
    }
  | { readonly type: 'merge'; readonly document: DocumentId; readonly clientId: number; readonly drafts: readonly Uint8Array[] };

export type Answer = Result<Inspection, InspectFailure> | Result<null, number> | Edited | Uint8Array | Json | undefined;

export interface Request {
  readonly id: number;
  readonly call: Call;
}

export type Reply =
  | { readonly id: number; readonly answer: Answer }
  /** `closed`: the failure cost the document its replica. */
  | { readonly id: number; readonly failure: { readonly name: string; readonly message: string }; readonly closed: boolean };

/** Slots of the shared Int32Array. */
export const PROGRESS = {
  /** Changes whenever the worker turns to the next piece of work. */
  step: 0,
  /** 0 idle, 1 at remote bytes, 2 at local work. */
  busy: 1,
  /** The request at hand, modulo 2^31, and within it the payload's index. */
  request: 2,
  index: 3,
  slots: 4,
} as const;
export const BUSY = { idle: 0, remote: 1, local: 2 } as const;

export interface WorkerSetup {
  readonly progress: SharedArrayBuffer;
  readonly model: boolean;
  /** Whether to warm up while nothing is asked for. */
  readonly warm: boolean;
}

export function pack(payloads: readonly Uint8Array[]): Packed {
  let length = 0;
  const ends = payloads.map((payload) => (length += payload.length));
  const bytes = new Uint8Array(length);
  payloads.forEach((payload, at) => bytes.set(payload, at === 0 ? 0 : (ends[at - 1] as number)));
  return { bytes, ends };
}

export function unpack({ bytes, ends }: Packed): readonly Uint8Array[] {
  return ends.map((end, at) => bytes.subarray(at === 0 ? 0 : (ends[at - 1] as number), end));
}

const PIECE_BYTES = 256 * 1024;
/** Below this, cloning is cheaper than handing a buffer over. */
const TRANSFER_BYTES_MIN = 4096;

/** A call as it travels: bytes are copied now, so that the caller keeps theirs and a dead worker's calls can be sent again. */
export function wireCall(call: LocalCall): Call {
  switch (call.type) {
    case 'inspect':
      return {
        type: 'inspect',
        kind: call.kind,
        as: call.as,
        payload: call.copy?.length === call.payload.length ? call.copy : owned(call.payload),
      };
    case 'open':
      return { ...call, state: call.state === null ? null : owned(call.state) };
    case 'apply':
      return {
        type: 'apply',
        document: call.document,
        payloads: isWhole(call.packed) ? call.packed : pack(call.changes.map((change) => change.payload)),
        authors: call.changes.map((change) => change.author),
      };
    case 'merge':
      return { ...call, drafts: pack(call.drafts) };
    default:
      return call;
  }
}

export function buffersOf(call: Call): readonly ArrayBuffer[] {
  switch (call.type) {
    case 'inspect':
      return transferable(call.payload);
    case 'open':
      return call.state === null ? [] : transferable(call.state);
    case 'apply':
      return transferable(call.payloads.bytes);
    case 'merge':
      return transferable(call.drafts.bytes);
    default:
      return [];
  }
}

/** A copy that owns its whole buffer: cloning a view would clone the buffer behind it, a network frame perhaps. */
export function owned(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

/** False once its bytes were given away. */
function isWhole(packed: Packed | undefined): packed is Packed {
  return packed !== undefined && packed.bytes.length === (packed.ends.at(-1) ?? 0);
}

/** `pack`, a piece at a time, as below. */
export async function packInTurns({ clock }: ClockDep, payloads: readonly Uint8Array[]): Promise<Packed> {
  let length = 0;
  const ends = payloads.map((payload) => (length += payload.length));
  const bytes = new Uint8Array(length);
  for (const [index, payload] of payloads.entries())
    for (let at = 0; at < payload.length; at += PIECE_BYTES) {
      await clock.turn();
      bytes.set(payload.subarray(at, at + PIECE_BYTES), (ends[index] as number) - payload.length + at);
    }
  return { bytes, ends };
}

/** `owned`, a piece at a time: fresh memory is slow to fill, and sixteen megabytes of it take longer than the main loop has. */
export async function ownedInTurns({ clock }: ClockDep, bytes: Uint8Array): Promise<Uint8Array> {
  const copy = new Uint8Array(bytes.length);
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    await clock.turn();
    copy.set(bytes.subarray(at, at + PIECE_BYTES), at);
  }
  return copy;
}

export function transferable(bytes: Uint8Array): readonly ArrayBuffer[] {
  return bytes.length >= TRANSFER_BYTES_MIN && bytes.buffer instanceof ArrayBuffer ? [bytes.buffer] : [];
}
