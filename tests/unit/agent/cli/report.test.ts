/** The report for asking others for help names nobody: no person, space, device, relay or address. */
import { redactor } from '@leanvibe/agent/internal/cli/base/report';
import type { StatusView } from '@leanvibe/agent/internal/control/views';
import { expect, test } from 'vitest';

const status = {
  name: 'Anas Mac',
  person: { id: 'p', name: 'Ana Nowak' },
  peers: [{ name: 'laptop of Bob' }],
  projects: [{ name: 'secret-plan', path: '/home/ana/plan' }],
  spaces: [{ name: 'Team Rocket' }],
  requests: [{ personName: 'Carol', deviceName: 'carols phone', spaceName: 'Team Rocket' }],
  spaceJoins: [{ hostName: 'Dave', spaceName: 'Board Room' }],
  relays: [
    {
      origin: 'https://post.nowak.example:8443',
      email: 'ana@nowak.example',
      account: '0f8fad5b-d9cb-469f-a165-70867728950e',
      device: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
      mailboxes: [{ spaceName: 'Old Gang' }],
    },
  ],
} as unknown as StatusView;

test('checks and logs are told without the names of people, spaces and relays', () => {
  const hide = redactor(['ana-macbook'], status);
  const said = [
    'https://post.nowak.example:8443, Team Rocket: full; Old Gang at post.nowak.example: 3 of 4',
    'signed in as ana@nowak.example, 0f8fad5b-d9cb-469f-a165-70867728950e on 7c9e6679-7425-40de-944b-e07fc1f90ae7',
    '{"event":"relay-lost","origin":"https://post.nowak.example:8443","why":"nothing answers there"}',
    'Carol with carols phone, Dave of Board Room, Ana Nowak, Anas Mac, laptop of Bob, secret-plan on ana-macbook',
  ].map(hide);
  for (const line of said)
    expect(line).not.toMatch(/nowak|rocket|gang|board|carol|dave|bob|anas|secret-plan|macbook|8443|0f8fad5b|7c9e6679/i);
  expect(said[2]).toContain('nothing answers there');
});

test('a log is told without relays and addresses though no agent runs to say which there are', () => {
  const hide = redactor([], null);
  expect(hide('{"origin":"https://post.example","why":"x"} wss://other.example/sync ana@post.example')).toBe(
    '{"origin":"…","why":"x"} … …',
  );
});
