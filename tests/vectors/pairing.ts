/** Vectors of C40 to C42: the link's and the invite's proof, the commitment of a short code, and the six digits. */
import { makeId, type PersonId, toHex } from '@leanvibe/protocol/ids';
import { commitTo, digitsOf, type Part } from '@leanvibe/core/internal/pairing/digits';
import { admissionProof, linkProof } from '@leanvibe/core/internal/pairing/proof';
import type { Crypto } from '@leanvibe/core/internal/ports/crypto';
import { actor, made } from './kit.js';

export interface PairingVectors {
  readonly about: string;
  readonly proofs: readonly {
    readonly secret: string;
    readonly joiner: string;
    readonly admitter: string;
    readonly nonce: string;
    readonly proof: string;
  }[];
  readonly knocks: readonly {
    readonly secret: string;
    readonly guest: string;
    readonly host: string;
    readonly invite: string;
    readonly person: string;
    readonly nonce: string;
    readonly proof: string;
  }[];
  readonly codes: readonly {
    readonly admitter: { readonly device: string; readonly nonce: string; readonly secret: string; readonly ephemeral: string };
    readonly joiner: { readonly device: string; readonly nonce: string; readonly secret: string; readonly ephemeral: string };
    readonly commitment: string;
    readonly digits: string | null;
  }[];
}

function code(crypto: Crypto, name: string, joinerKey?: Uint8Array): PairingVectors['codes'][number] {
  const side = (who: string, key?: Uint8Array) => {
    const secret = made(`${name} ${who} secret`);
    const part: Part = {
      device: actor(crypto, who).device,
      nonce: made(`${name} ${who} nonce`),
      ephemeral: key ?? crypto.boxPublicKey(secret),
    };
    return {
      part,
      secret,
      words: { device: part.device, nonce: toHex(part.nonce), secret: toHex(secret), ephemeral: toHex(part.ephemeral) },
    };
  };
  const [admitter, joiner] = [side('alice'), side('bob', joinerKey)];
  return {
    admitter: admitter.words,
    joiner: joiner.words,
    commitment: toHex(commitTo(crypto, admitter.part)),
    digits: digitsOf(crypto, admitter.part, joiner.part, admitter.secret, joiner.part.ephemeral),
  };
}

export function makePairing(crypto: Crypto): PairingVectors {
  const [alice, bob] = [actor(crypto, 'alice'), actor(crypto, 'bob', 1)];
  return {
    about:
      'C40: proof = HMAC(HKDF(secret, empty salt, label), joiner || admitter || nonce). C42: knock = HMAC(HKDF(secret, empty salt, label), guest || host || invite || person || nonce). C41: a part is nonce || device || ephemeral key; digits from HKDF(X25519, salt = admitter part || joiner part, label).',
    proofs: ['link 1', 'link 2'].map((name) => {
      const [secret, nonce] = [made(name, 16), made(`${name} nonce`)];
      return {
        secret: toHex(secret),
        joiner: bob.device,
        admitter: alice.device,
        nonce: toHex(nonce),
        proof: toHex(linkProof(crypto, secret, bob.device, alice.device, nonce)),
      };
    }),
    knocks: ['invite 1', 'invite 2'].map((name) => {
      const [secret, invite, nonce] = [made(`${name} secret`, 16), made(name, 16), made(`${name} nonce`)];
      const person = makeId<PersonId>(made(`${name} person`));
      const knock = { guest: bob.device, host: alice.device, invite, person, nonce };
      const proof = toHex(admissionProof(crypto, secret, knock));
      return { ...knock, secret: toHex(secret), invite: toHex(invite), nonce: toHex(nonce), proof };
    }),
    codes: [...Array.from({ length: 6 }, (_, at) => code(crypto, `code ${at}`)), code(crypto, 'code low', new Uint8Array(32))],
  };
}
