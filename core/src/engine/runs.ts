/** The client ids this run of the program writes each document under (C21), one for its person and one for each agent token: drawn at the first write, given up when drafts hold its clocks in vain. */
import type { ChangeToken } from '@leanvibe/protocol/change';
import type { DocumentId, LinkId } from '@leanvibe/protocol/ids';
import { clientIdOf, FOREIGN_ID_END } from '../intake/clientid.js';
import type { Crypto } from '../ports/crypto.js';
import type { Random } from '../ports/random.js';
import type { OpenDocument, Run } from './document-runtime.js';

export interface Runs {
  /** The run to write with now: drafts that do not fit hold clocks of theirs, so that what is written beside them needs another. */
  writable(chain: LinkId, document: DocumentId, token: ChangeToken | null, open: OpenDocument): Promise<Run>;
}

export function createRuns(deps: { readonly crypto: Crypto; readonly random: Random }): Runs {
  const runs = new Map<string, Run & { readonly chain: LinkId }>();

  const of = (key: string, chain: LinkId, document: DocumentId, token: ChangeToken | null): Run => {
    const known = runs.get(key);
    // A device added again writes a new chain, and its client ids are that chain's.
    if (known?.chain === chain) return known;
    for (;;) {
      const run = deps.random.bytes(16);
      const clientId = clientIdOf(deps.crypto, chain, document, run);
      if (clientId < FOREIGN_ID_END) continue;
      const drawn = { clientId, run, token, chain };
      runs.set(key, drawn);
      return drawn;
    }
  };
  return {
    async writable(chain, document, token, open) {
      // What one token wrote is never merged with what anybody else did, so that each change has one author (C46).
      const key = token === null ? document : `${document}/${token.id}`;
      const run = of(key, chain, document, token);
      if ((await open.fits()) || (await open.drafts()).every((draft) => draft.clientId !== run.clientId)) return run;
      runs.delete(key);
      return of(key, chain, document, token);
    },
  };
}
