/** Answering on one link: everything in one packet, a little late and at most once a second, whatever is asked. */
import { randomInt } from 'node:crypto';
import type { RemoteInfo } from 'node:dgram';
import type { Cancel, ClockDep } from '@leanvibe/core/ports/clock';
import type makeMdns from 'multicast-dns';
import type { NetAddress } from './interfaces.js';
import type { Link } from './link.js';
import { ANNOUNCE_AT_MS, ANSWER_MS_MIN, JITTER_MS, LEGACY_TTL_SECONDS, MDNS_PORT, TTL_SECONDS } from './limits.js';
import { asksFor, browseAllRecord, SERVICE, serviceRecords, type Names, type OfferedService } from './records.js';

export interface AnsweringInit {
  readonly link: Link;
  readonly names: Names;
  readonly service: OfferedService;
  /** The addresses to publish on this link, now. */
  readonly published: () => readonly NetAddress[];
}

export interface Answering {
  /** Unasked, a few times. */
  announce(): void;
  onQuery(packet: makeMdns.QueryPacket, from: RemoteInfo): void;
  /** With a goodbye, others forget this instance at once. */
  stop(goodbye: boolean): void;
}

export function createAnswering({ clock }: ClockDep, { link, names, service, published }: AnsweringInit): Answering {
  let pending: Cancel | null = null;
  let withTypes = false;
  let sentAtMs = Number.NEGATIVE_INFINITY;
  const announcements: Cancel[] = [];

  function respond(): void {
    pending = null;
    sentAtMs = clock.nowMs();
    link.send({ answers: [...serviceRecords(names, service, published()), ...(withTypes ? [browseAllRecord()] : [])] });
    withTypes = false;
  }

  function respondSoon(): void {
    if (pending !== null) return;
    const earliest = Math.max(0, sentAtMs + ANSWER_MS_MIN - clock.nowMs());
    pending = clock.after(Math.max(earliest, randomInt(...JITTER_MS)), respond);
  }

  /** They know us already, for at least half the time we asked for. */
  function knows({ answers }: makeMdns.QueryPacket): boolean {
    return (answers ?? []).some(
      (one) =>
        one.type === 'PTR' &&
        one.name.toLowerCase() === SERVICE &&
        one.data.toLowerCase() === names.full &&
        (one.ttl ?? 0) >= TTL_SECONDS / 2,
    );
  }

  /** A resolver on another port speaks plain DNS and hears no multicast. */
  function respondTo(packet: makeMdns.QueryPacket, from: RemoteInfo): void {
    const answers = serviceRecords(names, service, published(), LEGACY_TTL_SECONDS).map((record) => ({ ...record, flush: false }));
    link.send({ id: packet.id, answers, additionals: [browseAllRecord()] }, { port: from.port, address: from.address });
  }

  function onQuery(packet: makeMdns.QueryPacket, from: RemoteInfo): void {
    const asked = new Set((packet.questions ?? []).map((question) => asksFor(question, names)));
    asked.delete(null);
    if (asked.size === 0) return;
    if (from.port !== MDNS_PORT) return respondTo(packet, from);
    if (asked.has('types')) withTypes = true;
    else if (knows(packet)) return;
    respondSoon();
  }

  function stop(goodbye: boolean): void {
    pending?.();
    for (const cancel of announcements) cancel();
    if (goodbye) link.send({ answers: [...serviceRecords(names, service, published(), 0)] });
  }

  return {
    announce: () => {
      announcements.push(...ANNOUNCE_AT_MS.map((delayMs) => clock.after(delayMs, respond)));
    },
    onQuery,
    stop,
  };
}
