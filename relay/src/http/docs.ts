/** The API describes itself: the document for programs, and a page without foreign or inline script for people. */
import { defineRoute, type Route } from './route.js';
import { DOCS_CSS, DOCS_HTML, DOCS_JS } from './docs-page.js';

export function docsRoutes(describe: () => object): readonly Route[] {
  let text: string | null = null;
  const file = (path: string, summary: string, type: string, content: () => string): Route =>
    defineRoute({ method: 'get', path, tag: 'docs', summary, auth: 'none', limit: 'default', answer: { status: 200, type } }, () =>
      Promise.resolve(
        new Response(content(), { headers: { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'public, max-age=300' } }),
      ),
    );
  return [
    file('/openapi.json', 'This document', 'application/json', () => (text ??= JSON.stringify(describe()))),
    file('/docs', 'This document as a page', 'text/html', () => DOCS_HTML),
    file('/docs/page.js', 'Script of the page', 'text/javascript', () => DOCS_JS),
    file('/docs/page.css', 'Looks of the page', 'text/css', () => DOCS_CSS),
  ];
}
