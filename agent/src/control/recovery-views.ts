/** Recovery words as the control API tells of them: see views.ts. The words themselves are in the answer of `recovery.create` alone. */

export interface RecoverySetView {
  /** The paper device the words stand for. */
  readonly deviceId: string;
  readonly createdAt: string;
  /** The device they were made on. */
  readonly createdBy: string;
  /** `revoked`: they open nothing any more. */
  readonly state: 'live' | 'revoked';
  /** `covered` false: the words do not open this space until they are typed again with `recovery extend`. */
  readonly spaces: readonly { readonly space: string; readonly name: string; readonly covered: boolean }[];
  /** Devices that these words let in. */
  readonly usedBy: readonly { readonly deviceId: string; readonly name: string }[];
}

export interface FreshWordsView extends RecoverySetView {
  readonly words: readonly string[];
}

export interface WordsCheckView {
  /** `unknown`: right words, and nobody's this device knows of. */
  readonly state: 'live' | 'revoked' | 'unknown';
  readonly deviceId: string;
  /** The person they bring back, and what that one is called. */
  readonly person: string | null;
  readonly personName: string | null;
  readonly set: RecoverySetView | null;
}

export interface RestoreProgressView {
  /** `looking`: no device was found yet. `asking`: of those found, none has helped yet. `reading`: what they hold comes in. */
  readonly phase: 'looking' | 'asking' | 'reading';
  /** Devices asked, and those that helped. */
  readonly asked: number;
  readonly helped: number;
  readonly spaces: number;
  readonly entries: number;
}

export interface RestoredView {
  readonly deviceId: string;
  /** False when nobody who helped knows this person's own devices: this device has a new home, and the spaces below. */
  readonly home: boolean;
  readonly spaces: readonly { readonly space: string; readonly name: string }[];
  /** Spaces somebody handed over that could not be proved, or that the words open no more. */
  readonly failed: readonly { readonly space: string; readonly why: 'unproved' | 'revoked' | 'not-admitted' }[];
  readonly helpers: readonly { readonly deviceId: string; readonly name: string }[];
}
