/** Every maximum of LAN discovery, with its reason. */

export const MDNS_PORT = 5353;
/** RFC 6762 allows 9,000; what names this service fits in a fraction, and decoding cost grows with the square. */
export const PACKET_BYTES_MAX = 4096;
/** Questions and records of one packet together. */
export const PACKET_RECORDS_MAX = 96;
export const PACKETS_PER_HOST = { perSecond: 20, burst: 60, keysMax: 512 };
export const PACKETS_IN_ALL = { perSecond: 200, burst: 400, keysMax: 1 };
/** Names one host may introduce: a reflecting router speaks for a whole network. */
export const NEW_INSTANCES_PER_HOST = { perSecond: 5, burst: 64, keysMax: 512 };
export const INSTANCES_PER_HOST_MAX = 64;
export const INSTANCES_MAX = 512;
export const ADDRESSES_PER_INSTANCE_MAX = 16;
/** Ours is under 40 bytes. */
export const TXT_BYTES_MAX = 400;
/** What we publish, and the most we believe: a forged record cannot outlive honest ones. */
export const TTL_SECONDS = 120;
/** Answers to resolvers that are no mDNS peers. */
export const LEGACY_TTL_SECONDS = 10;
/** Questions: 1 s, 2, 4 … and then once a minute; a change of networks starts over. */
export const QUERY_MS_FIRST = 1_000;
export const QUERY_MS_MAX = 60_000;
/** RFC 6762, 6: a record is multicast at most once a second on a link. */
export const ANSWER_MS_MIN = 1_000;
/** RFC 6762, 6: shared answers wait a little, so that many answers do not collide. */
export const JITTER_MS: readonly [number, number] = [20, 120];
/** Announcements after a link comes up. */
export const ANNOUNCE_AT_MS: readonly number[] = [0, 1_000, 3_000];
/** Known answers put into one question. */
export const KNOWN_ANSWERS_MAX = 32;
/** `refresh` by hand. */
export const REFRESH_MS_MIN = 1_000;
/** A link whose port cannot be had is tried again. */
export const LINK_RETRY_MS = 10_000;
