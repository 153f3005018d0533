// The browser of the screen: Debian's Chromium under the policy that is shipped for it.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { chromiumPath, openBrowser, Cabinet, Screen, top } from './rig.mjs';

const run = promisify(execFile);
const shipped = JSON.parse(readFileSync(path.join(top, 'systemd/cabinet-screen.json'), 'utf8'));
const unit = readFileSync(path.join(top, 'systemd/cabinet-screen.service'), 'utf8');

// What would keep this test from looking; the names stay, so that they are looked up as well.
const letIn = { DeveloperToolsAvailability: 1, RemoteDebuggingAllowed: true };

// A Chromium that finds this policy where Debian's looks for it, in a file system of its own.
async function under(t, policy) {
  const home = mkdtempSync(path.join(tmpdir(), 'kiosk-policy.'));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const managed = path.join(home, 'etc/policies/managed');
  mkdirSync(managed, { recursive: true });
  writeFileSync(path.join(managed, 'cabinet-screen.json'), JSON.stringify(policy));
  const program = path.join(home, 'chromium');
  writeFileSync(program, `#!/bin/sh
exec unshare -rm sh -c '
  mount --bind "${home}/etc" /etc/chromium && exec "${chromiumPath}" "$@"' - "$@"
`);
  chmodSync(program, 0o755);
  const browser = await openBrowser({ executablePath: program, args: ['--no-sandbox'] });
  t.after(() => browser.close());
  return browser;
}

test('every policy for the screen’s browser is one that it knows and takes', async (t) => {
  const allowed = ['chrome://policy', ...shipped.URLAllowlist];
  const browser = await under(t, { ...shipped, ...letIn, URLAllowlist: allowed });
  const page = await browser.newPage();
  await page.goto('chrome://policy');
  await page.locator('policy-row').first().waitFor();
  const rows = await page.evaluate(() => {
    const below = (root) => [...root.querySelectorAll('*')].flatMap((one) =>
      [one, ...(one.shadowRoot ? below(one.shadowRoot) : [])]);
    return below(document).filter((one) => one.matches('policy-row')).map(({ shadowRoot }) =>
      ['#name', '.policy .messages'].map((part) => shadowRoot.querySelector(part).textContent));
  });
  const told = new Map(rows);
  const isTaken = (status) => ['OK', 'Deprecated'].includes(status);
  assert.deepEqual(Object.keys(shipped).filter((name) => !isTaken(told.get(name))), []);
});

test('the screen’s browser shows the cabinet and nothing else', async (t) => {
  const cabinet = await Cabinet.start();
  t.after(() => cabinet.stop());
  const elsewhere = createServer((_, response) => response.end('elsewhere')).listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
  t.after(() => elsewhere.close());
  const own = `127.0.0.1:${cabinet.port}`;
  const browser = await under(t, { ...shipped, ...letIn, URLAllowlist: [own] });
  const screen = await Screen.open(browser, cabinet);
  await screen.shows('start');
  const { port } = elsewhere.address();
  for (const url of [`http://127.0.0.1:${port}/`, 'http://example.org/',
    'chrome://version/', 'file:///etc/passwd', 'view-source:http://example.org/']) {
    // Its own pages turn into the browser's word that they are blocked.
    const tab = await screen.context.newPage();
    await assert.rejects(tab.goto(url), /ERR_BLOCKED_BY_ADMINISTRATOR/, url);
    await tab.close();
  }
  await screen.page.reload();
  await screen.shows('start');
});

test('policy, unit and example agree on where the page is', () => {
  const example = readFileSync(path.join(top, 'systemd/cabinetd.toml.example'), 'utf8');
  const port = /\[kiosk\][^[]*\nport = (\d+)/.exec(example)[1];
  assert.deepEqual(shipped.URLAllowlist, [`127.0.0.1:${port}`]);
  // The star alone leaves out the browser's own pages.
  assert.deepEqual(shipped.URLBlocklist, ['*', 'chrome://*']);
  assert.match(unit, new RegExp(`http://127\\.0\\.0\\.1:${port}/\\n`));
});

test('systemd finds nothing wrong with the screen’s unit', async () => {
  const checked = await run('systemd-analyze', ['verify', '--man=no',
    path.join(top, 'systemd/cabinet-screen.service')]).catch((trouble) => trouble);
  // What the unit names besides itself may not be installed where the tests run.
  const said = `${checked.stdout}${checked.stderr}`.split('\n')
    .filter((line) => line.includes('cabinet-screen'))
    .filter((line) => !/is not executable|Failed to find unit|not found/.test(line));
  assert.deepEqual(said, []);
});
