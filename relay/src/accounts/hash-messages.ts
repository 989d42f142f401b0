/** What is said to the thread that hashes passwords, and back. */
export interface HashOptions {
  /** KiB. */
  readonly memoryCost: number;
  readonly timeCost: number;
  readonly parallelism: number;
  readonly outputLen: number;
}

export type HashAsk =
  | { readonly kind: 'hash'; readonly password: string; readonly options: HashOptions }
  | { readonly kind: 'verify'; readonly password: string; readonly stored: string };

export interface ToHasher {
  readonly id: number;
  readonly ask: HashAsk;
}

export type FromHasher =
  | { readonly id: number; readonly hash: string }
  | { readonly id: number; readonly isRight: boolean }
  | { readonly id: number; readonly failure: string };
