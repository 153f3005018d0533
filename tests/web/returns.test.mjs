// Books that patrons bring back at the screen, and the courier who takes them away.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { courierCode, openBrowser, returnsElsewhere, touchOnce, until, visit } from './rig.mjs';

const card = '04D1CEB0';
const noSensor = 16;
const medium = [4, 5, 7, 9, 14, 15];

let browser;
before(async () => { browser = await openBrowser(); });
after(() => browser.close());

const at = (t, limits) => visit(t, browser, { limits, fitted: { reader: true } });

const held = async (cabinet) => {
  const report = await (await fetch(`${cabinet.url}api/state`)).json();
  return report.compartments.filter((one) => one.return_state)
    .map((one) => `${one.number} ${one.return_state}`);
};

// From the start to the open door; tells which.
async function bring(cabinet, screen, size) {
  await screen.touch('还书');
  await screen.shows('return_card');
  assert.equal(await screen.line(), '请刷读者证');
  cabinet.scan(card);
  await screen.shows('return_size');
  assert.equal(await screen.line(), '请选择柜格大小');
  await touchOnce(cabinet, screen, size, ({ name }) => name === 'open');
  await screen.shows('open');
  return (await cabinet.screen()).compartment;
}

const nextDoor = (cabinet, before) => until('another door', async () => {
  const { name, compartment } = await cabinet.screen();
  return name === 'open' && compartment !== before && compartment;
});

async function login(screen) {
  await screen.touch('配送员 / 工作人员');
  await screen.enter(courierCode);
  await screen.shows('courier_list');
}

test('a patron brings books back: card, size, door, and what counts', async (t) => {
  const { cabinet, screen } = await at(t);
  const door = await bring(cabinet, screen, '中：3～5 册');
  assert.equal(await screen.page.locator('.number').innerText(), String(door));
  assert.match(await screen.line(), /柜门已打开，请放入图书并关好柜门/);
  await cabinet.hand(door, 'put', { books: 4 });
  await cabinet.hand(door, 'shut');
  await screen.shows('return_thanks');
  assert.equal(await screen.line(), '已放入，归还以馆员点收为准');
  assert.deepEqual(await held(cabinet), [`${door} stored`]);
  await touchOnce(cabinet, screen, '结束', ({ name }) => name === 'start');
  assert.deepEqual(screen.troubles, []);
});

test('shut empty is asked about, and nothing is held when nothing was put in', async (t) => {
  const { cabinet, screen } = await at(t);
  const door = await bring(cabinet, screen, '小：1～2 册');
  await cabinet.hand(door, 'shut');
  await screen.shows('sensed_empty');
  await touchOnce(cabinet, screen, '再开一次', ({ name }) => name === 'open');
  await screen.shows('open');
  await cabinet.hand(door, 'shut');
  await screen.shows('sensed_empty');
  await touchOnce(cabinet, screen, '没有放书', ({ name }) => name === 'start');
  assert.deepEqual(await held(cabinet), []);
});

test('too large: a larger door, and after it the screen says where else', async (t) => {
  const { cabinet, screen } = await at(t);
  const small = await bring(cabinet, screen, '小：1～2 册');
  await screen.touch('放不下');
  await screen.page.getByText('知道了：放不下。请先关好柜门').waitFor();
  await cabinet.hand(small, 'shut');
  const larger = await nextDoor(cabinet, small);
  await screen.page.getByText('请用这个大一些的柜门').waitFor();
  assert.ok(medium.includes(larger), `door ${larger} is no larger one`);
  await cabinet.hand(larger, 'shut');
  await screen.shows('sensed_empty');
  await touchOnce(cabinet, screen, '放不下', ({ name }) => name === 'start');
  await screen.page.getByText(`没有更大的柜门可用，请到${returnsElsewhere}归还`).waitFor();
  assert.deepEqual(await held(cabinet), []);
  assert.deepEqual(screen.troubles, []);
});

test('something lies there already: another door, and nobody gets the first one', async (t) => {
  const { cabinet, screen } = await at(t);
  const door = await bring(cabinet, screen, '小：1～2 册');
  await cabinet.hand(door, 'put', { books: 1 });
  await screen.touch('里面有东西');
  await cabinet.hand(door, 'shut');
  const other = await nextDoor(cabinet, door);
  await screen.page.getByText('那个柜门里有东西，请用这一个').waitFor();
  await cabinet.hand(other, 'put', { books: 2 });
  await cabinet.hand(other, 'shut');
  await screen.shows('return_thanks');
  assert.deepEqual(await held(cabinet), [`${other} stored`]);
  const report = await (await fetch(`${cabinet.url}api/state`)).json();
  assert.equal(report.compartments.find(({ number }) => number === door).unexplained, true);
  assert.deepEqual(screen.troubles, []);
});

test('a door that sticks gives way to another', async (t) => {
  const { cabinet, screen } = await at(t);
  await cabinet.fault(1, 'jam', true);
  const door = await bring(cabinet, screen, '小：1～2 册');
  assert.ok(door > 1);
  assert.equal(await screen.page.locator('.number').innerText(), String(door));
});

