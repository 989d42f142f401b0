/** One spelling for the many ways to write a remote, with everything secret or personal left out. */

const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;

function tidyPath(path: string): string {
  const plain = path.split(/[?#]/, 1)[0] ?? '';
  return plain
    .replace(/\/+/g, '/')
    .replace(/^\//, '')
    .replace(/\/$/, '')
    .replace(/\.git$/i, '');
}

/** `https://user:token@GitHub.com:443/a/b.git` and `git@github.com:a/b` both give `github.com/a/b`; null for local paths and what is not understood. */
export function normaliseRemote(url: string): string | null {
  const text = url.trim();
  if (text.length === 0 || text.length > 2_000 || /[\u0000-\u0020\u007f]/.test(text)) return null;
  if (SCHEME.test(text)) {
    if (/^file:/i.test(text) || !URL.canParse(text)) return null;
    const parsed = new URL(text);
    const path = tidyPath(parsed.pathname);
    return parsed.hostname === '' || path === '' ? null : `${parsed.hostname.toLowerCase()}/${path}`;
  }
  // scp's spelling: a colon before the first slash, and no helper (`ext::program`), which could say anything.
  const colon = text.indexOf(':');
  const slash = text.indexOf('/');
  if (colon < 2 || (slash !== -1 && slash < colon) || text[colon + 1] === ':') return null;
  const host = text.slice(text.lastIndexOf('@', colon) + 1, colon).toLowerCase();
  const path = tidyPath(text.slice(colon + 1));
  return /^[a-z0-9.-]+$/.test(host) && path !== '' ? `${host}/${path}` : null;
}
