/** What may be opened on a connection; anything else is answered `na`. */

export type LanProtocol = '/leanvibe/sync/1' | '/leanvibe/pair/1' | '/leanvibe/invite/1' | '/leanvibe/recover/1';

/** Recovery by words is asked for on a network only. */
export const OVER_PIPES: ReadonlySet<LanProtocol> = new Set<LanProtocol>(['/leanvibe/sync/1', '/leanvibe/pair/1', '/leanvibe/invite/1']);