test('two doors in a row that stick end a return, and the screen says so and where else',
  async (t) => {
    const { cabinet, screen } = await at(t);
    for (const { number } of await cabinet.doors()) await cabinet.fault(number, 'jam', true);
    await screen.touch('还书');
    await screen.shows('return_card');
    cabinet.scan(card);
    await screen.shows('return_size');
    await touchOnce(cabinet, screen, '小：1～2 册', ({ name }) => name !== 'return_size');
    await screen.page.getByText(`柜门没有弹开，请到${returnsElsewhere}归还`).waitFor();
    await screen.shows('start');
    assert.deepEqual(await held(cabinet), []);
    assert.deepEqual(screen.troubles, []);
  });

test('a full cabinet says where else', async (t) => {
  const { cabinet, screen } = await at(t, { reserve_for_deliveries: 15 });
  await cabinet.bringBack(card);
  await screen.touch('还书');
  await screen.page.getByText(`留给还书的柜格已满，请到${returnsElsewhere}`).waitFor();
  await screen.touch('English');
  await screen.touch('Return');
  await screen.page.getByText(`Please go to ${returnsElsewhere}`).waitFor();
  await screen.shows('start');
});

test('one card has only so many returns here, another is welcome', async (t) => {
  const { cabinet, screen } = await at(t, { returns_a_card: 1 });
  await cabinet.bringBack(card);
  await screen.touch('还书');
  await screen.shows('return_card');
  cabinet.scan(card);
  await screen.page.getByText('这张证有 1 次还书在本柜等馆员收取').waitFor();
  await screen.shows('return_card');
  cabinet.scan('0B0B0B0B');
  await screen.shows('return_size');
  await touchOnce(cabinet, screen, '不还了，返回', ({ name }) => name === 'start');
  assert.equal((await held(cabinet)).length, 1);
});

test('a courier collects the returns door after door, and says what was found', async (t) => {
  const { cabinet, screen } = await at(t, { returns_a_card: 9 });
  const doors = [];
  while (!doors.includes(noSensor)) doors.push(await cabinet.bringBack(card, 'large'));
  await login(screen);
  assert.equal(await screen.line(), '包裹已处理完，还有还书待收取');
  await touchOnce(cabinet, screen, `收取还书（${doors.length} 个柜门）`,
    ({ name }) => name === 'open');
  for (const door of doors.sort((a, b) => a - b)) {
    await cabinet.opens(door);
    await screen.shows('open');
    if (door === doors[0]) {
      // Shut with the books inside: asked, and opened again.
      await cabinet.hand(door, 'shut');
      await screen.shows('still_occupied');
      await screen.key('返回列表').waitFor();
      await touchOnce(cabinet, screen, '再开一次', ({ name }) => name === 'open');
    }
    await cabinet.hand(door, 'take');
    await cabinet.hand(door, 'shut');
  }
  await screen.shows('confirm_collection');
  assert.equal(await screen.line(), `${noSensor}号柜门里有还书吗？`);
  await screen.key('返回列表').waitFor();
  await touchOnce(cabinet, screen, '在，已取出', ({ name }) => name === 'courier_list');
  await screen.shows('courier_list');
  assert.deepEqual(await held(cabinet), []);
  assert.equal(await screen.line(), '这里没有要投递或回收的包裹了');
  await touchOnce(cabinet, screen, '退出', ({ name }) => name === 'start');
  assert.deepEqual(screen.troubles, []);
});

test('a courier goes past a door that does not open, or back to the list', async (t) => {
  const { cabinet, screen } = await at(t);
  const doors = [await cabinet.bringBack(card), await cabinet.bringBack(card)];
  await cabinet.fault(doors[0], 'jam', true);
  await login(screen);
  await touchOnce(cabinet, screen, '收取还书（2 个柜门）', ({ name }) => name !== 'courier_list');
  await screen.shows('not_opened');
  await screen.key('返回列表').waitFor();
  await touchOnce(cabinet, screen, '下一格', ({ compartment }) => compartment === doors[1]);
  await cabinet.opens(doors[1]);
  await cabinet.hand(doors[1], 'take');
  await cabinet.hand(doors[1], 'shut');
  await screen.shows('courier_list');
  await touchOnce(cabinet, screen, '收取还书（1 个柜门）', ({ name }) => name !== 'courier_list');
  await screen.shows('not_opened');
  await touchOnce(cabinet, screen, '返回列表', ({ name }) => name === 'courier_list');
});

test('a return survives the daemon’s end, and is collected after it', async (t) => {
  const { cabinet, screen } = await at(t);
  const door = await cabinet.bringBack(card);
  await cabinet.daemonDown();
  await screen.shows('away');
  await cabinet.daemonUp();
  await screen.shows('start');
  assert.deepEqual(await held(cabinet), [`${door} stored`]);
  await until('the link to dispatch', async () => (await cabinet.screen()).online);
});
