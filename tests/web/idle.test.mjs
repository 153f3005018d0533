// What the screen says when nobody stands there, and what it sounds like when it may.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { hours, openBrowser, sizes, until, visit } from './rig.mjs';

let browser;
before(async () => { browser = await openBrowser(); });
after(() => browser.close());

const at = (t, fitted, options) =>
  visit(t, browser, { limits: { close_within_s: 10 }, fitted, options });

test('who passes by reads the hours, the free compartments and what is kept', async (t) => {
  const { screen } = await at(t);
  await screen.page.getByText(`开放时间 ${hours['zh-CN']}`).waitFor();
  await screen.page.getByText('空柜格：小 6，中 6，大 4').waitFor();
  await screen.page.getByText('取书码和证件号不会保留在屏幕上').waitFor();
  await screen.touch('English');
  await screen.page.getByText(`Open: ${hours.en}`).waitFor();
  assert.equal(await screen.page.locator('.bulletin').count(), 0);
});

const chinese = '12月1日起本柜移至玉山公园东门，届时暂停使用两天。';
const english =
  'From 1 December this cabinet moves to the east gate of the park, and rests for two days.';

test('a notice of dispatch stands on the start screen alone, in the right language', async (t) => {
  const { cabinet, screen } = await at(t);
  await cabinet.ctl('notice', '--chinese', chinese, '--english', english);
  const shown = screen.page.locator('.bulletin');
  await shown.waitFor();
  for (const viewport of Object.values(sizes)) {
    await screen.page.setViewportSize(viewport);
    assert.equal(await shown.innerText(), chinese);
    const box = await shown.boundingBox();
    assert.ok(box.y >= 0 && box.y + box.height <= viewport.height, 'cut off');
  }
  await screen.touch('English');
  await until('the English one', async () => await shown.innerText() === english);
  await cabinet.ctl('notice', '--chinese', chinese);
  // In the other language rather than not at all.
  await until('the Chinese one', async () => await shown.innerText() === chinese);
  await screen.touch('Collect');
  await screen.shows('code');
  assert.equal(await shown.count(), 0);
  await screen.touch('Back');
  await shown.waitFor();
  await cabinet.ctl('notice');
  await until('nothing any more', async () => await shown.count() === 0);
});

// Writes down the first tone of every sound, instead of sounding it.
function listen() {
  globalThis.heard = [];
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function begin(when) {
    globalThis.heard.push(this.frequency.value);
    return start.call(this, when);
  };
}
const heard = (screen) => screen.page.evaluate(() => globalThis.heard.join(' '));

async function collect(cabinet, screen) {
  const door = await cabinet.store('D-1', { code: '11112222' });
  await screen.shows('start');
  await screen.page.evaluate(() => { globalThis.heard.length = 0; });
  await screen.touch('取书');
  await screen.enter('11112222');
  await screen.shows('left_open');
  await cabinet.hand(door, 'take');
  await cabinet.hand(door, 'shut');
  await screen.shows('start');
}

test('an opened, a forgotten and a shut door each have a sound where the cabinet has them',
  async (t) => {
    const { cabinet, screen } = await at(t, { sounds: true }, { before: listen });
    await collect(cabinet, screen);
    assert.equal(await heard(screen), '660 990 880 880 880 660 440');
    assert.deepEqual(screen.troubles, []);
  });

test('a cabinet is silent unless its configuration says otherwise', async (t) => {
  const { cabinet, screen } = await at(t, {}, { before: listen });
  await collect(cabinet, screen);
  assert.equal(await heard(screen), '');
});
