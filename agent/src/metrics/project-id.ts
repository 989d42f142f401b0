/** The names a relay knows projects by: random to everyone without this device's own secret, and unlinkable to any document. */
import { label } from '@leanvibe/core/crypto/labels';
import type { Crypto } from '@leanvibe/core/ports/crypto';
import { concat } from '@leanvibe/protocol/bytes';
import { toHex } from '@leanvibe/protocol/ids';
import { writeUtf8 } from '@leanvibe/protocol/utf8';

/** What belongs to no one project: memory, processor, bytes synced. No project is called so: their ids have no spaces. */
export const WHOLE_DEVICE = 'whole device';

const ID_BYTES = 16;

/** 32 hex digits for a project's id in the catalog. */
export function createProjectIds(crypto: Pick<Crypto, 'hkdfSha256'>, localKey: Uint8Array): (project: string) => string {
  return (project) => toHex(crypto.hkdfSha256(localKey, new Uint8Array(0), concat(label('metrics-project'), writeUtf8(project)), ID_BYTES));
}
