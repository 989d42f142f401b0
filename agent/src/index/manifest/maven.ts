/** pom.xml: only element nesting and text are looked at; entities and doctypes are never acted on. */
import type { Found } from './found.js';

const DEPTH_MAX = 64;

function withoutComments(text: string): string {
  let out = '';
  for (let at = 0; ; ) {
    const start = text.indexOf('<!--', at);
    if (start === -1) return out + text.slice(at);
    out += text.slice(at, start);
    const end = text.indexOf('-->', start + 4);
    if (end === -1) throw new SyntaxError('a comment does not end');
    at = end + 3;
  }
}

/** Calls `leaf` with each element's path and the text before its closing tag. */
function eachLeaf(xml: string, leaf: (path: string, text: string) => void): void {
  const path: string[] = [];
  for (let open = xml.indexOf('<'); open !== -1; ) {
    const close = xml.indexOf('>', open);
    if (close === -1) throw new SyntaxError('a tag does not end');
    const tag = xml.slice(open + 1, close);
    const next = xml.indexOf('<', close);
    if (tag.startsWith('/')) path.pop();
    else if (!tag.startsWith('?') && !tag.startsWith('!') && !tag.endsWith('/')) {
      path.push(tag.split(/[ \t\r\n]/, 1)[0] ?? '');
      if (path.length > DEPTH_MAX) throw new SyntaxError('nested too deep');
      leaf(path.join('/'), xml.slice(close + 1, next === -1 ? xml.length : next).trim());
    }
    open = next;
  }
  if (path.length > 0) throw new SyntaxError('an element does not end');
}

/** Dependencies as `group:artifact`, managed ones and profiles' included. */
export function readMaven(text: string): Found {
  const dependencies: string[] = [];
  const own = new Map<string, string>();
  let group = '';
  eachLeaf(withoutComments(text), (path, value) => {
    if (/^project\/(?:parent\/)?(?:artifactId|version)$/.test(path)) own.set(path, value);
    if (path.endsWith('/dependencies/dependency')) group = '';
    if (path.endsWith('/dependencies/dependency/groupId')) group = value;
    if (path.endsWith('/dependencies/dependency/artifactId')) dependencies.push(group === '' ? value : `${group}:${value}`);
  });
  return {
    name: own.get('project/artifactId') ?? null,
    version: own.get('project/version') ?? own.get('project/parent/version') ?? null,
    dependencies,
  };
}
