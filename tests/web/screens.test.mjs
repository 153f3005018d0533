// Every screen, in both languages and three sizes: axe-core, sizes, contrast, and a picture of it.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';

import { measure } from './measure.mjs';
import { openBrowser, sizes, top } from './rig.mjs';
import { staffTour } from './staff_tour.mjs';
import { tour } from './tour.mjs';

const require = createRequire(new URL('../../web/package.json', import.meta.url));
const axePath = require.resolve('axe-core/axe.min.js');
const pictures = process.env.SCREENS ?? path.join(process.env.BUILD_DIR ??
  path.join(top, 'build/dev'), 'screens');
const languages = { 'zh-CN': 'English', en: '中文' };

const keyPx = 96;
// A small panel has no room for more in head, foot and answers. Keys for digits keep their size.
const smallKeyPx = 72;
const textPx = 24;
const contrastLeast = 4.5;
const numberPx = 160;

async function axe(page) {
  if (!await page.evaluate(() => 'axe' in globalThis)) {
    // The page's own policy allows no script from elsewhere: handed in by the debugger instead.
    const { readFileSync } = await import('node:fs');
    await page.evaluate(readFileSync(axePath, 'utf8'));
  }
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }));
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160))}`);
}

function check(found, where, size) {
  const tooSmall = found.targets.filter(({ width, height, isDigit }) => {
    const least = size === 'small' && !isDigit ? smallKeyPx : keyPx;
    return height < least - 0.5 || width < keyPx - 0.5;
  });
  assert.deepEqual(tooSmall, [], `${where}: keys`);
  assert.deepEqual(found.texts.filter(({ px }) => px < textPx), [], `${where}: letters`);
  const pale = found.texts.filter(({ contrast }) => contrast < contrastLeast);
  assert.deepEqual(pale, [], `${where}: contrast`);
  assert.deepEqual(found.cut, [], `${where}: cut off`);
  assert.deepEqual(found.overlaps, [], `${where}: one over the other`);
  if (found.numberPx !== null) assert.ok(found.numberPx >= numberPx, `${where}: the number`);
}

// As a finger would, even where a question lies over the head for a moment.
const press = (screen, name) => screen.tap({
  click: () => screen.page.evaluate((text) => {
    [...document.querySelectorAll('header button')].find((one) => one.textContent === text).click();
  }, name),
});

const shades = [[], ['large'], ['contrast'], ['large', 'contrast'], ['lower', 'large']];

async function lookAround(t, walk, least) {
  const browser = await openBrowser();
  t.after(() => browser.close());
  const troubles = [];
  const seen = new Set();
  const look = async (name, screen) => {
    seen.add(name);
    await screen.looks();
    for (const [language, other] of Object.entries(languages)) {
      for (const [size, viewport] of Object.entries(sizes)) {
        await screen.page.setViewportSize(viewport);
        for (const shade of shades) {
          if (shade.includes('lower') && size !== 'portrait') continue;  // has no such button
          const where = [name, language, size, ...shade].join(' ');
          for (const one of shade) await toggle(screen.page, one);
          await rendered(screen.page);
          try {
            check(await screen.page.evaluate(measure), where, size);
            if (shade.length === 0) assert.deepEqual(await axe(screen.page), [], `${where}: axe`);
          } catch (trouble) {
            troubles.push(trouble.message);
          }
          if (shade.length < 2) await picture(screen.page, [language, size, ...shade], name);
          for (const one of shade) await toggle(screen.page, one);
        }
      }
      await press(screen, other);
      await screen.looks();
    }
    await screen.page.setViewportSize(sizes.landscape);
    troubles.push(...screen.troubles.splice(0).map((one) => `${name}: ${one}`));
  };
  await walk(browser, look);
  assert.ok(seen.size >= least, `only ${[...seen]}`);
  assert.deepEqual(troubles, []);
}

test('every screen can be read, reached and told apart, in each size and language',
  (t) => lookAround(t, tour, 20));
test('and so can those of staff', (t) => lookAround(t, staffTour, 21));

const toggle = (page, what) =>
  page.evaluate((one) => document.querySelector(`header .${one}`).click(), what);

// Two frames on, the browser has drawn what was asked.
const rendered = (page) => page.evaluate(() => new Promise((done) => {
  requestAnimationFrame(() => requestAnimationFrame(done));
}));

async function picture(page, kind, name) {
  const folder = path.join(pictures, kind.join('-'));
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: path.join(folder, `${name}.png`), animations: 'disabled' });
}
