/** The signatures on which libraries disagree, one or two for each rule of C15; a subset of protocol/vectors/crypto.json, checked at every start. */

export interface SignatureCase {
  readonly name: string;
  readonly valid: boolean;
  /** Hex, like the rest. */
  readonly publicKey: string;
  readonly message: string;
  readonly signature: string;
}

export const SIGNATURE_CASES: readonly SignatureCase[] = [
  {
    name: 'honest',
    valid: true,
    publicKey: '259cfb3caa66696ddb9c19543b664c9599c29e2c6734d6b81cc4c12a43ff6f99',
    message: '0000',
    signature:
      'c23937e7b2974b3cac756cb34ccb1c3b9b1cf0c0a7b6ab59d8c99aaf7775c457993c05b67773cc90cc0a9804dfffc93e9f8b05199db81ea22c5965968cc8f50e',
  },
  {
    name: 'another message',
    valid: false,
    publicKey: '259cfb3caa66696ddb9c19543b664c9599c29e2c6734d6b81cc4c12a43ff6f99',
    message: '0001',
    signature:
      'c23937e7b2974b3cac756cb34ccb1c3b9b1cf0c0a7b6ab59d8c99aaf7775c457993c05b67773cc90cc0a9804dfffc93e9f8b05199db81ea22c5965968cc8f50e',
  },
  {
    name: 'S + L',
    valid: false,
    publicKey: '259cfb3caa66696ddb9c19543b664c9599c29e2c6734d6b81cc4c12a43ff6f99',
    message: '0000',
    signature:
      'c23937e7b2974b3cac756cb34ccb1c3b9b1cf0c0a7b6ab59d8c99aaf7775c4578610fb1292d6dee8a2a78fa7bdf9a8539f8b05199db81ea22c5965968cc8f51e',
  },
  {
    name: 'A of mixed order, challenge divisible by 8',
    valid: true,
    publicKey: '65eda3bae5c00d5c402a393089c93b013198ee9374a8ffd4208455e454e1dccf',
    message: '0022',
    signature:
      'c23937e7b2974b3cac756cb34ccb1c3b9b1cf0c0a7b6ab59d8c99aaf7775c4578f401a7719d99556f0acb213776e89ace515bde6eee9c4a45c84264d4aadb20e',
  },
  {
    name: 'A of mixed order, challenge odd',
    valid: false,
    publicKey: '65eda3bae5c00d5c402a393089c93b013198ee9374a8ffd4208455e454e1dccf',
    message: '0001',
    signature:
      'c23937e7b2974b3cac756cb34ccb1c3b9b1cf0c0a7b6ab59d8c99aaf7775c457c135c72a6599ac76943acdfc510e2a37fddf5bc28739f76eab49a30ed98c440d',
  },
  {
    name: 'torsion in R',
    valid: false,
    publicKey: '259cfb3caa66696ddb9c19543b664c9599c29e2c6734d6b81cc4c12a43ff6f99',
    message: '0000',
    signature:
      'c89fc927ba5d1b13a2088be36e1585d475c4e01ca38c7836ca20bb98a6a01c6f505f8ed072d15be28939aff83bc124449955ab20238497babaf73b35a70e4509',
  },
  {
    name: 'A identity',
    valid: false,
    publicKey: '0100000000000000000000000000000000000000000000000000000000000000',
    message: '0000',
    signature:
      'c23937e7b2974b3cac756cb34ccb1c3b9b1cf0c0a7b6ab59d8c99aaf7775c45786201d0eebfe3302191fcd1b1e37be0000000000000000000000000000000000',
  },
  {
    name: 'A of order 8',
    valid: false,
    publicKey: 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    message: '0001',
    signature:
      'c23937e7b2974b3cac756cb34ccb1c3b9b1cf0c0a7b6ab59d8c99aaf7775c45786201d0eebfe3302191fcd1b1e37be0000000000000000000000000000000000',
  },
  {
    name: 'A identity with a sign',
    valid: false,
    publicKey: '0100000000000000000000000000000000000000000000000000000000000080',
    message: '0000',
    signature:
      'c23937e7b2974b3cac756cb34ccb1c3b9b1cf0c0a7b6ab59d8c99aaf7775c45786201d0eebfe3302191fcd1b1e37be0000000000000000000000000000000000',
  },
  {
    name: 'A identity not below the field',
    valid: false,
    publicKey: 'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    message: '0000',
    signature:
      'c23937e7b2974b3cac756cb34ccb1c3b9b1cf0c0a7b6ab59d8c99aaf7775c45786201d0eebfe3302191fcd1b1e37be0000000000000000000000000000000000',
  },
  {
    name: 'R identity',
    valid: false,
    publicKey: '259cfb3caa66696ddb9c19543b664c9599c29e2c6734d6b81cc4c12a43ff6f99',
    message: '0000',
    signature:
      '0100000000000000000000000000000000000000000000000000000000000000add2f94e06b8a0cd756f0497e99aacd7f154eff6b8331b5e28f711e08ef09105',
  },
  {
    name: 'R of order 8',
    valid: false,
    publicKey: '259cfb3caa66696ddb9c19543b664c9599c29e2c6734d6b81cc4c12a43ff6f99',
    message: '0000',
    signature:
      'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037af4b532560bf0da193b239fea680d4d309f031d2b0bc4a0a12fb5e198904cac0b',
  },
  {
    name: 'R identity not below the field',
    valid: false,
    publicKey: '259cfb3caa66696ddb9c19543b664c9599c29e2c6734d6b81cc4c12a43ff6f99',
    message: '0000',
    signature:
      'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f0997f262496ec1c30c5bc774928c57a98a85375ed9f32aefd0842935744d570d',
  },
];
