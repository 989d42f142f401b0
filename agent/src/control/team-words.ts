/** What is owed after somebody was taken out, as a sentence: the command line, `why` and the page say it alike. */
import type { DebtRow } from './team-views.js';

function either(names: readonly string[]): string {
  const [first = 'another device', second, ...more] = names;
  if (second === undefined) return first;
  return more.length === 0 ? `${first} or ${second}` : `${first}, ${second} or ${more.length} more`;
}

/** `Bob's laptop can still read 2 documents: waiting for Ana's Mac`. Names are as people gave them. */
export function debtWords({ personName, deviceName, documents, waitingFor, reason }: DebtRow): string {
  const who = personName === deviceName ? deviceName : `${personName}'s ${deviceName}`;
  const can = reason === 'demoted' ? 'could still write to' : 'can still read';
  const waits = waitingFor.length === 0 ? 'nobody is left who could renew the keys' : `waiting for ${either(waitingFor)}`;
  return `${who} ${can} ${documents.toLocaleString('en')} document${documents === 1 ? '' : 's'}: ${waits}`;
}
