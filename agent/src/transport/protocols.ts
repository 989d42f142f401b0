/** What may be opened on a LAN connection; anything else is answered `na`. */

export type LanProtocol = '/leanvibe/sync/1' | '/leanvibe/pair/1' | '/leanvibe/invite/1' | '/leanvibe/recover/1';
