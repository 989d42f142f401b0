/** The tables of SPEC.md are the shapes of this program: every message, operation and record with its code and keys. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  announcementBody,
  changeBody,
  changeToken,
  claim,
  CRDT_KINDS,
  part,
  signedAnnouncement,
  signedChange,
} from '@leanvibe/protocol/change';
import { attestationBody, checkpointBody, clientClock, cover, signedAttestation, signedCheckpoint } from '@leanvibe/protocol/checkpoint';
import { consentedCard, DEVICE_KINDS, deviceCard, linkBody, operation, ROLES, signedLink } from '@leanvibe/protocol/link';
import { epochSecrets, pairingMessage } from '@leanvibe/protocol/pairing';
import { BYE_CODES, cursor, logMessage, rangeAnswer, rangeSum, sessionMessage } from '@leanvibe/protocol/peer';
import { keyProof, ownedMailbox, relayDown, relayUp } from '@leanvibe/protocol/relay';
import { ROOT } from '../../help/root.js';

const spec = readFileSync(join(ROOT, 'protocol/SPEC.md'), 'utf8');

function sectionOf(heading: string): string {
  const from = spec.indexOf(`### ${heading}\n`);
  return spec.slice(from + 4, spec.indexOf('\n#', from + 4));
}

/** The text between `open` at `at` and its closing bracket, nesting counted. */
function inside(text: string, at: number): string {
  let depth = 0;
  for (let end = at; end < text.length; end++) {
    if ('{<('.includes(text.charAt(end))) depth++;
    if ('}>)'.includes(text.charAt(end)) && --depth === 0) return text.slice(at + 1, end);
  }
  throw new Error('a bracket that never closes');
}

/** Splits at a separator that is not inside brackets. */
function split(text: string, separator: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    if ('{<('.includes(text.charAt(at))) depth++;
    if ('}>)'.includes(text.charAt(at))) depth--;
    if (depth === 0 && text.charAt(at) === separator) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  return text === '' ? [] : [...parts, text.slice(from)];
}

/** `0 slot, 2? through` of a record's words. */
function keysOf(words: string): string {
  const fields = split(inside(words, words.indexOf('{')), ',').map((field) => field.split(':').slice(0, 2).join(' '));
  return fields.length === 0 ? 'none' : fields.join(', ');
}

function casesOf(words: string): readonly string[] {
  return split(inside(words, 0), '|').map((one) => {
    const [code = '', type = ''] = one.split(':');
    return `| \`${type}\` | ${code} | ${keysOf(one)} |`;
  });
}

const rowsOf = (heading: string): readonly string[] =>
  sectionOf(heading)
    .split('\n')
    .filter((line) => line.startsWith('| `'));

test.each([
  ['Messages of a session', sessionMessage],
  ['Messages of a log conversation', logMessage],
  ['Messages to a relay', relayUp],
  ['Messages from a relay', relayDown],
  ['Messages of pairing', pairingMessage],
  ['Operations of a link', operation],
] as const)('W16 W21 %s', (heading, shape) => {
  expect(rowsOf(heading)).toEqual(casesOf(shape.text));
});

test('W2 W21 Records', () => {
  const records = {
    deviceCard,
    consentedCard,
    linkBody,
    signedLink,
    claim,
    changeToken,
    changeBody,
    signedChange,
    part,
    announcementBody,
    signedAnnouncement,
    cursor,
    rangeSum,
    rangeAnswer,
    keyProof,
    ownedMailbox,
    epochSecrets,
    cover,
    clientClock,
    checkpointBody,
    signedCheckpoint,
    attestationBody,
    signedAttestation,
  };
  expect(rowsOf('Records')).toEqual(Object.entries(records).map(([name, shape]) => `| \`${name}\` | ${keysOf(shape.text)} |`));
});

test('W21 the numbers of roles, kinds, CRDTs and byes', () => {
  const counted = (words: readonly string[]): string => words.map((word, at) => `${at} ${word}`).join(', ');
  expect(spec).toContain(`Roles by number: ${counted(ROLES)}.`);
  expect(spec).toContain(`Kinds of device: ${counted(DEVICE_KINDS)}.`);
  expect(spec).toContain(`${counted(BYE_CODES)}.`);
  for (const [kind, code] of Object.entries(CRDT_KINDS)) expect(spec.toLowerCase()).toMatch(new RegExp(`crdt kinds:[^.]*${code} ${kind}`));
});
