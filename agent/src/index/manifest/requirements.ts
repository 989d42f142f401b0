/** requirements.txt: one requirement a line. */
import type { Found } from './found.js';

/** `Django[bcrypt]>=3 ; python_version > "3"` → `Django`; null for options, links and comments. */
export function requirementName(requirement: string): string | null {
  return /^[ \t]*([A-Za-z0-9][A-Za-z0-9._-]{0,199})[ \t]*(?:$|[[(<>=!~;@# \t,])/.exec(requirement)?.[1] ?? null;
}

export function readRequirements(text: string): Found {
  return { name: null, version: null, dependencies: text.split(/\r?\n/).flatMap((line) => requirementName(line.slice(0, 1_000)) ?? []) };
}
