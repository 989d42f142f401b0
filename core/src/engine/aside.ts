/** Aside: which chains have changes in quarantine, in which document and since when by this device's clock, so that nobody need open every document to list them. */
import type { DocumentId, LinkId, SpaceId } from '@leanvibe/protocol/ids';
import { encode } from '@leanvibe/protocol/shape';
import { decodeAtRest } from '../base/rest.js';
import type { Vault } from '../keys/local.js';
import type { Clock } from '../ports/clock.js';
import type { PutOff } from './put-off.js';
import { asideRecord, TABLES } from './tables.js';

export interface Aside {
  /** A change of this chain fell to quarantine. Said again it changes nothing. */
  note(document: DocumentId, chain: LinkId): void;
  /** Documents that may have quarantined changes. */
  documents(): readonly DocumentId[];
  /** When the chain's first one fell, by this device's clock; null for one that was not noted. */
  sinceMs(document: DocumentId, chain: LinkId): number | null;
  /** Keeps only these chains of a document. */
  keep(document: DocumentId, chains: ReadonlySet<LinkId>): void;
  load(): Promise<void>;
}

const PAGE = 1000;

export function createAside(
  deps: { readonly vault: Vault; readonly clock: Clock; readonly later: PutOff['later'] },
  space: SpaceId,
): Aside {
  const { vault, clock, later } = deps;
  const known = new Map<DocumentId, Map<LinkId, number>>();
  const keyOf = (document: DocumentId, chain: LinkId): string => `${space}/${document}/${chain}`;
  const remember = (document: DocumentId, chain: LinkId, sinceMs: number): void => {
    const chains = known.get(document) ?? new Map<LinkId, number>();
    known.set(document, chains.set(chain, sinceMs));
  };
  return {
    note(document, chain) {
      if (known.get(document)?.has(chain) === true) return;
      const sinceMs = Math.max(0, Math.floor(clock.nowMs()));
      remember(document, chain, sinceMs);
      later([vault.put(TABLES.aside, keyOf(document, chain), encode(asideRecord, { sinceMs }))]);
    },
    documents: () => [...known.keys()],
    sinceMs: (document, chain) => known.get(document)?.get(chain) ?? null,
    keep(document, chains) {
      const there = known.get(document);
      if (there === undefined) return;
      const gone = [...there.keys()].filter((chain) => !chains.has(chain));
      for (const chain of gone) there.delete(chain);
      if (there.size === 0) known.delete(document);
      if (gone.length > 0)
        later(
          [],
          gone.map((chain) => ({ table: TABLES.aside, key: keyOf(document, chain) })),
        );
    },
    async load() {
      for (let after: string | null = null; ; ) {
        const page = await vault.scan(TABLES.aside, `${space}/`, after, PAGE);
        for (const { key, value } of page) {
          const [, document, chain] = key.split('/') as [string, DocumentId, LinkId];
          remember(document, chain, decodeAtRest(asideRecord, value, 'aside').sinceMs);
        }
        const last = page.at(-1);
        if (last === undefined || page.length < PAGE) return;
        after = last.key;
      }
    },
  };
}
