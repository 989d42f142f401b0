/** Records this program wrote itself: they decode, or the store is damaged. */
import { decode, type Shape } from '@leanvibe/protocol/shape';

export class RecordDamaged extends Error {
  override readonly name = 'RecordDamaged';
}

export function decodeAtRest<T>(shape: Shape<T>, value: Uint8Array, what: string): T {
  const read = decode(shape, value);
  if (!read.ok) throw new RecordDamaged(`a ${what} record does not decode: ${read.error}`);
  return read.value;
}
