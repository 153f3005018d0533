// What people do at the screen, by the real daemon with a broker and a simulated cabinet.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { courierCode, openBrowser, Screen, touchOnce, until, visit } from './rig.mjs';

let browser;
before(async () => { browser = await openBrowser(); });
after(() => browser.close());

const at = (t, limits, options) => visit(t, browser, { limits, options });

const pulsesOf = async (cabinet, door) =>
  (await cabinet.doors()).find((one) => one.number === door).pulses;

const litDoor = (screen) => screen.page.locator('.door.lit text').textContent();

async function openByCode(screen, code) {
  await screen.touch('取书');
  await screen.shows('code');
  await screen.enter(code);
  await screen.shows('open');
}

test('a patron types the code, takes the books and shuts the door; then the start', async (t) => {
  const { cabinet, screen } = await at(t);
  const door = await cabinet.store('D-1', { code: '11112222', books: 3 });
  await openByCode(screen, '11112222');
  assert.equal(await screen.page.locator('.number').innerText(), String(door));
  assert.equal(await litDoor(screen), String(door));
  assert.match(await screen.page.locator('.detail').innerText(), /共 3 册/);
  await cabinet.hand(door, 'take');
  await cabinet.hand(door, 'shut');
  await screen.shows('thanks');
  await screen.shows('start');
  assert.deepEqual(screen.troubles, []);
});

test('one code opens two compartments one after the other', async (t) => {
  const { cabinet, screen } = await at(t);
  const doors = [];
  for (const id of ['D-1', 'D-2']) {
    doors.push(await cabinet.store(id, { code: '11112222', group: 'G-1' }));
  }
  await openByCode(screen, '11112222');
  for (const door of doors) {
    await cabinet.opens(door);
    await until('its number', async () => await litDoor(screen) === String(door));
    await cabinet.hand(door, 'take');
    await cabinet.hand(door, 'shut');
  }
  await screen.shows('thanks');
});

test('a wrong code says how many tries are left, then for how long codes are paused', async (t) => {
  const { screen, cabinet } = await at(t);
  const door = await cabinet.store('D-1', { code: '11112222' });
  await screen.touch('取书');
  for (const left of [3, 2, 1]) {
    await screen.enter('99990000');
    await screen.page.getByText(`还可再试 ${left} 次`).waitFor();
  }
  await screen.enter('99990000');
  await screen.shows('locked_out');
  assert.equal(await screen.line(), '请于 5 分钟后再试');
  await screen.page.getByText('刷读者证或扫码不受影响').waitFor();
  // The right code waits as well, and no door moves.
  const pulses = await pulsesOf(cabinet, door);
  await screen.enter('11112222');
  await screen.shows('locked_out');
  assert.equal(await pulsesOf(cabinet, door), pulses);
});

test('a courier drops off three parcels and opens the last door again', async (t) => {
  const { cabinet, screen } = await at(t);
  for (const id of ['D-1', 'D-2', 'D-3']) await cabinet.assign(id, { code: `1111000${id[2]}` });
  await screen.touch('配送员 / 工作人员');
  await screen.enter(courierCode);
  await screen.shows('courier_list');
  for (const left of [3, 2, 1]) {
    assert.equal(await screen.page.locator('.parcel').count(), left);
    await touchParcel(cabinet, screen);
    const { compartment } = await cabinet.screen();
    await cabinet.hand(compartment, 'put', { books: 2 });
    await cabinet.hand(compartment, 'shut');
    await screen.shows('courier_list');
  }
  assert.equal(await screen.line(), '这里没有要投递或回收的包裹了');
  await touchOnce(cabinet, screen, '重开上一格', ({ name }) => name === 'open');
  await cabinet.hand((await cabinet.screen()).compartment, 'shut');
  await screen.shows('courier_list');
  await touchOnce(cabinet, screen, '退出', ({ name }) => name === 'start');
});

test('a parcel put behind another open door is said at once, until it is taken out', async (t) => {
  const { cabinet, screen } = await at(t);
  await cabinet.assign('D-1', { code: '11110001' });
  await screen.touch('配送员 / 工作人员');
  await screen.enter(courierCode);
  await screen.shows('courier_list');
  await touchParcel(cabinet, screen);
  const { compartment } = await cabinet.screen();
  const other = compartment + 1;
  await cabinet.hand(other, 'force');
  await until('the open door', async () => await cabinet.reads(other) === 'open');
  await cabinet.hand(other, 'put', { books: 2 });
  const said = screen.page.getByText(`放到${other}号柜门里了`);
  await said.waitFor();
  await cabinet.hand(other, 'take');
  await said.waitFor({ state: 'detached' });
  await cabinet.hand(other, 'shut');
  await cabinet.hand(compartment, 'put', { books: 2 });
  await cabinet.hand(compartment, 'shut');
  await screen.shows('courier_list');
});

