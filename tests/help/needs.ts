/** Groups of tests a person left out aloud with LEANVIBE_WITHOUT; the summary of `npm test` names them. */

export type Group = 'git' | 'cloc' | 'lan' | 'postgres' | 'redis' | 'deploy';

/** For `describe.skipIf(leftOut('lan'))`: true only when LEANVIBE_WITHOUT lists the group. */
export function leftOut(group: Group): boolean {
  return (process.env['LEANVIBE_WITHOUT'] ?? '').split(',').includes(group);
}

/** True in `npm run test:long`: the big counts of the quality plan instead of the small ones. */
export const LONG = process.env['LEANVIBE_LONG'] === '1';

/** The count for this run. */
export function rounds(short: number, long: number): number {
  return LONG ? long : short;
}
