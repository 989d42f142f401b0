/** `leanvibe version`, `id`, `paths`: what this program is, who this device is, where things are. */
import { WIRE_VERSION } from '@leanvibe/protocol/version';
import { VERSION } from '../../daemon/version.js';
import type { CommandSpec } from '../base/spec.js';
import { safe } from '../term/safe.js';
import { cutMiddle, padEnd } from '../term/width.js';

export const version: CommandSpec = {
  words: ['version'],
  summary: "this program's version",
  json: true,
  async run({ cli, json }) {
    if (json)
      cli.json({ version: VERSION, protocol: WIRE_VERSION, node: process.versions.node, platform: process.platform, arch: process.arch });
    else
      cli.line(`  leanvibe ${VERSION} · protocol ${WIRE_VERSION} · Node ${process.versions.node} on ${process.platform} ${process.arch}`);
  },
};

export const id: CommandSpec = {
  words: ['id'],
  summary: 'who this device is',
  json: true,
  async run({ cli, agent, json }) {
    const view = await agent.ask('id', {});
    if (json) return cli.json(view);
    cli.line(`  ${safe(view.name)} · ${safe(view.words)}`);
    if (view.personName !== view.name) cli.line(`  other people see you as ${safe(view.personName)}`);
    cli.line(`  ${view.deviceId}`);
  },
};

export const paths: CommandSpec = {
  words: ['paths'],
  summary: 'where LeanVibe keeps what',
  json: true,
  async run({ cli, paths: all, json }) {
    const view = { home: all.home, store: all.store, config: all.config, logs: all.log, secrets: all.secrets, token: all.token };
    if (json) return cli.json(view);
    for (const [name, path] of Object.entries(view)) cli.line(`  ${padEnd(name, 8)}${cutMiddle(safe(path), cli.columns - 10)}`);
  },
};
