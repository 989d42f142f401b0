/** Randomness as a parameter: cryptographically secure in products, seeded in simulation. */

export interface Random {
  /** `count` unpredictable bytes. */
  bytes(count: number): Uint8Array;
}

export interface RandomDep {
  readonly random: Random;
}
