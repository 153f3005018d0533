// Keeps the page in the browser: when the daemon is down, it says so, and whom to call.

const worker = self as unknown as ServiceWorkerGlobalScope;
const kept = 'kiosk';
const files = ['/', '/kiosk.js', '/page.js', '/kiosk.css', '/icon.svg'];

worker.addEventListener('install', (event) => {
  void worker.skipWaiting();
  event.waitUntil(caches.open(kept).then((cache) => cache.addAll(files)));
});

worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()));

// The daemon's own first, so that an upgrade shows at once.
async function answerTo(request: Request): Promise<Response> {
  const cache = await caches.open(kept);
  const path = new URL(request.url).pathname;
  try {
    const fresh = await fetch(request);
    if (fresh.ok && files.includes(path)) await cache.put(path, fresh.clone());
    return fresh;
  } catch {
    return (await cache.match(path)) ?? Response.error();
  }
}

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const isPage = request.method === 'GET' && files.includes(new URL(request.url).pathname);
  if (isPage) event.respondWith(answerTo(request));
});
