/** The client id this run of the program writes each document under (C21): drawn at the first write, given up when drafts hold its clocks in vain. */
import type { DocumentId, LinkId } from '@leanvibe/protocol/ids';
import { clientIdOf, FOREIGN_ID_END } from '../intake/clientid.js';
import type { Crypto } from '../ports/crypto.js';
import type { Random } from '../ports/random.js';
import type { OpenDocument, Run } from './document-runtime.js';

export interface Runs {
  of(chain: LinkId, document: DocumentId): Run;
  /** The run to write with now: drafts that do not fit hold clocks of theirs, so that what is written beside them needs another. */
  writable(chain: LinkId, document: DocumentId, open: OpenDocument): Promise<Run>;
}

export function createRuns(deps: { readonly crypto: Crypto; readonly random: Random }): Runs {
  const runs = new Map<DocumentId, Run & { readonly chain: LinkId }>();

  const of = (chain: LinkId, document: DocumentId): Run => {
    const known = runs.get(document);
    // A device added again writes a new chain, and its client ids are that chain's.
    if (known?.chain === chain) return known;
    for (;;) {
      const run = deps.random.bytes(16);
      const clientId = clientIdOf(deps.crypto, chain, document, run);
      if (clientId < FOREIGN_ID_END) continue;
      const drawn = { clientId, run, chain };
      runs.set(document, drawn);
      return drawn;
    }
  };
  return {
    of,
    async writable(chain, document, open) {
      const run = of(chain, document);
      if ((await open.fits()) || (await open.drafts()).every((draft) => draft.clientId !== run.clientId)) return run;
      runs.delete(document);
      return of(chain, document);
    },
  };
}
