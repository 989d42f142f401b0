/** Every implementation against Wycheproof, or against the generated vectors where those files are absent; says which. */
import { readFileSync } from 'node:fs';
import { describe, test } from 'vitest';
import { nodeVerifying } from '@leanvibe/core/internal/crypto/node/verify';
import { type Corpus, runAgreement, runHkdf, runHmac, runSignatures } from './corpus.js';
import { implementations } from './implementations.js';
import { loadWycheproof, wycheproofFolder } from './wycheproof.js';

const generated = new URL('../../../../protocol/vectors/crypto.json', import.meta.url);
const found = loadWycheproof();
const corpus = found ?? (JSON.parse(readFileSync(generated, 'utf8')) as Corpus);
const count = `${corpus.signatures.length} ed25519, ${corpus.agreement.length} x25519, ${corpus.hmac.length} hmac, ${corpus.hkdf.length} hkdf`;
const source = found === null ? `generated vectors (no Wycheproof in ${wycheproofFolder})` : `Wycheproof in ${wycheproofFolder}`;
process.stdout.write(`C15 vectors used: ${source}: ${count}\n`);

describe.each(implementations)(`C15 ${found === null ? 'generated vectors' : 'Wycheproof'}, %s`, (_name, crypto) => {
  test(`C15 ed25519 (${corpus.signatures.length})`, () => runSignatures(crypto, corpus));
  test(`C15 x25519 (${corpus.agreement.length})`, () => runAgreement(crypto, corpus));
  test(`C15 HMAC-SHA-256 (${corpus.hmac.length})`, () => runHmac(crypto, corpus));
  test(`C14 HKDF-SHA-256 (${corpus.hkdf.length})`, () => runHkdf(crypto, corpus));
});

test('C15 ed25519 on the verifying back end of Node alone', () => runSignatures(nodeVerifying(), corpus));
