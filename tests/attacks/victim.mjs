/** One whole agent in a process of its own, so that its main loop is nobody else's: prints where it is, and ends with its input. */
import { setFlagsFromString } from 'node:v8';
import { tellOwnLag } from './own-lag.mjs';

// As the `leanvibe` command does, before any thread starts.
setFlagsFromString('--max-semi-space-size=4');
const { runAgent } = await import('@leanvibe/agent/internal/daemon/run');

const [home, name] = process.argv.slice(2);
const agent = await runAgent({
  home,
  name,
  flags: { port: '0' },
  env: { LEANVIBE_SECRETS: 'file', LEANVIBE_LISTEN: '127.0.0.1', LEANVIBE_DISCOVERY: 'off' },
});
tellOwnLag('SIGUSR2');
process.stdout.write(`ready ${agent.port}\n`);
process.on('SIGTERM', () => void agent.stop().then(() => process.exit(0)));
