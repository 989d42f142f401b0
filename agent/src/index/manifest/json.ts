/** package.json and composer.json. */
import { type Found, keysOf, memberOf, textOf } from './found.js';

const NPM_FIELDS = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'];

function parse(text: string): unknown {
  const value: unknown = JSON.parse(text.replace(/^\ufeff/, ''));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new SyntaxError('not an object');
  return value;
}

export function readNpm(text: string): Found {
  const json = parse(text);
  return {
    name: textOf(memberOf(json, 'name')),
    version: textOf(memberOf(json, 'version')),
    dependencies: NPM_FIELDS.flatMap((field) => keysOf(memberOf(json, field))),
  };
}

/** `php` and `ext-…` name the platform, not packages. */
export function readComposer(text: string): Found {
  const json = parse(text);
  const names = ['require', 'require-dev'].flatMap((field) => keysOf(memberOf(json, field)));
  return {
    name: textOf(memberOf(json, 'name')),
    version: textOf(memberOf(json, 'version')),
    dependencies: names.filter((name) => name.includes('/')),
  };
}
