/** An open pairing as a person needs it: what to scan, what to paste, what to type. */
import type { PairOffer } from '../../control/views.js';
import { lightBackground, qrLines } from '../term/qr.js';
import type { Cli } from './cli.js';

/** The link as a picture, where the screen is wide enough: a cut code reads as nothing at all. */
export function qrBlock(link: string, cli: Pick<Cli, 'style' | 'env' | 'columns'>): readonly string[] {
  const qr = qrLines(link, { colour: cli.style.colour, light: lightBackground(cli.env) });
  const wide = (qr[0] ?? '').replace(/\u001b\[[\d;]*m/g, '').length;
  return wide + 2 > cli.columns ? [] : ['', ...qr.map((line) => `  ${line}`)];
}

export async function pairOfferLines(
  { link, code, expiresAt }: PairOffer,
  cli: Pick<Cli, 'style' | 'env' | 'self' | 'columns'> & { nowMs(): number },
): Promise<readonly string[]> {
  const minutes = Math.max(1, Math.round((Date.parse(expiresAt) - cli.nowMs()) / 60_000));
  return [
    ...qrBlock(link, cli),
    '',
    `  scan it, or on the other machine: leanvibe join ${code}`,
    `  (another network? leanvibe join ${link})`,
    `  good once, for ${minutes} min; a new one: ${cli.self} pair`,
  ];
}
