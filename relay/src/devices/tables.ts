/** Paired devices: a name a person gave, and what is kept of a token. */

export interface DeviceTable {
  /** UUID, of this relay only. */
  readonly device: string;
  readonly account: string;
  readonly kind: 'mac_agent' | 'ios_app' | 'pwa';
  readonly label: string;
  /** SHA-256 of the token, hex. */
  readonly tokenHash: string;
  /** Ed25519, hex; a key used with this relay only. */
  readonly publicKey: string | null;
  readonly madeMs: number;
  readonly revokedMs: number | null;
  /** The device whose token it was paired with. */
  readonly pairedBy: string | null;
}

export interface DeviceTables {
  readonly device: DeviceTable;
}
