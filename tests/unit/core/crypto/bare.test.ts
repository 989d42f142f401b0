/** Where the suite must run (a bare engine) and what its blind half must never reach. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const distOf = (path: string) => fileURLToPath(import.meta.resolve(`@leanvibe/core/internal/crypto/${path}`));

/** Takes away what JavaScriptCore alone lacks, and makes tweetnacl's randomness throw, before the portable suite is loaded. */
const SCRIPT = `
for (const name of ['crypto', 'TextEncoder', 'TextDecoder', 'Buffer', 'WebAssembly', 'structuredClone', 'atob', 'btoa', 'queueMicrotask', 'setInterval']) {
  delete globalThis[name];
  if (typeof globalThis[name] !== 'undefined') throw new Error(name + ' is still there');
}
const nacl = (await import('tweetnacl')).default;
nacl.setPRNG(() => { throw new Error('randomness asked for'); });
const { portableCrypto } = await import('@leanvibe/core/internal/crypto/portable');
const { selfTest } = await import('@leanvibe/core/internal/crypto/selftest');
const { label } = await import('@leanvibe/core/internal/crypto/labels');
process.stdout.write(JSON.stringify([portableCrypto().name, selfTest(portableCrypto()), label('change').length]));
`;

test.each([[[]], [['--jitless']]])(
  'C15 the portable suite passes in an engine without crypto, TextEncoder or WebAssembly, flags %j',
  (flags) => {
    const output = execFileSync(process.execPath, [...flags, '--input-type=module', '-e', SCRIPT], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
    });
    expect(JSON.parse(output)).toEqual(['portable', [], 'leanvibe/v1/change:'.length]);
  },
);

/** All modules reached from a compiled file; packages and Node's own modules are named, not entered. */
function closure(entry: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, specifier] of readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)) {
      if (specifier === undefined) continue;
      const path = resolve(dirname(file), specifier);
      if (specifier.startsWith('.')) visit(path);
      else seen.add(specifier);
    }
  };
  expect(existsSync(entry)).toBe(true);
  visit(entry);
  return seen;
}

test('P6 the verifying view cannot reach sealing, signing or any library that can', () => {
  const pure = closure(distOf('verify'));
  expect([...pure].filter((name) => !name.startsWith('/'))).toEqual(['@leanvibe/protocol/ids']);
  const node = [...closure(distOf('node/verify'))];
  expect(node.filter((name) => !name.startsWith('/')).sort()).toEqual([
    '@leanvibe/protocol/ids',
    '@noble/hashes/hkdf.js',
    '@noble/hashes/hmac.js',
    '@noble/hashes/sha2.js',
    'node:crypto',
  ]);
  expect(node.some((name) => /strict|portable\.js|wasm|native/.test(name))).toBe(false);
});
