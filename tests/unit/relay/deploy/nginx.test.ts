/** A real nginx with the cluster's own configuration, three relays behind it, and the probe coming through it as clients do. */
import { chmod, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { leftOut } from '../../../help/needs.js';
import { run, start } from '../../../help/program.js';
import { createWell, listen } from '../../../help/relay-well.js';
import { tempFolder } from '../../../help/temp.js';
import { until } from '../../../help/wait.js';
import { DEPLOY } from './files.js';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The configuration with this machine's ports, paths and a certificate made now; nothing else is changed. */
async function configured(relays: readonly string[], ports: readonly [number, number]): Promise<string> {
  const folder = await tempFolder('nginx');
  await mkdir(join(folder, 'tmp'));
  // Its workers are another user when it is started by root.
  for (const path of [folder, join(folder, 'tmp')]) await chmod(path, 0o777);
  await cp(join(DEPLOY, 'nginx/nginx.conf'), join(folder, 'nginx.conf'));
  const made = [
    'req',
    '-x509',
    '-newkey',
    'ed25519',
    '-nodes',
    '-days',
    '1',
    '-subj',
    '/CN=localhost',
    '-addext',
    'subjectAltName=IP:127.0.0.1',
  ];
  const tls = await run('openssl', [...made, '-keyout', join(folder, 'relay.key'), '-out', join(folder, 'relay.crt')]);
  expect(tls.code, tls.stderr).toBe(0);
  let text = await readFile(join(folder, 'nginx.conf'), 'utf8');
  for (const [at, relay] of relays.entries()) text = text.replace(`relay-${at + 1}:8787`, new URL(relay).host);
  text = text
    .replace('listen 8080;', `listen 127.0.0.1:${ports[0]};`)
    .replace('listen 8443 ssl;', `listen 127.0.0.1:${ports[1]} ssl http2;`)
    // Debian 12's nginx is older than this spelling.
    .replace('    http2 on;\n', '')
    // A test's streams are sockets, which cannot be opened by name.
    .replace('/dev/stdout', join(folder, 'access.log'))
    .replace('/dev/stderr', join(folder, 'error.log'))
    .replaceAll(/(?<=\s)\/tmp\/(?=(client|proxy|fastcgi|uwsgi|scgi|nginx\.pid);)/g, `${join(folder, 'tmp')}/`)
    .replaceAll('/etc/nginx/tls', folder);
  await writeFile(join(folder, 'nginx.conf'), text);
  return folder;
}

describe.skipIf(leftOut('deploy'))('nginx', () => {
  test('the probe finds everything right through it, WebSockets too; numbers stay inside; one copy down is not seen from outside', async () => {
    const wells = [createWell(), createWell(), createWell()];
    const relays = await Promise.all(wells.map((well) => listen(well)));
    const ports = [await freePort(), await freePort()] as const;
    const folder = await configured(
      relays.map(({ url }) => url),
      ports,
    );
    const conf = join(folder, 'nginx.conf');
    const tested = await run('nginx', ['-t', '-p', folder, '-c', conf]);
    expect(tested.code, tested.stderr).toBe(0);
    const nginx = start('nginx', ['-p', folder, '-c', conf, '-g', 'daemon off;']);
    const plain = `http://127.0.0.1:${ports[0]}`;
    await until('nginx listens', () =>
      fetch(plain, { redirect: 'manual' }).then(
        (answer) => answer.status === 308,
        () => false,
      ),
    );
    const base = `https://127.0.0.1:${ports[1]}`;
    // The probe as a program, as an operator runs it; the certificate is one of this test's own.
    const look = () =>
      run(process.execPath, [join(DEPLOY, '../bin/leanvibe-relay.js'), 'probe', base, '--json', '--require', '100', '--latency', '60000'], {
        env: { NODE_EXTRA_CA_CERTS: join(folder, 'relay.crt') },
      });
    const seen = await look();
    expect(seen.code, seen.stdout + seen.stderr).toBe(0);
    expect(JSON.parse(seen.stdout)).toMatchObject({ ok: true, passedPercent: 100 });
    const numbers = await run(process.execPath, ['-e', `fetch('${base}/metrics').then((a) => console.log(a.status))`], {
      env: { NODE_EXTRA_CA_CERTS: join(folder, 'relay.crt') },
    });
    expect(numbers.stdout.trim(), numbers.stderr).toBe('404');
    relays[0]?.server.closeAllConnections();
    await new Promise((resolve) => relays[0]?.server.close(resolve));
    const after = await look();
    expect(after.code, after.stdout + after.stderr).toBe(0);
    expect((await nginx.stop('SIGQUIT')).code).toBe(0);
  }, 60_000);
});
