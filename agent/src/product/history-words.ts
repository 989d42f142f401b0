/** Fixed words of the signed log: why a link did not count, and what can be wrong with stored bytes. */
import type { HistoryLink } from '@leanvibe/core/engine/history-report';

export const VOID_WORDS: Readonly<Record<Exclude<HistoryLink['verdict'], 'valid'>, string>> = {
  'not-live': 'whoever wrote it was no member any more, or not yet',
  rank: 'whoever wrote it had no right to',
  'no-target': 'there was nothing left to act on',
  already: 'it was done already',
  forked: 'two copies of that device wrote at once',
  epoch: 'it names keys that nobody made',
  struck: 'whoever wrote it had been removed meanwhile',
  demoted: 'whoever wrote it had lost the role for it meanwhile',
};

export const FAULTS: Readonly<Record<string, string>> = {
  damaged: 'an entry is damaged on this disk: it is fetched again from another device',
  missing: 'a link that is in use is not in the store as it was signed',
  verdict: 'a link counts for something else than the stored log says',
  seal: 'an entry does not open under its own key: it was changed, or forged by a member',
  signature: 'an entry carries a wrong signature',
  'bad-link': 'an entry claims to be a link and breaks the rules: it is ignored',
};

/** `relay.example` for what is reached as everyone expects; the whole address where it is not. */
export function relayName(origin: string): string {
  return origin.startsWith('https://') ? origin.slice('https://'.length) : origin;
}

export function countOf(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? '' : 's'}`;
}
