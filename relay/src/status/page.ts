/** The status page: one HTML document without scripts, readable on a phone, in the dark, and when everything else is down. */
import { createHash } from 'node:crypto';
import type { PartState, Status } from '@leanvibe/protocol/http/health';

export const STATUS_CSS = `:root{color-scheme:light dark;--text:#1c2230;--soft:#5a6478;--page:#f7f8fa;--card:#fff;--line:#dfe3ea;--good:#176639;--slow:#7a4f00;--bad:#a4161a}
@media (prefers-color-scheme:dark){:root{--text:#e8ebf2;--soft:#a4adbf;--page:#12151c;--card:#1a1f29;--line:#2b3240;--good:#7fd6a2;--slow:#f0c060;--bad:#ff9a9a}}
body{margin:0;padding:32px 16px;background:var(--page);color:var(--text);font:16px/24px system-ui,sans-serif}
main{max-width:640px;margin:0 auto}h1{font-size:24px;line-height:32px;margin:0 0 16px}
ul{list-style:none;margin:0;padding:0;background:var(--card);border:1px solid var(--line);border-radius:8px}
li{padding:16px;border-top:1px solid var(--line)}li:first-child{border-top:0}
b{font-weight:600}p{margin:4px 0 0;color:var(--soft)}.working{color:var(--good)}.slow{color:var(--slow)}.down{color:var(--bad)}
footer{margin-top:16px;color:var(--soft);font-size:14px}`;

const SYMBOL: Readonly<Record<PartState, string>> = { working: '✓', slow: '!', down: '✗' };
const TITLE: Readonly<Record<PartState, string>> = {
  working: 'Everything works',
  slow: 'Something is slower than it should be',
  down: 'Something does not work',
};

/** Alone it carries its looks along, under a policy that lets nothing else load or run. */
const ALONE = `<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'sha256-${createHash('sha256').update(STATUS_CSS).digest('base64')}'"><style>${STATUS_CSS}</style>`;
const SERVED = '<link rel="stylesheet" href="/status/page.css">';

/** `alone`: as a file for a place where the relay does not serve it. */
export function statusPage({ overall, parts, at }: Status, options: { readonly alone: boolean }): string {
  const rows = parts.map(
    ({ name, state, words }) =>
      `<li><b>${escape(name)}</b> <span class="${state}">${SYMBOL[state]} ${state}</span>${words === '' ? '' : `<p>${escape(words)}</p>`}</li>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex"><meta http-equiv="refresh" content="60"><title>${TITLE[overall]} · LeanVibe relay</title>${options.alone ? ALONE : SERVED}</head>
<body><main><h1><span class="${overall}">${SYMBOL[overall]}</span> ${TITLE[overall]}</h1>
<ul>${rows.join('\n')}</ul>
<footer>As of <time datetime="${escape(at)}">${escape(at.replace('T', ' ').slice(0, 19))} UTC</time>. For programs: <code>/status.json</code></footer>
</main></body></html>
`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
