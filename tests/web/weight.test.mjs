// What the page weighs on its way, and how soon its first screen is there.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { firstScreen } from './first_screen.mjs';
import { Cabinet, openBrowser } from './rig.mjs';

const pageBytesMost = 60_000;

let browser;
before(async () => { browser = await openBrowser(); });
after(() => browser.close());

async function at(t) {
  const cabinet = await Cabinet.start();
  t.after(() => cabinet.stop());
  return cabinet;
}

test('the page is light, as it is sent, and sent compressed', async (t) => {
  const cabinet = await at(t);
  const context = await browser.newContext({ serviceWorkers: 'block' });
  t.after(() => context.close());
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send('Network.enable');
  let sent = 0;
  devtools.on('Network.loadingFinished', (load) => { sent += load.encodedDataLength; });
  const parts = new Map();
  page.on('response', (response) => {
    parts.set(new URL(response.url()).pathname, response.headers()['content-encoding']);
  });
  await page.goto(cabinet.url);
  await page.waitForSelector('.frame[data-screen="start"]');
  await page.waitForLoadState('networkidle');
  t.diagnostic(`${sent} bytes sent, heads included`);
  assert.ok(sent > 0 && sent <= pageBytesMost, `${sent} bytes`);
  for (const part of ['/', '/kiosk.js', '/page.js', '/kiosk.css']) {
    assert.equal(parts.get(part), 'gzip', part);
  }
});

test('the first screen comes, beside a page that has nothing to do', async (t) => {
  const cabinet = await at(t);
  const { shown, floor } = await firstScreen(browser, cabinet.url);
  t.diagnostic(`first screen after ${shown.toFixed(0)} ms, throttled sixfold; a page of one line ` +
    `after ${floor.toFixed(0)} ms: ${(shown / floor).toFixed(2)} times that`);
  assert.ok(shown > 0);
});
