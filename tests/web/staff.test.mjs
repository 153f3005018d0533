// What staff do at the screen with the network down, and what others may not.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import {
  courierCode, openBrowser, staffCode, top, touchOnce, until, visit,
} from './rig.mjs';
import { doorOf, logIn, touchDoor } from './staff_tour.mjs';

let browser;
before(async () => { browser = await openBrowser(); });
after(() => browser.close());

async function at(t) {
  const visited = await visit(t, browser);
  await visited.cabinet.ctl('grant', 'wang', '--code', staffCode, '--role', 'staff');
  return visited;
}

async function ask(cabinet, where, body) {
  const response = await fetch(`${cabinet.url}api/staff/${where}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, ...await response.json() };
}

const stateOf = async (cabinet) => (await fetch(`${cabinet.url}api/state`)).json();

const lineOf = async (cabinet, door) =>
  (await stateOf(cabinet)).compartments.find((one) => one.number === door);

// Gone by the time it is touched, it was answered already.
const tap = (screen, name) => screen.tap(screen.key(name), { timeout: 1000 }).catch(() => {});

const says = (screen, text) => screen.page.locator('h1', { hasText: text }).waitFor();

test('with the network down staff open a door, take it out of service and back', async (t) => {
  const { cabinet, screen } = await at(t);
  const held = await cabinet.store('D-1', { code: '11112222' });
  await cabinet.networkDown();
  await logIn(screen);
  await touchDoor(screen, held);
  await screen.page.getByText('D-1 待取').waitFor();
  await screen.touch('打开');
  await screen.shows('open');
  assert.equal((await cabinet.screen()).purpose, 'inspection');
  await cabinet.hand(held, 'shut');
  await screen.shows('staff');
  // The door that was chosen is chosen still.
  await says(screen, `${held}号柜门：关着`);
  await screen.touch('停用');
  await until('out of service', async () => (await lineOf(cabinet, held)).out_of_service);
  await screen.touch('启用');
  await until('in service', async () => !(await lineOf(cabinet, held)).out_of_service);
  assert.equal((await lineOf(cabinet, held)).delivery_state, 'stored');
  await screen.touch('全部柜门');
  await screen.touch('网络与流水');
  await screen.page.getByText(/unlock_authorised .* inspection by local/).waitFor();
  assert.deepEqual(screen.troubles, []);
});

test('a door that moves is seen to move, without a touch', async (t) => {
  const { cabinet, screen } = await at(t);
  await logIn(screen);
  await touchDoor(screen, 5);
  await says(screen, '5号柜门：关着');
  await cabinet.hand(5, 'force');
  await says(screen, '5号柜门：开着');
  await cabinet.hand(5, 'put', { books: 1 });
  await screen.page.getByText('感应到有物品').waitFor();
  await cabinet.hand(5, 'shut');
  await says(screen, '5号柜门：关着');
});

test('with the network down staff test the locks, step by step', async (t) => {
  const { cabinet, screen } = await at(t);
  await cabinet.fault(2, 'jam', true);
  await cabinet.networkDown();
  await logIn(screen);
  await screen.touch('整柜自检');
  const shut = [];
  let line = await screen.line();
  while (!line.startsWith('自检结束')) {
    const door = Number(/\d+/.exec(line)?.[0] ?? 0);
    if (line.startsWith('请关好')) {
      shut.push(door);
      await cabinet.hand(door, 'shut');
    }
    if (line.startsWith('请看门上')) await tap(screen, '没有门打开');
    if (line.includes('里是空的吗')) await tap(screen, '是空的');
    line = await until(`what follows "${line}"`, async () => {
      const now = await screen.line();
      return now === line ? null : now;
    });
  }
  assert.equal(await screen.line(), '自检结束：1 个柜门有问题');
  assert.equal(shut.length, 15);
  await screen.page.locator('.lines').getByText('2号：').waitFor();
  await screen.touch('结束');
  await touchDoor(screen, 2);
  await screen.page.getByText('已停用').waitFor();
});

test('staff commission by touching the door that opened', async (t) => {
  const { cabinet, screen } = await at(t);
  await cabinet.hand(1, 'swap', { with: 11 });
  await logIn(screen);
  await screen.touch('逐门验收');
  await says(screen, '请看门上印的号码，再点选该号码');
  await touchDoor(screen, 11);
  await says(screen, '请关好1号柜门');
  await cabinet.hand(11, 'shut');
  await says(screen, '请看门上印的号码，再点选该号码');
  await screen.touch('停止检测');
  await screen.page.locator('.lines').getByText('1号：').waitFor();
});

test('a keyboard reaches every door', async (t) => {
  const { screen } = await at(t);
  await logIn(screen);
  await screen.page.locator('.staffed g.door').first().focus();
  await screen.page.keyboard.press('Enter');
  await says(screen, '1号柜门：关着');
  await screen.page.keyboard.press('Tab');
  await screen.page.keyboard.press('Space');
  await says(screen, '2号柜门：关着');
});

test('what is staff\'s is refused to a courier, and to whoever stands there', async (t) => {
  const { cabinet, screen } = await at(t);
  const asked = [['open', { compartment: 3 }], ['service', { compartment: 3, in_service: false }],
    ['test', { kind: 'self_test' }], ['test/stop', {}]];
  const refuses = async () => {
    for (const [where, body] of asked) {
      const { status, reason } = await ask(cabinet, where, body);
      assert.equal(status, 403, where);
      assert.equal(reason, 'not_permitted', where);
    }
  };
  await refuses();
  await cabinet.code(courierCode);
  await screen.shows('courier_list');
  await refuses();
  assert.equal((await fetch(`${cabinet.url}api/staff/journal`)).status, 403);
  assert.equal((await cabinet.doors()).find((one) => one.number === 3).pulses, 0);
  assert.equal((await lineOf(cabinet, 3)).out_of_service, undefined);
});

test('the second tap of a double one does nothing, and the cabinet is asked about first',
  async (t) => {
    const { cabinet, screen } = await at(t);
    const inService = async () => (await stateOf(cabinet)).in_service;
    await logIn(screen);
    // 全部柜门 lies where 退出 or 停用与维护 stands next; 停用 where 启用 does.
    await touchDoor(screen, 5);
    await screen.touchTwice(screen.key('全部柜门'));
    await says(screen, '工作人员：请点选柜门');
    await touchDoor(screen, 5);
    await screen.touchTwice(screen.key('停用'));
    await screen.key('启用').waitFor();
    assert.equal((await lineOf(cabinet, 5)).out_of_service, 'by_staff');
    await screen.page.getByText('已停用：由工作人员停用').waitFor();
    await screen.touch('全部柜门');
    await screen.touchTwice(screen.key('停用与维护'));
    await says(screen, '停用整柜，或用钥匙维护');
    assert.equal(await inService(), true);
    await screen.touch('全部柜门');
    await screen.touch('停用与维护');
    await screen.touch('停用整柜');
    await until('out of service', async () => !await inService());
    await screen.touch('停用与维护');
    await screen.touchTwice(screen.key('整柜启用'));
    await until('in service', inService);
    assert.equal((await cabinet.screen()).role, 'staff');
  });

test('doors that staff open with the key raise an alarm, but not during a maintenance',
  async (t) => {
    const { cabinet, screen } = await at(t);
    const openWithKey = async (door) => {
      for (const [does, seen] of [['force', 'open'], ['shut', 'shut']]) {
        await cabinet.hand(door, does);
        await until(`door ${door} ${seen}`, async () => await cabinet.reads(door) === seen);
      }
    };
    await logIn(screen);
    await screen.touch('停用与维护');
    await screen.touch('开始维护');
    await screen.page.getByText('维护中，还有 60 分钟').waitFor();
    await openWithKey(3);
    await screen.touch('停用与维护');
    await screen.touch('结束维护');
    await screen.page.getByText('维护中').waitFor({ state: 'detached' });
    await openWithKey(4);
    await screen.touch('网络与流水');
    await screen.page.getByText(/ opened_by_key 3/).waitFor();
    await screen.page.getByText(/ forced 4/).waitFor();
  });

test('a door is chosen by its number, with fingers or keys', async (t) => {
  const { screen } = await at(t);
  await logIn(screen);
  await screen.touch('输入门号');
  await screen.shows('door_number');
  await screen.type('99');
  await screen.tap(screen.page.locator('.confirm'));
  await screen.page.getByText('本柜没有这个柜门，请核对门上的号码').waitFor();
  await screen.type('12');
  await screen.tap(screen.page.locator('.confirm'));
  await says(screen, '12号柜门：关着');
  assert.equal(await doorOf(screen, 12).getAttribute('aria-pressed'), 'true');
  await screen.page.keyboard.press('7');
  await screen.page.keyboard.press('Enter');
  await says(screen, '7号柜门：关着');
});

test('a test that left doors alone does not say that all is well', async (t) => {
  const { cabinet, screen } = await at(t);
  const held = await cabinet.store('D-1', { code: '11112222' });
  await logIn(screen);
  await touchDoor(screen, held);
  await screen.touch('检测此门');
  await says(screen, '自检结束：1 个柜门未测');
  await screen.page.locator('.lines').getByText(`${held}号：`).waitFor();
  await screen.touch('结束');
  await says(screen, `${held}号柜门：关着`);
  await screen.touch('全部柜门');
  await screen.touch('网络与流水');
  await screen.touch('上次检测结果');
  await says(screen, '自检结束：1 个柜门未测');
});

test('the report of a test that was stopped waits for whoever logs in next', async (t) => {
  const { cabinet, screen } = await at(t);
  await logIn(screen);
  await touchDoor(screen, 4);
  await screen.touch('检测此门');
  await says(screen, '请关好4号柜门');
  // Whoever tests may go at any step, and the test goes with them.
  await touchOnce(cabinet, screen, '退出', ({ name }) => name === 'start');
  await cabinet.hand(4, 'shut');
  await screen.shows('start');
  await logIn(screen);
  await says(screen, '自检结束：1 个柜门未测');
  await screen.page.getByText('提前结束：没有人应答').waitFor();
  await screen.touch('结束');
  await says(screen, '工作人员：请点选柜门');
});

test('a commissioning does not tell which door it pulsed, and hears a number that is typed',
  async (t) => {
    const { cabinet, screen } = await at(t);
    await logIn(screen);
    await screen.touch('逐门验收');
    await says(screen, '请看门上印的号码，再点选该号码');
    assert.equal(await screen.page.locator('.door.lit').count(), 0);
    await screen.touch('包裹 0');
    await screen.shows('courier_list');
    await screen.touch('返回');
    await screen.touch('输入门号');
    await screen.type('1');
    await screen.tap(screen.page.locator('.confirm'));
    await says(screen, '请关好1号柜门');
    assert.equal(await screen.page.locator('.door.lit text').first().textContent(), '1');
    await cabinet.hand(1, 'shut');
    await says(screen, '请看门上印的号码，再点选该号码');
    await screen.touch('停止检测');
    await screen.page.getByText('提前结束：已停止').waitFor();
  });

test('staff see what lies behind a door as a return', async (t) => {
  const { cabinet, screen } = await at(t);
  const door = await cabinet.bringBack('04D1CEB0');
  await logIn(screen);
  await touchDoor(screen, door);
  await screen.page.getByText('还书待收取').waitFor();
  assert.match(await doorOf(screen, door).getAttribute('class'), /held/);
});

test('a test begun elsewhere waits for staff at the screen, who are told and may go', async (t) => {
  const { cabinet, screen } = await at(t);
  await logIn(screen);
  const asked = { kind: 'self_test', by: 'li', compartments: [4] };
  assert.equal((await cabinet.atSocket('test', asked)).ok, true);
  await says(screen, '检测在等您离开屏幕');
  assert.equal(await cabinet.reads(4), 'shut');
  await screen.touch('读者先取');
  await screen.shows('code');
  await screen.touch('返回');
  await touchOnce(cabinet, screen, '退出', ({ name }) => name === 'start');
  await until('the door under test', async () => await cabinet.reads(4) === 'open');
  await cabinet.hand(4, 'shut');
});

test('whatever a door is out of service for has words of its own', () => {
  const core = readFileSync(`${top}/core/self_test.cpp`, 'utf8');
  const [, found] = /broken_by\{([^}]*)\}/.exec(core);
  const reasons = [...found.matchAll(/Reason::(\w+)/g)].map(([, reason]) => reason);
  assert.ok(reasons.length > 9);
  const words = readFileSync(`${top}/web/kiosk/src/words/zh-CN.ts`, 'utf8');
  const without = ['by_staff', 'door_fault', 'hardware_lost', ...reasons]
    .filter((reason) => !words.includes(`  is_out_${reason}: `));
  assert.deepEqual(without, []);
});
