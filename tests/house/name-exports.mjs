/** Run by hand: names in core/package.json, one by one, every file of core that a shell imports; the diff is for a person to judge. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const manifestPath = join(root, 'core/package.json');
const manifest = JSON.parse(readFileSync(manifestPath, 'utf8'));
const used = new Set();
for (const shell of ['agent', 'relay', 'pwa', 'ios-bridge']) {
  for (const file of sourcesOf(join(root, shell))) {
    for (const [, path] of readFileSync(file, 'utf8').matchAll(/['"]@leanvibe\/core\/(?!internal\/)([^'"]+)['"]/g)) used.add(path);
  }
}
const named = [...used].sort().map((path) => [`./${path}`, { types: `./dist/${path}.d.ts`, default: `./dist/${path}.js` }]);
manifest.exports = Object.fromEntries([...named, ['./internal/*', manifest.exports['./internal/*']]]);
writeFileSync(manifestPath, `${JSON.stringify(manifest, null, 2)}\n`);
process.stdout.write(`core/package.json names ${named.length} files\n`);

function sourcesOf(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const inSrc = (entry) => entry.parentPath.startsWith(join(folder, 'src'));
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && inSrc(entry))
    .map((entry) => join(entry.parentPath, entry.name));
}
