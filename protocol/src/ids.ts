/** Identifiers: branded lowercase hex strings, parsed only here. Hex keeps byte order, and one digit is one 16-way branch. */

declare const brand: unique symbol;
type Id<Name extends string, Bytes extends number> = string & { readonly [brand]: Name; readonly bytes?: Bytes };

/** SHA-256 of the genesis link's body. */
export type SpaceId = Id<'space', 32>;
/** The genesis link of the person's home space. */
export type PersonId = Id<'person', 32>;
/** The device's Ed25519 public key. */
export type DeviceId = Id<'device', 32>;
/** 32 random bytes, or derived by label from a space or another document. */
export type DocumentId = Id<'document', 32>;
/** SHA-256 of a change's body under its label. */
export type ChangeId = Id<'change', 32>;
/** SHA-256 of an entry's sealed bytes. */
export type EntryId = Id<'entry', 32>;
/** SHA-256 of a link's body under its label. */
export type LinkId = Id<'link', 32>;
/** The link that opened the epoch. */
export type EpochId = Id<'epoch', 32>;
/** One generation of one store: 16 random bytes, drawn anew whenever a store is restored. */
export type StoreId = Id<'store', 16>;
/** An agent token's public name on the wire: 16 random bytes, never its secret (C46). */
export type TokenId = Id<'token', 16>;
/** A space's store on a relay: 32 random bytes, told by a link (C31). */
export type MailboxId = Id<'mailbox', 32>;
/** Any SHA-256 digest that is none of the above (prefix hashes, attachments). */
export type Hash = Id<'hash', 32>;

export type AnyId =
  | SpaceId
  | PersonId
  | DeviceId
  | DocumentId
  | ChangeId
  | EntryId
  | LinkId
  | EpochId
  | StoreId
  | TokenId
  | MailboxId
  | Hash;

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lowercase hex of any bytes. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/** Bytes of lowercase hex; null unless every character is one of 0-9a-f and the length is even. */
export function fromHex(text: string): Uint8Array | null {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) return null;
  return hexBytes(text);
}

function hexBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; at++) bytes[at] = (nibble(text.charCodeAt(at * 2)) << 4) | nibble(text.charCodeAt(at * 2 + 1));
  return bytes;
}

function nibble(code: number): number {
  return code < 58 ? code - 48 : code - 87;
}

/** The bytes of an id made here or parsed here. */
export function idBytes(id: AnyId): Uint8Array {
  return hexBytes(id);
}

/** An id from exactly `size` bytes; null when the length differs. */
export function idFrom<T extends AnyId>(bytes: Uint8Array, size = 32): T | null {
  return bytes.length === size ? (toHex(bytes) as T) : null;
}

/** An id from bytes this program made itself; throws when the length is wrong, which only a bug can cause. */
export function makeId<T extends AnyId>(bytes: Uint8Array, size = 32): T {
  const id = idFrom<T>(bytes, size);
  if (id === null) throw new Error(`an id needs ${size} bytes, got ${bytes.length}`);
  return id;
}

/** An id typed or stored as text; null unless it is exactly `size` bytes of lowercase hex. */
export function parseId<T extends AnyId>(text: string, size = 32): T | null {
  return text.length === size * 2 && fromHex(text) !== null ? (text as T) : null;
}
