/** The status page, rendered whole so that it reads without scripts; everything people wrote is escaped by the template. */
import { html } from 'hono/html';
import type { PageData } from './data.js';
import type { DeviceRow, PeerStatus, ProjectView, StatusView } from '../views.js';
import { ago, count, size } from './words.js';

type Html = ReturnType<typeof html>;

export function renderPage({ status, devices }: PageData): Html {
  const now = Date.now();
  return page(
    status.name,
    html`<header>
        <h1><bdi>${status.name}</bdi></h1>
        <p class="badge ${badge(status).kind}" role="status">${badge(status).words}</p>
      </header>
      <main id="live">
        ${status.alarms.length === 0 ? '' : html`<section class="alarms">${status.alarms.map((one) => html`<p class="red">! ${one.message}</p>`)}</section>`}
        <section>
          <h2>Projects</h2>
          ${status.projects.length === 0 ? html`<p class="empty">No projects yet. In a folder of yours, run <code>leanvibe add</code></p>` : html`<ul>${status.projects.map((one) => project(one, now))}</ul>`}
        </section>
        <section>
          <h2>Devices</h2>
          <ul>${devices.map((one) => device(one, status.peers, now))}</ul>
          ${devices.length > 1 ? '' : html`<p class="empty">To add another device, run <code>leanvibe pair</code></p>`}
        </section>
        <footer class="small">
          <p>${count(status.storage.entries, 'sealed entry', 'sealed entries')}, ${size(status.storage.bytes)} · LeanVibe ${status.version} · up ${ago(now - status.uptimeSeconds * 1000, now).replace(' ago', '')}</p>
        </footer>
      </main>
      <script src="/page/page.js" type="module"></script>`,
  );
}

export function renderSignIn(): Html {
  return page(
    'LeanVibe',
    html`<header><h1>LeanVibe</h1></header><main><section><p>This page opens from your terminal. Run <code>leanvibe open</code> and follow the new link: each works once.</p></section></main>`,
  );
}

function page(title: string, body: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · LeanVibe</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/page/page.css" />
      </head>
      <body>${body}</body>
    </html>`;
}

function badge({ standing, peers, inStep }: StatusView): { readonly kind: string; readonly words: string } {
  const here = peers.filter((peer) => peer.state !== 'offline').length;
  if (standing === 'removed') return { kind: 'red', words: '✗ this device was removed' };
  if (peers.length === 0) return { kind: 'grey', words: '✓ saved here · only on this device' };
  if (here === 0) return { kind: 'amber', words: '• saved here · waiting for your other devices' };
  return inStep
    ? { kind: 'green', words: `✓ saved here · with ${count(here, 'device', 'devices')}` }
    : { kind: 'blue', words: '• saved here · syncing' };
}

function project(one: ProjectView, now: number): Html {
  const top = one.languages
    .slice(0, 3)
    .map((language) => language.name)
    .join(', ');
  const facts = [count(one.files, 'file', 'files'), count(one.lines, 'line', 'lines'), top].filter((part) => part !== '').join(' · ');
  const work = [
    one.tasks.open > 0 ? count(one.tasks.open, 'open task', 'open tasks') : '',
    one.suggestions.pending > 0 ? count(one.suggestions.pending, 'suggestion', 'suggestions') : '',
  ]
    .filter((part) => part !== '')
    .join(' · ');
  const state =
    one.indexing === null
      ? one.indexedAt === null
        ? 'not indexed yet'
        : `indexed ${ago(Date.parse(one.indexedAt), now)}`
      : `indexing ${one.indexing.done} of ${one.indexing.total}`;
  return html`<li>
    <div class="row"><strong><bdi>${one.name}</bdi></strong><span class="small side">${one.git?.branch ?? ''}${one.git?.dirty === true ? ' · changed' : ''}</span></div>
    <p class="${work === '' ? 'empty' : ''}">${work === '' ? 'no open tasks' : work}</p>
    <p class="small">${facts} · ${state}</p>
  </li>`;
}

function device(one: DeviceRow, peers: readonly PeerStatus[], now: number): Html {
  const peer = peers.find(({ deviceId }) => deviceId === one.deviceId);
  return html`<li>
    <div class="row"><strong><bdi>${one.name}</bdi></strong><span class="small">${one.type}</span></div>
    <p class="small">${deviceState(one, peer, now)}</p>
  </li>`;
}

function deviceState(one: DeviceRow, peer: PeerStatus | undefined, now: number): string {
  if (one.thisDevice) return 'this device';
  if (one.revoked) return '✗ revoked';
  if (peer === undefined || peer.state === 'offline')
    return one.lastSeen === null ? 'not seen yet' : `last seen ${ago(Date.parse(one.lastSeen), now)}`;
  if (peer.state === 'silent') return '• not answering';
  if (peer.state === 'in-step') return '✓ has everything';
  return peer.pending > 0 ? `• ${count(peer.pending, 'entry', 'entries')} on the way` : '• syncing';
}
