/** The one table of labels (C14): everything hashed, derived, signed or authenticated says here what it is for. */

/**
 * Each ends in `:`, which no name contains, so none is a prefix of another and `label ‖ data` can never be read as another label's.
 * A label is wire format: never change or reuse one, only add.
 */
export const LABELS = {
  // Log of a space: ids, signatures, sealing. `entry-key` and `nonce-key` are followed by the kind byte, 1 to 7.
  change: 'leanvibe/v1/change:',
  'change-signature': 'leanvibe/v1/change-signature:',
  link: 'leanvibe/v1/link:',
  'link-signature': 'leanvibe/v1/link-signature:',
  'device-consent': 'leanvibe/v1/device-consent:',
  'entry-key': 'leanvibe/v1/entry-key:',
  'nonce-key': 'leanvibe/v1/nonce-key:',
  manifest: 'leanvibe/v1/manifest:',
  presence: 'leanvibe/v1/presence:',
  'presence-key': 'leanvibe/v1/presence-key:',

  // Epochs. W derives `append-proof` and nothing else (C11).
  'commit-read': 'leanvibe/v1/commit-read:',
  'commit-append': 'leanvibe/v1/commit-append:',
  'append-proof': 'leanvibe/v1/append-proof:',
  'mailbox-id': 'leanvibe/v1/mailbox-id:',
  'mailbox-store': 'leanvibe/v1/mailbox-store:',
  'relay-name': 'leanvibe/v1/relay-name:',
  'read-proof': 'leanvibe/v1/read-proof:',
  'mailbox-proof': 'leanvibe/v1/mailbox-proof:',
  box: 'leanvibe/v1/box:',
  prior: 'leanvibe/v1/prior:',
  announcement: 'leanvibe/v1/announcement:',
  'announcement-key': 'leanvibe/v1/announcement-key:',
  'announcement-signature': 'leanvibe/v1/announcement-signature:',

  // Membership, checkpoints, judgement.
  frontier: 'leanvibe/v1/frontier:',
  accept: 'leanvibe/v1/accept:',
  succeed: 'leanvibe/v1/succeed:',
  admission: 'leanvibe/v1/admission:',
  checkpoint: 'leanvibe/v1/checkpoint:',
  'checkpoint-signature': 'leanvibe/v1/checkpoint-signature:',
  'checkpoint-turn': 'leanvibe/v1/checkpoint-turn:',
  attestation: 'leanvibe/v1/attestation:',
  refute: 'leanvibe/v1/refute:',
  'canonical-state': 'leanvibe/v1/canonical-state:',

  // Documents and who owns which client id.
  'catalog-document': 'leanvibe/v1/catalog-document:',
  'facts-document': 'leanvibe/v1/facts-document:',
  'suggestions-document': 'leanvibe/v1/suggestions-document:',
  'metrics-document': 'leanvibe/v1/metrics-document:',
  'client-id': 'leanvibe/v1/client-id:',
  'client-claim': 'leanvibe/v1/client-claim:',

  // Sessions between devices.
  session: 'leanvibe/v1/session:',
  'space-tag': 'leanvibe/v1/space-tag:',
  'cursor-list': 'leanvibe/v1/cursor-list:',
  fingerprint: 'leanvibe/v1/fingerprint:',
  'peer-seal': 'leanvibe/v1/peer-seal:',

  // Pairing and recovery.
  'pair-proof': 'leanvibe/v1/pair-proof:',
  'pair-welcome': 'leanvibe/v1/pair-welcome:',
  'pair-rendezvous': 'leanvibe/v1/pair-rendezvous:',
  'pair-code-commit': 'leanvibe/v1/pair-code-commit:',
  'pair-code-digits': 'leanvibe/v1/pair-code-digits:',
  'recovery-signing': 'leanvibe/v1/recovery-signing:',
  'recovery-sealing': 'leanvibe/v1/recovery-sealing:',
  'recovery-mailbox': 'leanvibe/v1/recovery-mailbox:',
  'recovery-proof': 'leanvibe/v1/recovery-proof:',
  'recovery-document': 'leanvibe/v1/recovery-document:',
  'spaces-document': 'leanvibe/v1/spaces-document:',
  backup: 'leanvibe/v1/backup:',

  // On this device only, and the relay's metrics.
  'store-local': 'leanvibe/v1/store-local:',
  'state-cache': 'leanvibe/v1/state-cache:',
  'keychain-file': 'leanvibe/v1/keychain-file:',
  'metrics-project': 'leanvibe/v1/metrics-project:',
  consent: 'leanvibe/v1/consent:',
} as const satisfies Readonly<Record<string, `leanvibe/v1/${string}:`>>;

export type LabelName = keyof typeof LABELS;

const bytesByName = new Map<LabelName, Uint8Array>();

/** The label's ASCII bytes: one shared array for each name, never to be written to. Bare engines have no TextEncoder. */
export function label(name: LabelName): Uint8Array {
  let bytes = bytesByName.get(name);
  if (bytes === undefined) {
    bytes = Uint8Array.from(LABELS[name], (character) => character.charCodeAt(0));
    bytesByName.set(name, bytes);
  }
  return bytes;
}
