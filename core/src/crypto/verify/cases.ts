/** Runs named yes-or-no cases; one that throws has failed, and says with what. */
import { fromHex, toHex } from '@leanvibe/protocol/ids';

export interface Case {
  readonly name: string;
  readonly holds: () => boolean;
}

/** The names of the cases that do not hold, in order. */
export function failuresOf(cases: readonly Case[]): readonly string[] {
  return cases.flatMap(({ name, holds }) => {
    try {
      return holds() ? [] : [name];
    } catch (error) {
      return [`${name} (threw ${String(error)})`];
    }
  });
}

/** Bytes of a constant; throws on a misprint. */
export function hex(text: string): Uint8Array {
  const bytes = fromHex(text);
  if (bytes === null) throw new Error(`not hex: ${text}`);
  return bytes;
}

export function isHex(bytes: Uint8Array | null, expected: string): boolean {
  return bytes !== null && toHex(bytes) === expected;
}