async function touchParcel(cabinet, screen) {
  await until('the parcel’s door', async () => {
    await screen.tap(screen.page.locator('.parcel').first(), { timeout: 1000 }).catch(() => {});
    return (await cabinet.screen()).name === 'open';
  });
  await screen.shows('open');
}

test('a patron cuts in, and the courier’s list waits', async (t) => {
  const { cabinet, screen } = await at(t);
  const door = await cabinet.store('D-1', { code: '11112222' });
  await cabinet.assign('D-2', { code: '22223333' });
  await screen.touch('配送员 / 工作人员');
  await screen.enter(courierCode);
  await screen.shows('courier_list');
  await screen.touch('读者先取');
  await screen.enter('11112222');
  await screen.shows('open');
  await cabinet.hand(door, 'take');
  await cabinet.hand(door, 'shut');
  await screen.shows('thanks');
  await screen.shows('courier_list');
});

test('a parcel that is too large is said at the open door, and another door opens', async (t) => {
  const { cabinet, screen } = await at(t);
  await cabinet.assign('D-1', { code: '11112222' });
  await screen.touch('配送员 / 工作人员');
  await screen.enter(courierCode);
  await screen.shows('courier_list');
  await touchParcel(cabinet, screen);
  const first = (await cabinet.screen()).compartment;
  await screen.touch('放不下');
  await screen.page.getByText('知道了：放不下。请先关好柜门').waitFor();
  await cabinet.hand(first, 'shut');
  await until('a larger one', async () => {
    const { name, compartment } = await cabinet.screen();
    return name === 'open' && compartment !== first;
  });
});

test('a door that is left open is asked for, and shut it is forgotten', async (t) => {
  const { cabinet, screen } = await at(t, { close_within_s: 10 });
  const door = await cabinet.store('D-1', { code: '11112222' });
  await openByCode(screen, '11112222');
  await cabinet.hand(door, 'take');
  await screen.shows('left_open');
  assert.equal(await screen.line(), `请关好${door}号柜门`);
  await cabinet.hand(door, 'shut');
  await screen.shows('start');
});

test('a door that stands open keeps nobody from another door', async (t) => {
  const { cabinet, screen } = await at(t, { close_within_s: 10 });
  const door = await cabinet.store('D-1', { code: '11112222' });
  await screen.touch('取书');
  await screen.type('1111');
  await cabinet.hand(12, 'force');
  await cabinet.shows('left_open');
  // Whose door it is not types on, and starts anew from there.
  await screen.enter('2222');
  await screen.shows('open');
  assert.equal((await cabinet.screen()).compartment, door);
  await cabinet.hand(door, 'take');
  await cabinet.hand(door, 'shut');
  await screen.shows('left_open');
  assert.equal(await screen.line(), '请关好12号柜门');
  await screen.touch('配送员 / 工作人员');
  await screen.enter(courierCode);
  await screen.shows('courier_list');
  await touchOnce(cabinet, screen, '退出', ({ name }) => name === 'left_open');
  await screen.shows('left_open');
  await screen.key('取书').waitFor();
  await cabinet.hand(12, 'shut');
  await screen.shows('start');
  assert.deepEqual(screen.troubles, []);
});

test('a door that a courier left open keeps no patron waiting', async (t) => {
  const { cabinet, screen } = await at(t, { close_within_s: 10 });
  const door = await cabinet.store('D-1', { code: '11112222' });
  await cabinet.assign('D-2', { code: '22223333' });
  await cabinet.code(courierCode);
  await screen.shows('courier_list');
  await touchParcel(cabinet, screen);
  await screen.shows('left_open');
  await screen.touch('读者先取');
  await screen.enter('11112222');
  await cabinet.opens(door);
});

test('a tap that posts nothing says as well that somebody is there', async (t) => {
  const { cabinet, screen } = await at(t, { session_idle_s: 20 });
  await cabinet.code(courierCode);
  await screen.page.locator('.still-there').waitFor();
  const { idle_left_ms: left } = await cabinet.screen();
  await screen.touch('读者先取');
  await until('more time', async () => (await cabinet.screen()).idle_left_ms > left);
  await screen.shows('code');
  assert.deepEqual(screen.troubles, []);
});

