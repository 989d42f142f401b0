/** The page at /docs: fetches /openapi.json and lists its routes. Texts are set as text, never as markup. */

export const DOCS_HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>LeanVibe relay: the API</title>
<link rel="stylesheet" href="/docs/page.css">
<script src="/docs/page.js" defer></script>
</head>
<body>
<main>
<h1>LeanVibe relay</h1>
<p id="about">The description is being fetched from <a href="/openapi.json">openapi.json</a>.</p>
<div id="routes"></div>
</main>
</body>
</html>
`;

export const DOCS_CSS = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; }
details { border-top: 1px solid #8884; padding: 0.5rem 0; }
summary { cursor: pointer; overflow-wrap: anywhere; }
code, pre { font: 0.875rem/1.5 ui-monospace, monospace; }
pre { overflow-x: auto; padding: 0.75rem; background: #8881; }
`;

export const DOCS_JS = `'use strict';
const make = (tag, text, ...inside) => {
  const element = document.createElement(tag);
  if (text) element.textContent = text;
  element.append(...inside);
  return element;
};
const block = (title, value) => [make('h4', title), make('pre', JSON.stringify(value, null, 2))];
function route(method, path, operation) {
  const inside = make('details', '', make('summary', '', make('code', method.toUpperCase() + ' ' + path), ' ' + operation.summary));
  const scope = operation['x-scope'] ? ', scope ' + operation['x-scope'] : '';
  inside.append(make('p', 'Token: ' + operation['x-auth'] + scope + '. Limit: ' + operation['x-limit'] + '.'));
  if (operation.parameters) inside.append(...block('Parameters', operation.parameters));
  if (operation.requestBody) inside.append(...block('Body', operation.requestBody.content));
  for (const [status, answer] of Object.entries(operation.responses)) {
    if (status < 300) inside.append(...block('Answer ' + status, answer.content || {}));
    else inside.append(make('p', status + ': ' + answer.description));
  }
  return inside;
}
async function show() {
  const about = document.getElementById('about');
  const answer = await fetch('/openapi.json');
  if (!answer.ok) throw new Error('openapi.json was answered with ' + answer.status);
  const document_ = await answer.json();
  about.textContent = document_.info.description + ' Version ' + document_.info.version + '.';
  const byTag = new Map();
  for (const [path, methods] of Object.entries(document_.paths))
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags[0];
      byTag.set(tag, [...(byTag.get(tag) || []), route(method, path, operation)]);
    }
  const routes = document.getElementById('routes');
  for (const [tag, list] of byTag) routes.append(make('h2', tag), ...list);
  routes.append(make('h2', 'Schemas'), make('pre', JSON.stringify(document_.components.schemas, null, 2)));
}
show().catch((error) => {
  document.getElementById('about').textContent = 'The description could not be shown: ' + error.message;
});
`;
