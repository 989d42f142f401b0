/** The part of sodium-native 5.1 used here; the package ships no types. */
declare module 'sodium-native' {
  interface Sodium {
    readonly crypto_pwhash_ALG_ARGON2ID13: number;
    crypto_pwhash_async(
      output: Buffer,
      password: Buffer,
      salt: Buffer,
      opslimit: number,
      memlimit: number,
      algorithm: number,
    ): Promise<void>;
  }
  const sodium: Sodium;
  export default sodium;
}
