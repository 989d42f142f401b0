/** `npm run lint`: eslint for meaning and biome for form, side by side. */
import { lintJobs } from './checks.mjs';
import { root } from '../../agent/setup/prepare.mjs';

const results = await Promise.all(lintJobs(root).map((job) => job.run()));
for (const result of results) if (!result.ok) process.stdout.write(`${result.name}:\n${result.output}\n`);
process.stdout.write(results.map((result) => `  ${result.ok ? '✓' : '✗'} ${result.name} ${result.seconds.toFixed(1)} s\n`).join(''));
process.exitCode = results.every((result) => result.ok) ? 0 : 1;
