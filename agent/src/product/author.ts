/** Who wrote something, as documents carry it in `by`: a device's id, or a robot's token with the device that signed for it. */
import type { ChangeToken } from '@leanvibe/protocol/change';
import type { DeviceId } from '@leanvibe/protocol/ids';

/** In whose name an edit is made; the change itself says it too, signed (C46). */
export interface Author {
  /** For `by`. */
  readonly by: string;
  readonly token: ChangeToken | null;
}

export function personOf(device: DeviceId): Author {
  return { by: device, token: null };
}

/** 168 bytes at most, which `by` may hold. */
export function robotOf(device: DeviceId, token: ChangeToken): Author {
  return { by: `robot:${device}:${token.id}:${token.name}`, token };
}

const ROBOT = /^robot:([0-9a-f]{64}):[0-9a-f]{32}:(.{1,64})$/u;

/** Null for what is no robot's. Anybody who may write may write this: it is as good as any name in a document, the signed field is the proof. */
export function readRobot(by: string): { readonly device: string; readonly name: string } | null {
  const [, device, name] = ROBOT.exec(by) ?? [];
  return device === undefined || name === undefined ? null : { device, name };
}
