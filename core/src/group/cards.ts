/** The cards an operation carries. */
import type { DeviceCard, Operation } from '@leanvibe/protocol/link';

/** The devices an operation puts under a person. */
export function addedCards(op: Operation): readonly DeviceCard[] {
  if (op.type === 'genesis') return [op.card];
  if (op.type === 'add-device') return [op.device.card];
  return op.type === 'add-person' ? op.devices.map((one) => one.card) : [];
}
