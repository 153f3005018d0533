// Staff look behind every door, one after the other, and say what they find: 逐格清点.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import {
  doorWithoutSensor, openBrowser, smallCabinet, staffCode, touchOnce, until, visit,
} from './rig.mjs';
import { logIn } from './staff_tour.mjs';

const doors = [1, 2, 3, 4, 5, doorWithoutSensor];

let browser;
before(async () => { browser = await openBrowser(); });
after(() => browser.close());

async function at(t) {
  const visited = await visit(t, browser, { fitted: { columns: smallCabinet } });
  await visited.cabinet.ctl('grant', 'wang', '--code', staffCode, '--role', 'staff');
  return visited;
}

const says = (screen, text) => screen.page.locator('h1', { hasText: text }).waitFor();
const tells = (screen, text) => screen.page.getByText(text).first().waitFor();

const pulsesOf = async (cabinet, door) =>
  (await cabinet.doors()).find((one) => one.number === door).pulses;

const lineOf = async (cabinet, door) => {
  const report = await (await fetch(`${cabinet.url}api/state`)).json();
  return report.compartments.find((one) => one.number === door);
};

const begin = (cabinet, screen) =>
  touchOnce(cabinet, screen, '逐格清点', ({ name }) => name !== 'courier_list');

// Up to the question what is behind it.
async function shut(cabinet, screen, door) {
  await cabinet.opens(door);
  await screen.shows('open');
  assert.equal(await screen.page.locator('.number').innerText(), String(door));
  assert.equal(await screen.page.locator('.door.lit text').textContent(), String(door));
  await cabinet.hand(door, 'shut');
  await screen.shows('walk_question');
}

const say = (cabinet, screen, door, word) => touchOnce(cabinet, screen, word,
  ({ name, compartment }) => name !== 'walk_question' || compartment !== door);

// By Tab and Enter alone.
async function press(screen, name) {
  await screen.looks();
  const isAtIt = () => screen.page.evaluate((text) =>
    document.activeElement.textContent === text, name);
  for (let at = 0; at < 40 && !await isAtIt(); ++at) await screen.page.keyboard.press('Tab');
  assert.ok(await isAtIt(), `no Tab leads to ${name}`);
  await screen.tap({ click: () => screen.page.keyboard.press('Enter') });
}

test('staff walk a cabinet: one is missing, one is too many, one does not open', async (t) => {
  const { cabinet, screen } = await at(t);
  const there = await cabinet.store('D-1', { code: '11112222', books: 3 });
  const gone = await cabinet.store('D-2', { code: '33334444', size: 'medium' });
  assert.deepEqual([there, gone], [1, 3]);
  await cabinet.networkDown();
  await logIn(screen);
  await cabinet.fault(5, 'jam', true);
  await begin(cabinet, screen);

  await cabinet.opens(1);
  await says(screen, '1号柜门已打开，请看一看，再关好');
  await tells(screen, '应有 D-1，共 3 册');
  await tells(screen, '清点 1 / 6');
  await shut(cabinet, screen, 1);
  await says(screen, 'D-1，在1号柜门里吗？');
  await say(cabinet, screen, 1, '再开一次');
  await shut(cabinet, screen, 1);
  // Loaded anew it asks the same, and opens nothing.
  const pulses = await pulsesOf(cabinet, 1);
  await screen.page.reload();
  await screen.shows('walk_question');
  await says(screen, 'D-1，在1号柜门里吗？');
  assert.equal(await pulsesOf(cabinet, 1), pulses);
  await say(cabinet, screen, 1, '在');

  await cabinet.opens(2);
  await tells(screen, '应是空的');
  await shut(cabinet, screen, 2);
  await says(screen, '2号柜门里是空的吗？');
  await say(cabinet, screen, 2, '空的');

  await cabinet.opens(3);
  await cabinet.hand(3, 'take');
  await shut(cabinet, screen, 3);
  // The sensor sees nothing either, whatever is said.
  await screen.touch('在');
  await tells(screen, '没有检测到图书，请再看一看');
  await say(cabinet, screen, 3, '不在');

  await cabinet.opens(4);
  await cabinet.hand(4, 'put', { books: 1 });
  await shut(cabinet, screen, 4);
  await say(cabinet, screen, 4, '多出');

  await screen.shows('not_opened');
  await says(screen, '5号柜门没有弹开');
  await touchOnce(cabinet, screen, '再试一次', ({ name }) => name === 'opening');
  await screen.shows('not_opened');
  await touchOnce(cabinet, screen, '跳过', ({ compartment }) => compartment === 16);

  await shut(cabinet, screen, 16);
  await say(cabinet, screen, 16, '空的');

  await screen.shows('walk_report');
  await says(screen, '清点没有做完：1 个柜门没查');
  const lines = await screen.page.locator('.lines li').allInnerTexts();
  assert.deepEqual(lines, ['3号：D-2 不在', '4号：多出东西', '5号：没查 · 柜门没有弹开']);
  await tells(screen, '共 6 个柜门，3 个相符');
  await tells(screen, '2 个不符');
  const marks = await screen.page.locator('.door:has(.sign)').allTextContents();
  assert.deepEqual(marks, ['3−', '4+', '5?']);
  assert.equal((await lineOf(cabinet, 3)).delivery_state, 'disputed');
  assert.equal((await lineOf(cabinet, 4)).unexplained, true);

  // And read again after a reload.
  await screen.page.reload();
  await screen.shows('walk_report');
  await screen.touch('结束');
  await screen.shows('staff');
  await says(screen, '工作人员：请点选柜门');
  assert.deepEqual(screen.troubles, []);
});

test('a cabinet that needs a walk says so, until one went to its end', async (t) => {
  const { cabinet, screen } = await at(t);
  await cabinet.ctl('adopt', 'D-9', '--compartment', '4', '--code', '11112222',
    '--patron', 'P-1', '--size', 'large');
  await logIn(screen);
  await says(screen, '请逐格清点：账目可能有误');
  // Ended early it was none.
  await begin(cabinet, screen);
  await shut(cabinet, screen, 1);
  await say(cabinet, screen, 1, '结束清点');
  await screen.shows('walk_report');
  await says(screen, '清点没有做完：6 个柜门没查');
  await screen.touch('结束');
  await says(screen, '请逐格清点：账目可能有误');

  // With the keyboard alone.
  await press(screen, '逐格清点');
  for (const door of doors) {
    await cabinet.opens(door);
    if (door === 4) await cabinet.hand(door, 'put', { books: 2 });
    await shut(cabinet, screen, door);
    await press(screen, door === 4 ? '在' : '空的');
  }
  await screen.shows('walk_report');
  await says(screen, '清点完毕，全部相符');
  assert.equal(await screen.page.locator('.lines').count(), 0);
  assert.equal(await screen.page.locator('.sign').count(), 0);
  await press(screen, '结束');
  await says(screen, '工作人员：请点选柜门');
  assert.equal((await lineOf(cabinet, 4)).delivery_state, 'stored');
});

test('whoever walks may go in the middle, and a patron comes first no sooner', async (t) => {
  const { cabinet, screen } = await at(t);
  const door = await cabinet.store('D-1', { code: '11112222' });
  await logIn(screen);
  await begin(cabinet, screen);
  await shut(cabinet, screen, 1);
  assert.equal((await cabinet.code('11112222')).reason, 'busy');
  await say(cabinet, screen, 1, '结束清点');
  await screen.shows('walk_report');
  await cabinet.answer('leave');
  await screen.shows('start');
  await cabinet.code('11112222');
  await cabinet.opens(door);
});
