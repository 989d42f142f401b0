/** An open pairing as a person needs it: what to scan, what to paste, what to type. */
import type { PairOffer } from '../../control/views.js';
import { lightBackground, qrLines } from '../term/qr.js';
import type { Cli } from './cli.js';

export async function pairOfferLines(
  { link, code, expiresAt }: PairOffer,
  cli: Pick<Cli, 'style' | 'env' | 'self' | 'columns'> & { nowMs(): number },
): Promise<readonly string[]> {
  const minutes = Math.max(1, Math.round((Date.parse(expiresAt) - cli.nowMs()) / 60_000));
  const qr = qrLines(link, { colour: cli.style.colour, light: lightBackground(cli.env) });
  const wide = (qr[0] ?? '').replace(/\u001b\[[\d;]*m/g, '').length;
  // A cut code reads as nothing at all: on a narrow screen the link and the code have to do.
  const picture = wide + 2 > cli.columns ? [] : ['', ...qr.map((line) => `  ${line}`)];
  return [
    ...picture,
    '',
    `  scan it, or on the other machine: leanvibe join ${code}`,
    `  (another network? leanvibe join ${link})`,
    `  good once, for ${minutes} min; a new one: ${cli.self} pair`,
  ];
}
