// How long a page takes to its first screen on a slow machine, beside one that has nothing to do.

import { once } from 'node:events';
import { createServer } from 'node:http';

const slowness = 6;  // times slower than this machine
const rounds = 5;
const shownWithinMs = 60_000;

const bare = '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>-</title>' +
  '<body><h1 class="frame" data-screen="start">欢迎使用智能书柜</h1>';

// In the page, before its own scripts: says when the frame that shows the start has been drawn.
const watch = `(() => {
  const look = () => {
    if (!document.querySelector('.frame[data-screen="start"]')) return requestAnimationFrame(look);
    requestAnimationFrame(() => shown(String(performance.now())));
  };
  requestAnimationFrame(look);
})()`;

// By the debugger's own words: what Playwright does in a page would be throttled too.
async function oneLoad(browser, url) {
  const context = await browser.newContext({ serviceWorkers: 'block' });
  try {
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    await devtools.send('Page.enable');
    await devtools.send('Runtime.enable');
    await devtools.send('Runtime.addBinding', { name: 'shown' });
    await devtools.send('Page.addScriptToEvaluateOnNewDocument', { source: watch });
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: slowness });
    const shown = once(devtools, 'Runtime.bindingCalled',
      { signal: AbortSignal.timeout(shownWithinMs) });
    await devtools.send('Page.navigate', { url });
    const [{ payload }] = await shown;
    return Number(payload);
  } finally {
    await context.close();
  }
}

const median = (all) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)];

// Milliseconds of the page and of a page with one line and nothing else, in turn, so that what
// else goes on here is in both.
export async function firstScreen(browser, url) {
  const server = createServer((_, response) => {
    response.setHeader('Content-Type', 'text/html; charset=utf-8').end(bare);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const floorUrl = `http://127.0.0.1:${server.address().port}/`;
  const shown = [], floor = [];
  try {
    for (let round = 0; round < rounds; ++round) {
      floor.push(await oneLoad(browser, floorUrl));
      shown.push(await oneLoad(browser, url));
    }
  } finally {
    server.close();
  }
  return { shown: median(shown), floor: median(floor) };
}