test('what was refused at the start is gone with whom it was said to', async (t) => {
  const { cabinet, screen } = await at(t, { reserve_for_deliveries: 15 });
  await cabinet.bringBack('04D1CEB0');
  await screen.shows('start');
  await screen.page.clock.install();
  await screen.touch('还书');
  const notice = screen.page.locator('.notice');
  await notice.waitFor();
  await screen.page.clock.runFor(50_000);
  assert.equal(await notice.count(), 1);
  await screen.page.clock.runFor(12_000);
  await notice.waitFor({ state: 'detached' });
  await screen.shows('start');
});

// Answers of that address come when they are let go.
async function holdBack(screen, address) {
  let letGo;
  const held = new Promise((resolve) => { letGo = resolve; });
  await screen.page.route(address, async (route) => {
    const response = await route.fetch();
    await held;
    await route.fulfill({ response });
  });
  return async () => {
    letGo();
    await screen.page.locator('.frame[aria-busy="false"]').waitFor();
  };
}

test('a refusal is not said to whoever came meanwhile', async (t) => {
  const { cabinet, screen } = await at(t);
  await screen.touch('取书');
  const letGo = await holdBack(screen, '**/api/code');
  await screen.enter('99990000');
  await screen.page.locator('.frame[aria-busy="true"]').waitFor();
  await cabinet.code(courierCode);
  await screen.shows('courier_list');
  await letGo();
  assert.equal(await screen.page.locator('.notice').count(), 0);
});

test('a patron’s word is not taken for what a courier says at an open door', async (t) => {
  const { cabinet, screen } = await at(t);
  const door = await cabinet.store('D-1', { code: '11112222' });
  await openByCode(screen, '11112222');
  await cabinet.hand(door, 'shut');
  await screen.shows('still_occupied');
  const letGo = await holdBack(screen, '**/api/answer');
  await screen.touch('再开一次');
  await screen.shows('open');
  await letGo();
  assert.equal(await screen.page.getByText('知道了').count(), 0);
});

test('a courier who has dropped nothing off is told that there is nothing to open again',
  async (t) => {
    const { cabinet, screen } = await at(t);
    await cabinet.code(courierCode);
    await screen.shows('courier_list');
    await screen.touch('重开上一格');
    await screen.page.getByText('还没有可重开的柜格').waitFor();
    await screen.shows('courier_list');
  });

test('that staff were told is said when dispatch has acknowledged it, not before', async (t) => {
  const { cabinet, screen } = await at(t);
  const door = await cabinet.store('D-1', { code: '11112222' });
  await cabinet.fault(door, 'jam', true);
  await screen.touch('取书');
  await screen.enter('11112222');
  await screen.shows('not_opened');
  // The broker has it by now, and nobody has read it.
  await screen.page.getByText('请拨打 0512-5757 5757').waitFor();
  assert.equal(await screen.page.getByText('已通知工作人员').count(), 0);
  cabinet.dispatcherUp();
  await screen.page.getByText('已通知工作人员').waitFor();
  await screen.shows('not_opened');
  await touchOnce(cabinet, screen, '再试一次', ({ name }) => name !== 'not_opened');
  await screen.shows('not_opened');
});

test('a reload in the middle loses nothing and opens nothing again', async (t) => {
  const { cabinet, screen } = await at(t);
  const door = await cabinet.store('D-1', { code: '11112222' });
  await openByCode(screen, '11112222');
  const pulses = await pulsesOf(cabinet, door);
  await screen.page.reload();
  await screen.shows('open');
  assert.equal(await screen.page.locator('.number').innerText(), String(door));
  const second = await Screen.open(browser, cabinet);
  t.after(() => second.close());
  await second.shows('open');
  assert.equal(await pulsesOf(cabinet, door), pulses);
  await cabinet.hand(door, 'take');
  await cabinet.hand(door, 'shut');
  await screen.shows('thanks');
  await second.shows('thanks');
});

