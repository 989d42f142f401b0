/** Links against their golden bytes, on every implementation. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { toHex } from '@leanvibe/protocol/ids';
import { linkBody, signedLink } from '@leanvibe/protocol/link';
import { decode, encode } from '@leanvibe/protocol/shape';
import { createGraph } from '@leanvibe/core/internal/group/graph';
import { openLink } from '@leanvibe/core/internal/group/link';
import { createResolver } from '@leanvibe/core/internal/group/resolve';
import { implementations } from '../unit/core/crypto/implementations.js';
import { readVectors } from './all.js';
import { hex } from './kit.js';
import type { LinkVectors } from './links.js';

const vectors = readVectors<LinkVectors>('links');

describe.each(implementations)('C3 golden links, %s', (_name, crypto) => {
  test('C2 C3 G1 every link opens to its id, and its body writes again as it was', () => {
    for (const { body, id, plaintext, signature } of vectors.links) {
      const read = openLink(crypto, hex(plaintext));
      expect(read.ok && { id: read.value.id, space: read.value.space, signature: toHex(read.value.signature) }).toEqual({
        id,
        space: vectors.space,
        signature,
      });
      const inner = decode(linkBody, hex(body));
      expect(inner.ok && toHex(encode(linkBody, inner.value))).toBe(body);
    }
  });

  test('C2 C3 G1 G2 G3 every broken link is refused with its word', () => {
    for (const { why, reason, plaintext } of vectors.refused)
      expect(openLink(crypto, hex(plaintext)), why).toEqual({ ok: false, error: reason });
  });

  test('C3 P10 the line of links ends with the founder alone, whatever order it comes in', () => {
    for (const links of [vectors.links, vectors.links.toReversed()]) {
      const graph = createGraph(vectors.space as Parameters<typeof createGraph>[0]);
      for (const { plaintext } of links) {
        const read = openLink(crypto, hex(plaintext));
        if (read.ok) graph.add(read.value);
      }
      const now = createResolver(graph).now();
      expect(graph.nodes).toHaveLength(vectors.links.length);
      expect([...now.devices.values()].filter((one) => one.state === 'live').map((one) => one.device)).toEqual([
        vectors.devices[0]?.device,
      ]);
    }
  });
});

test('W12 ids computed by the words of the specification alone are the golden ones', () => {
  for (const { body, id, plaintext, signature } of vectors.links) {
    expect(createHash('sha256').update('leanvibe/v1/link:').update(hex(body)).digest('hex')).toBe(id);
    expect(toHex(encode(signedLink, { body: hex(body), signature: hex(signature) }))).toBe(plaintext);
  }
});

test.each(implementations)('W12 the consent is signed over exactly its words, %s', (_name, crypto) => {
  const bob = vectors.devices.find((one) => one.name === 'bob');
  expect(crypto.verify(hex(vectors.consent.signature), hex(vectors.consent.message), hex(bob?.device ?? ''))).toBe(true);
});
