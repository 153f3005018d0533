// Every screen of staff once, brought about by what they, doors and locks do.

import { Cabinet, doorWithoutSensor, Screen, staffCode, touchOnce } from './rig.mjs';

export const doorOf = (screen, door) => screen.page.locator('.staffed g.door', {
  has: screen.page.locator(`text="${door}"`),
}).first();

export const touchDoor = (screen, door) => screen.tap(doorOf(screen, door));

export async function logIn(screen) {
  await screen.touch('配送员 / 工作人员');
  await screen.shows('code');
  await screen.enter(staffCode);
  await screen.shows('staff');
}

const says = (screen, text) => screen.page.locator('h1', { hasText: text }).waitFor();

async function doors(screen, cabinet, look) {
  const held = await cabinet.store('D-2026-0311', { code: '11112222', books: 3 });
  await logIn(screen);
  await look('staff');
  await touchDoor(screen, held);
  await says(screen, `${held}号柜门：关着`);
  await look('staff_door');
  await screen.touch('停用');
  await screen.page.getByText('已停用').waitFor();
  await look('staff_door_out');
  await screen.touch('启用');
  await screen.page.getByText('已停用').waitFor({ state: 'detached' });
  await screen.touch('打开');
  await screen.shows('open');
  await look('staff_open');
  await cabinet.hand(held, 'shut');
  await screen.shows('staff');
  await screen.touch('全部柜门');
  await screen.touch('输入门号');
  await screen.shows('door_number');
  await screen.type('1');
  await look('staff_by_number');
  await screen.touch('返回');
  await screen.shows('staff');
  await screen.touch('停用与维护');
  await says(screen, '停用整柜，或用钥匙维护');
  await screen.touch('开始维护');
  await screen.touch('停用与维护');
  await screen.key('结束维护').waitFor();
  await look('staff_service');
  await screen.touch('结束维护');
  await screen.key('停用与维护').waitFor();
  await screen.touch('网络与流水');
  await screen.page.locator('.lines li').first().waitFor();
  await look('staff_record');
  await screen.touch('全部柜门');
  await screen.touch('包裹 0');
  await screen.shows('courier_list');
  await look('staff_parcels');
  await screen.touch('返回');
}

const disputed = 6;
const extra = 8;
const jammed = 9;

// One more than the ledger knows of, one less, and one that does not open.
async function walk(screen, cabinet, look) {
  await cabinet.ctl('adopt', 'D-2026-0316', '--compartment', String(disputed),
    '--code', '55556666', '--patron', 'P-2', '--size', 'large', '--books', '4');
  await says(screen, '请逐格清点：账目可能有误');
  await look('staff_walk_needed');
  await cabinet.fault(jammed, 'jam', true);
  await touchOnce(cabinet, screen, '逐格清点', ({ name }) => name !== 'courier_list');
  for (let door = 1; door <= doorWithoutSensor; ++door) {
    await walkTo(door, screen, cabinet, look);
  }
  await screen.shows('walk_report');
  await look('walk_report');
  await screen.touch('结束');
  await screen.shows('staff');
  await cabinet.fault(jammed, 'jam', false);
}

async function walkTo(door, screen, cabinet, look) {
  const goOn = (word) => touchOnce(cabinet, screen, word,
    ({ name, compartment }) => name === 'walk_report' || compartment !== door);
  if (door === jammed) {
    await screen.shows('not_opened');
    await look('walk_not_opened');
    return goOn('跳过');
  }
  await cabinet.opens(door);
  const { delivery } = await cabinet.screen();
  const isThere = delivery !== undefined && door !== disputed;
  if (isThere) await look('walk_open');
  if (door === extra) await cabinet.hand(door, 'put', { books: 1 });
  await cabinet.hand(door, 'shut');
  await screen.shows('walk_question');
  if (isThere) await look('walk_question');
  if (door === disputed) await look('walk_disputed');
  if (door === doorWithoutSensor) await look('walk_empty');
  await goOn(door === disputed ? '不在' : door === extra ? '多出' : isThere ? '在' : '空的');
}

async function tests(screen, cabinet, look) {
  await cabinet.fault(7, 'stick_switch', true);
  await touchDoor(screen, 7);
  await screen.touch('检测此门');
  await says(screen, '请看门上印的号码，再点选该号码');
  await look('staff_which_door');
  await touchDoor(screen, 7);
  await says(screen, '自检结束：1 个柜门有问题');
  await look('staff_test_over');
  await screen.touch('结束');
  await cabinet.hand(7, 'shut');
  await cabinet.fault(7, 'stick_switch', false);
  await touchDoor(screen, 16);
  await screen.touch('检测此门');
  await says(screen, '请关好16号柜门');
  await look('staff_shut');
  await cabinet.hand(16, 'shut');
  await says(screen, '16号柜门里是空的吗？');
  await look('staff_is_empty');
  await screen.touch('是空的');
  await says(screen, '自检结束，全部正常');
  await screen.touch('结束');
  await screen.touch('全部柜门');
  await screen.touch('逐门验收');
  await says(screen, '请看门上印的号码，再点选该号码');
  await look('staff_commission');
  await screen.touch('停止检测');
  await screen.page.getByText('提前结束：已停止').waitFor();
  await look('staff_test_stopped');
}

// `look(name, screen)` is called with each screen held still.
export async function staffTour(browser, look) {
  const cabinet = await Cabinet.start();
  try {
    await cabinet.ctl('grant', 'wang', '--code', staffCode, '--role', 'staff');
    const screen = await Screen.open(browser, cabinet);
    await screen.shows('start');
    const seen = (name) => look(name, screen);
    await doors(screen, cabinet, seen);
    await walk(screen, cabinet, seen);
    await tests(screen, cabinet, seen);
    await screen.close();
  } catch (trouble) {
    throw new Error(`${trouble.message}\nthe daemon's last words:\n${cabinet.log().slice(-2000)}`,
      { cause: trouble });
  } finally {
    await cabinet.stop();
  }
}
