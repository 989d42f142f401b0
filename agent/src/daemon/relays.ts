/** Relays put together: who is signed in where, the lines kept to them, and meeting others there. */
import type { ClockDep } from '@leanvibe/core/ports/clock';
import type { LoggerDep } from '@leanvibe/core/ports/logger';
import type { Engine } from '@leanvibe/core/engine/api';
import type { Metrics } from '../metrics/metrics.js';
import { createUploader, type RelayApi } from '../metrics/upload.js';
import type { Product } from '../product/product.js';
import type { Lan } from '../transport/lan.js';
import type { LocalRecords } from '../product/local.js';
import type { RelayApi as SignInApi } from '../relay/api.js';
import { openRelayBook, type RelayBook } from '../relay/book.js';
import { createRelayDesk, type RelayDesk } from '../relay/desk.js';
import { createFarewells } from '../relay/farewell.js';
import { dialRelay } from '../relay/line.js';
import { createRelayLinks } from '../relay/links.js';
import { createRelayRendezvous } from '../relay/rendezvous.js';
import { systemRandom } from '../system/clock.js';
import type { Agent } from './agent.js';
import type { Alarms } from './alarms.js';
import type { Closing } from './closing.js';
import type { Rendezvous } from './rendezvous.js';

export interface OpenRelays {
  readonly rendezvous: Rendezvous;
  /** Once names are known. */
  desk(product: Product, metrics: Metrics, alarms: Pick<Alarms, 'all'>): RelayDesk;
}

export async function openRelays(
  { clock, logger, closing }: ClockDep & LoggerDep & { readonly closing: Closing },
  { engine, feed, lan, local }: { readonly engine: Engine; readonly feed: Agent['feed']; readonly lan: Lan; readonly local: LocalRecords },
): Promise<OpenRelays> {
  const book = await openRelayBook({ clock, local, random: systemRandom });
  // Its schemas cost every start a tenth of a second, and are needed to sign in and out.
  const api = async (origin: string): Promise<SignInApi> => (await import('../relay/api.js')).createRelayApi(origin);
  const farewells = createFarewells({ clock, logger, book, api });
  const changed = (): void => feed.tell({ type: 'relays' });
  const links = createRelayLinks({ clock, logger, random: systemRandom, relays: engine.relays, book, dial: dialRelay, changed });
  const unsubscribe = lan.onAddresses(() => links.poke());
  closing.add('relays', () => {
    unsubscribe();
    farewells.stop();
    links.stop();
  });
  return {
    rendezvous: createRelayRendezvous({ clock, book, links, dial: dialRelay, visit: engine.relays.visit }),
    desk({ names }, metrics, alarms) {
      const uploader = createUploader({ clock, logger, random: systemRandom, metrics, relayApi: firstOf(book) });
      closing.add('uploader', () => uploader.stop());
      return createRelayDesk({
        clock,
        engine,
        book,
        links,
        farewells,
        api,
        label: () => names.own(),
        spaceName: (space) => names.ofSpace(space as Parameters<typeof names.ofSpace>[0]),
        alarms: alarms.all,
        counted: () => metrics.on(),
      });
    },
  };
}

/** Counts are told once, to the relay signed in to first. */
function firstOf(book: RelayBook): RelayApi {
  return {
    relay: () => book.all()[0] ?? null,
    fetch: (url, request) => fetch(url, { ...request, redirect: 'error' }),
  };
}
