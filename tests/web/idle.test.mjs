// What the screen says when nobody stands there, and what it sounds like when it may.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Cabinet, hours, openBrowser, Screen, sizes, until } from './rig.mjs';

let browser;
before(async () => { browser = await openBrowser(); });
after(() => browser.close());

async function at(t, fitted, options) {
  const cabinet = await Cabinet.start({ close_within_s: 10 }, fitted);
  t.after(() => cabinet.stop());
  const screen = await Screen.open(browser, cabinet, options);
  t.after(() => screen.close());
  await screen.shows('start');
  return { cabinet, screen };
}

test('who passes by reads the hours, the free compartments and what is kept', async (t) => {
  const { screen } = await at(t);
  await screen.page.getByText(`开放时间 ${hours['zh-CN']}`).waitFor();
  await screen.page.getByText('空柜格：小 6，中 6，大 4').waitFor();
  await screen.page.getByText('取书码和证件号不会保留在屏幕上').waitFor();
  await screen.touch('English');
  await screen.page.getByText(`Open: ${hours.en}`).waitFor();
  assert.equal(await screen.page.locator('.bulletin').count(), 0);
});

const bulletin = {
  'zh-CN': '12月1日起本柜移至玉山公园东门，届时暂停使用两天。',
  en: 'From 1 December this cabinet moves to the east gate of the park, and rests for two days.',
};
const told = (push) => {
  push.screen.announcement = { chinese: bulletin['zh-CN'], english: bulletin.en };
  return push;
};

test('a notice of dispatch stands on the start screen alone, in the right language', async (t) => {
  const { screen } = await at(t, {}, { altered: told });
  const shown = screen.page.locator('.bulletin');
  for (const viewport of Object.values(sizes)) {
    await screen.page.setViewportSize(viewport);
    assert.equal(await shown.innerText(), bulletin['zh-CN']);
    const box = await shown.boundingBox();
    assert.ok(box.y >= 0 && box.y + box.height <= viewport.height, 'cut off');
  }
  await screen.touch('English');
  await until('the English one', async () => await shown.innerText() === bulletin.en);
  await screen.touch('Collect');
  await screen.shows('code');
  assert.equal(await shown.count(), 0);
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
