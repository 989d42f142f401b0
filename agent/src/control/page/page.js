/** Keeps the status page fresh: fetches the page again and swaps its body in, so that there is one rendering. */
if (location.search !== '') history.replaceState(null, '', '/');

const EVERY_MS = 3000;

async function refresh() {
  if (document.hidden) return;
  try {
    const answer = await fetch('/', { headers: { accept: 'text/html' } });
    if (!answer.ok) return location.reload();
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
    for (const part of ['header', 'main']) {
      const [now, next] = [document.querySelector(part), fresh.querySelector(part)];
      if (now && next && now.innerHTML !== next.innerHTML) now.replaceWith(document.importNode(next, true));
    }
    document.title = fresh.title;
  } catch {
    const badge = document.querySelector('.badge');
    if (badge) {
      badge.className = 'badge amber';
      badge.textContent = '• the agent does not answer: is it running?';
    }
  }
}

setInterval(refresh, EVERY_MS);
document.addEventListener('visibilitychange', refresh);