test('while the daemon is down the page says whom to call, and comes back by itself', async (t) => {
  const { cabinet, screen } = await at(t);
  const door = await cabinet.store('D-1', { code: '11112222' });
  await openByCode(screen, '11112222');
  const pulses = await pulsesOf(cabinet, door);
  await cabinet.daemonDown();
  await screen.shows('away');
  await screen.page.getByText('请拨打 0512-5757 5757').waitFor();
  await cabinet.daemonUp();
  await until('the page', async () =>
    await screen.page.locator('.frame').getAttribute('data-screen') !== 'away');
  // Nothing is pulsed again: the switch says that the door stands open.
  assert.ok(await pulsesOf(cabinet, door) <= pulses);
});

test('a browser that starts while the daemon is down shows the page it kept', async (t) => {
  const { cabinet, screen } = await at(t);
  await screen.page.evaluate(() => navigator.serviceWorker.ready);
  await until('the kept page', () => screen.page.evaluate(async () =>
    (await (await caches.open('kiosk')).keys()).length >= 5));
  await cabinet.daemonDown();
  const later = await screen.context.newPage();
  await later.goto(cabinet.url);
  await later.getByText('本柜暂停服务').first().waitFor();
  await later.getByText('请拨打 0512-5757 5757').waitFor();
});

test('with the network down a patron collects all the same', async (t) => {
  const { cabinet, screen } = await at(t);
  const door = await cabinet.store('D-1', { code: '11112222' });
  await cabinet.networkDown();
  await screen.page.getByText('网络已断开，取书不受影响').waitFor();
  await openByCode(screen, '11112222');
  await cabinet.hand(door, 'take');
  await cabinet.hand(door, 'shut');
  await screen.shows('thanks');
});

test('who needs more time gets it at a touch', async (t) => {
  const { cabinet, screen } = await at(t, { question_idle_s: 25 });
  const door = await cabinet.store('D-1', { code: '11112222' });
  await openByCode(screen, '11112222');
  await cabinet.hand(door, 'shut');
  await screen.shows('still_occupied');
  const question = screen.page.locator('.still-there');
  await question.getByText('秒后返回首页').waitFor();
  await screen.touch('需要更多时间');
  await question.waitFor({ state: 'detached' });
  await screen.shows('still_occupied');
});

test('what a person chose and typed is gone a minute after the last touch', async (t) => {
  const { screen } = await at(t);
  await screen.page.clock.install();
  await screen.touch('English');
  await screen.touch('大字版').catch(() => screen.touch('Large print'));
  await screen.touch('Collect');
  await screen.type('1111');
  await screen.page.clock.runFor(50_000);
  await screen.page.locator('.still-there').waitFor();
  await screen.page.clock.runFor(15_000);
  await screen.shows('start');
  assert.equal(await screen.line(), '欢迎使用智能书柜');
  assert.equal(await screen.page.locator('.frame.large').count(), 0);
});

test('a keyboard alone is enough', async (t) => {
  const { cabinet, screen } = await at(t);
  const door = await cabinet.store('D-1', { code: '11112222' });
  await screen.shows('start');
  const { keyboard } = screen.page;
  for (const digit of '11113') await keyboard.press(digit);
  await screen.shows('code');
  await keyboard.press('Backspace');
  for (const digit of '2222') await keyboard.press(digit);
  await keyboard.press('Enter');
  await screen.shows('open');
  await cabinet.hand(door, 'shut');
  await screen.shows('still_occupied');
  const again = screen.page.getByRole('button', { name: '再开一次' });
  await until('the focus', async () => {
    await keyboard.press('Tab');
    return again.evaluate((button) => button === document.activeElement);
  });
  await until('the door', async () => {
    if (await again.isVisible()) await keyboard.press('Enter');
    return (await cabinet.screen()).name === 'open';
  });
});

test('the simulated cabinet is played with a mouse', async (t) => {
  const { cabinet, screen } = await at(t, {}, { path: 'simulated.html' });
  await cabinet.assign('D-1', { code: '11112222' });
  await screen.touch('配送员 / 工作人员');
  await screen.enter(courierCode);
  await screen.shows('courier_list');
  await touchParcel(cabinet, screen);
  const hands = screen.page.locator('.hands');
  await hands.getByRole('button', { name: '放入 3 册' }).click();
  await hands.getByRole('button', { name: '关上' }).click();
  await screen.shows('courier_list');
  await touchOnce(cabinet, screen, '退出', ({ name }) => name === 'start');
  await screen.touch('取书');
  await screen.enter('11112222');
  await screen.shows('open');
  await hands.getByRole('button', { name: '取出所有书' }).click();
  await hands.getByRole('button', { name: '关上' }).click();
  await screen.shows('thanks');
  assert.deepEqual(screen.troubles, []);
});
