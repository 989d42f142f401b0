/** Reads Wycheproof's JSON files (github.com/C2SP/wycheproof, testvectors_v1) into the shape the runners take. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Corpus } from './corpus.js';

interface File<Group> {
  readonly testGroups: readonly Group[];
}
interface Test {
  readonly tcId: number;
  readonly comment: string;
  readonly result: 'valid' | 'invalid' | 'acceptable';
}
interface SignatureGroup {
  readonly publicKey: { readonly pk: string };
  readonly tests: readonly (Test & { readonly msg: string; readonly sig: string })[];
}
interface AgreementGroup {
  readonly tests: readonly (Test & { readonly public: string; readonly private: string; readonly shared: string })[];
}
interface HmacGroup {
  readonly tests: readonly (Test & { readonly key: string; readonly msg: string; readonly tag: string })[];
}
interface HkdfGroup {
  readonly tests: readonly (Test & {
    readonly ikm: string;
    readonly salt: string;
    readonly info: string;
    readonly size: number;
    readonly okm: string;
  })[];
}

const FILES = ['ed25519_test.json', 'x25519_test.json', 'hmac_sha256_test.json', 'hkdf_sha256_test.json'] as const;

/** Where the files are looked for: WYCHEPROOF_DIR, else beside the repository. */
export const wycheproofFolder = process.env['WYCHEPROOF_DIR'] ?? resolve(import.meta.dirname, '../../../../../shared/data/wycheproof');

/** Null unless all four files are there. */
export function loadWycheproof(): Corpus | null {
  if (!FILES.every((file) => existsSync(join(wycheproofFolder, file)))) return null;
  const groups = <Group>(file: (typeof FILES)[number]) =>
    (JSON.parse(readFileSync(join(wycheproofFolder, file), 'utf8')) as File<Group>).testGroups;
  const named = ({ tcId, comment }: Test) => `${tcId} ${comment}`;
  return {
    signatures: groups<SignatureGroup>('ed25519_test.json').flatMap(({ publicKey, tests }) =>
      tests.map((test) => ({
        name: named(test),
        publicKey: publicKey.pk,
        message: test.msg,
        signature: test.sig,
        valid: test.result === 'valid',
      })),
    ),
    agreement: groups<AgreementGroup>('x25519_test.json').flatMap(({ tests }) =>
      tests.map((test) => ({
        name: named(test),
        secretKey: test.private,
        publicKey: test.public,
        // Wycheproof accepts all-zero results of low-order points; this suite refuses them, and nothing else.
        shared: /^0+$/.test(test.shared) ? null : test.shared,
      })),
    ),
    hmac: groups<HmacGroup>('hmac_sha256_test.json').flatMap(({ tests }) =>
      tests.map((test) => ({ name: named(test), key: test.key, data: test.msg, tag: test.tag, valid: test.result === 'valid' })),
    ),
    hkdf: groups<HkdfGroup>('hkdf_sha256_test.json').flatMap(({ tests }) =>
      tests.map((test) => ({
        name: named(test),
        secret: test.ikm,
        salt: test.salt,
        info: test.info,
        length: test.size,
        output: test.result === 'invalid' ? null : test.okm,
      })),
    ),
  };
}
