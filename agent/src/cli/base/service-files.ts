/** The files launchd and systemd want, with every path quoted as each of them reads it. */
import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Env } from './cli.js';

export interface ServiceInput {
  readonly platform: string;
  readonly env: Env;
  /** Node's own path. */
  readonly node: string;
  readonly program: string;
  readonly home: string;
}

export interface Service {
  readonly path: string;
  readonly text: string;
  /** Commands that start it, stop it, and tidy up once the file is gone. */
  readonly load: readonly (readonly string[])[];
  readonly unload: readonly (readonly string[])[];
  readonly after: readonly (readonly string[])[];
}

/** Null on systems without either. */
export function serviceHere(input: ServiceInput): Service | null {
  if (input.platform === 'darwin') return launchd(input);
  return input.platform === 'linux' ? systemd(input) : null;
}

/** Agents of several homes do not overwrite each other's service. */
function suffix(home: string): string {
  return home === join(homedir(), '.leanvibe') ? '' : `-${createHash('sha256').update(home).digest('hex').slice(0, 8)}`;
}

function systemd({ env, node, program, home }: ServiceInput): Service {
  const unit = `leanvibe${suffix(home)}.service`;
  const folder =
    env['XDG_CONFIG_HOME'] === undefined || env['XDG_CONFIG_HOME'] === '' ? join(homedir(), '.config') : env['XDG_CONFIG_HOME'];
  // systemd.syntax(7), systemd.service(5): percent and dollar signs and backslashes mean something inside quotes too.
  const quote = (text: string): string =>
    `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`;
  const text = `[Unit]
Description=LeanVibe agent
After=network.target

[Service]
ExecStart=${[node, program, 'start', '--headless', '--home', home].map(quote).join(' ')}
Restart=on-failure
RestartSec=5
TimeoutStopSec=30

[Install]
WantedBy=default.target
`;
  const control = (...args: readonly string[]): readonly string[] => ['systemctl', '--user', ...args];
  return {
    path: join(folder, 'systemd', 'user', unit),
    text,
    load: [control('daemon-reload'), control('enable', '--now', unit)],
    unload: [control('disable', '--now', unit)],
    after: [control('daemon-reload')],
  };
}

function launchd({ node, program, home }: ServiceInput): Service {
  const label = `dev.leanvibe.agent${suffix(home)}`;
  const path = join(homedir(), 'Library', 'LaunchAgents', `${label}.plist`);
  const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const words = [node, program, 'start', '--headless', '--home', home].map((word) => `    <string>${escape(word)}</string>`).join('\n');
  const text = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${label}</string>
  <key>ProgramArguments</key>
  <array>
${words}
  </array>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ProcessType</key>
  <string>Background</string>
</dict>
</plist>
`;
  const domain = `gui/${process.getuid?.() ?? 0}`;
  return {
    path,
    text,
    load: [['launchctl', 'bootstrap', domain, path]],
    unload: [['launchctl', 'bootout', `${domain}/${label}`]],
    after: [],
  };
}
