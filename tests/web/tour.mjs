// Every screen once, brought about by what people, couriers, doors and the network do.

import { Cabinet, courierCode, Screen, touchOnce, until } from './rig.mjs';

async function login(screen) {
  await screen.touch('配送员 / 工作人员');
  await screen.shows('code');
  await screen.enter(courierCode);
  await screen.shows('courier_list');
}

async function startAndCodes(screen, cabinet, look) {
  await screen.shows('start');
  await look('start');
  await screen.touch('帮助');
  await screen.shows('help');
  await look('help');
  await screen.touch('返回');
  await screen.touch('取书');
  await screen.shows('code');
  await screen.type('11112');
  await look('code');
  await screen.enter('223');
  await screen.shows('wrong_code');
  await look('wrong_code');
  await screen.type('1234567890123456');
  await look('token');
  await screen.touch('返回');
}

async function pickup(screen, cabinet, look) {
  const door = await cabinet.store('D-1', { code: '11112222', group: 'G-1' });
  const second = await cabinet.store('D-2', { code: '11112222', group: 'G-1', books: 3 });
  await cabinet.fault(door, 'jam', true);
  await screen.touch('取书');
  await screen.type('11112222');
  screen.holdAt('opening');
  await screen.tap(screen.page.locator('.confirm'));
  await screen.shows('opening');
  await look('opening');
  screen.letGo();
  await screen.shows('not_opened');
  await look('not_opened');
  await screen.touch('帮助');
  await screen.shows('help');
  await screen.page.getByText('您的求助已记录在本柜').waitFor();
  await look('help_in_errand');
  await screen.touch('返回');
  await cabinet.fault(door, 'jam', false);
  await screen.touch('再试一次');
  await screen.shows('open');
  await look('open');
  await cabinet.hand(door, 'shut');
  await screen.shows('still_occupied');
  await look('still_occupied');
  await screen.touch('再开一次');
  await screen.shows('open');
  await cabinet.hand(door, 'take');
  await cabinet.hand(door, 'shut');
  await cabinet.opens(second);
  await cabinet.hand(second, 'take');
  screen.holdAt('thanks');
  await cabinet.hand(second, 'shut');
  await screen.shows('thanks');
  await look('thanks');
  screen.letGo();
  await cabinet.answer('leave');
  await screen.shows('start');
}

async function dropOff(screen, cabinet, look) {
  for (const [id, size] of [['D-2026-0311', 'small'], ['D-2026-0312', 'medium'],
    ['D-2026-0313', 'large'], ['D-2026-0314', 'small'], ['D-2026-0315', 'medium']]) {
    await cabinet.assign(id, { code: `4444${id.slice(-4)}`, size });
  }
  await login(screen);
  await look('courier_list');
  await screen.touch('读者先取');
  await screen.shows('code');
  await look('patron_first');
  await screen.touch('返回');
  await screen.tap(screen.page.locator('.parcel').first());
  await screen.shows('open');
  await look('open_deposit');
  const { compartment } = await cabinet.screen();
  await cabinet.hand(compartment, 'shut');
  await screen.shows('sensed_empty');
  await look('sensed_empty');
  await screen.touch('稍后再放');
  await screen.shows('courier_list');
  await screen.tap(screen.page.locator('.parcel').first());
  await screen.shows('open');
  await cabinet.hand(compartment, 'put', { books: 2 });
  await cabinet.hand(compartment, 'shut');
  await screen.shows('courier_list');
  await cabinet.code('44440311');
  await screen.shows('open');
  await look('open_list_waits');
  await cabinet.hand(compartment, 'take');
  await cabinet.hand(compartment, 'shut');
  await screen.shows('thanks');
  await cabinet.answer('done');
  await screen.shows('courier_list');
  await cabinet.answer('leave');
  await screen.shows('start');
}

async function bringBack(screen, cabinet, look) {
  await touchOnce(cabinet, screen, '还书', ({ name }) => name === 'return_card');
  await screen.shows('return_card');
  await look('return_card');
  await cabinet.card('04A1B2C3');
  await screen.shows('return_size');
  await look('return_size');
  await touchOnce(cabinet, screen, '中：3～5 册', ({ name }) => name === 'open');
  await screen.shows('open');
  await look('open_return');
  const { compartment } = await cabinet.screen();
  await cabinet.hand(compartment, 'shut');
  await screen.shows('sensed_empty');
  await look('return_sensed_empty');
  await touchOnce(cabinet, screen, '再开一次', ({ name }) => name === 'open');
  await screen.shows('open');
  await cabinet.hand(compartment, 'put', { books: 4 });
  screen.holdAt('return_thanks');
  await cabinet.hand(compartment, 'shut');
  await screen.shows('return_thanks');
  await look('return_thanks');
  screen.letGo();
  await cabinet.answer('leave');
  await screen.shows('start');
}

// Until door 16 has one, without a sensor; three a card.
async function collectReturns(screen, cabinet, look) {
  let door = 0;
  for (let at = 0; at < 4 && door !== 16; ++at) {
    door = await cabinet.bringBack(`0B0${at}`, 'large');
  }
  await screen.shows('start');
  await login(screen);
  await look('courier_list_returns');
  await screen.tap(screen.page.locator('.collect-returns'));
  for (;;) {
    await screen.shows('open');
    const { compartment } = await cabinet.screen();
    if (compartment === 16) break;
    await cabinet.opens(compartment);
    await cabinet.hand(compartment, 'take');
    await cabinet.hand(compartment, 'shut');
    await until('the next door', async () => (await cabinet.screen()).compartment !== compartment);
  }
  await cabinet.opens(16);
  await look('open_collection');
  await cabinet.hand(16, 'take');
  await cabinet.hand(16, 'shut');
  await screen.shows('confirm_collection');
  await look('confirm_collection');
  await screen.touch('在，已取出');
  await screen.shows('courier_list');
  await cabinet.answer('leave');
  await screen.shows('start');
}

// Its own cabinet, which has no space for returns.
async function full(browser, look) {
  const cabinet = await Cabinet.start({ reserve_for_deliveries: 15 });
  try {
    await cabinet.bringBack('04A1B2C3');
    const screen = await Screen.open(browser, cabinet);
    await screen.shows('start');
    await screen.touch('还书');
    await screen.page.getByText('留给还书的柜格已满').waitFor();
    await look('returns_full', screen);
    await screen.close();
  } finally {
    await cabinet.stop();
  }
}

async function withoutSensor(screen, cabinet, look) {
  // Large ones until door 16 is reserved, the one without a sensor.
  let door = 0;
  for (let at = 0; at < 4 && door !== 16; ++at) {
    await cabinet.assign(`L-${at}`, { code: `5555000${at}`, size: 'large' });
    await cabinet.code(courierCode);
    door = (await cabinet.screen()).items.find((one) => one.delivery === `L-${at}`).compartment;
    await cabinet.answer('leave');
    if (door === 16) await cabinet.code(courierCode).then(() => cabinet.choose(`L-${at}`));
  }
  await screen.shows('open');
  await cabinet.hand(16, 'put', { books: 2 });
  await cabinet.hand(16, 'shut');
  await screen.shows('confirm_deposit');
  await look('confirm_deposit');
  await screen.touch('放好了');
  await screen.shows('courier_list');
  await cabinet.answer('leave');
  await screen.shows('start');
  await screen.touch('取书');
  const code = await pickupCodeOfDoor16(cabinet);
  await screen.enter(code);
  await screen.shows('open');
  await cabinet.hand(16, 'take');
  await cabinet.hand(16, 'shut');
  await screen.shows('confirm_emptied');
  await look('confirm_emptied');
  await screen.touch('取好了');
  await screen.shows('thanks');
  await cabinet.answer('leave');
  await screen.shows('start');
}

async function pickupCodeOfDoor16(cabinet) {
  const report = await (await fetch(`${cabinet.url}api/state`)).json();
  const { delivery } = report.compartments.find((one) => one.number === 16);
  return `5555000${delivery.slice(2)}`;
}

async function lockOut(screen, cabinet, look) {
  await screen.touch('取书');
  await screen.shows('code');
  // The last wrong one of four tells how long.
  for (let at = 0; at < 4; ++at) {
    await screen.enter(`9999000${at}`);
    await screen.shows(at < 3 ? 'wrong_code' : 'locked_out');
  }
  await look('locked_out');
  await screen.touch('返回');
}

async function outOfOrder(screen, cabinet, look) {
  await cabinet.operate('service', 'out');
  await screen.shows('out_of_order');
  await look('out_of_order');
  await cabinet.operate('service', 'in');
  await screen.shows('start');
  await cabinet.networkDown();
  await screen.page.getByText('网络已断开，取书不受影响').waitFor();
  await look('offline');
  await cabinet.daemonDown();
  await screen.shows('away');
  await look('away');
}

// Its own cabinet, which soon finds a door open too long and a person gone.
async function impatient(browser, look) {
  const cabinet = await Cabinet.start({ close_within_s: 10, question_idle_s: 14 });
  try {
    const door = await cabinet.store('D-1', { code: '11112222' });
    const screen = await Screen.open(browser, cabinet);
    await screen.shows('start');
    await screen.touch('取书');
    await screen.enter('11112222');
    await screen.shows('open');
    screen.page.setDefaultTimeout(30_000);
    await screen.shows('left_open');
    await look('left_open', screen);
    await cabinet.hand(door, 'shut');
    await cabinet.shows('start');
    // Shut with the books inside: whoever it was is asked, and then the screen waits.
    await cabinet.code('11112222');
    await screen.shows('open');
    screen.holdAt('still_occupied');
    await cabinet.hand(door, 'shut');
    await screen.page.locator('.still-there').waitFor();
    await look('still_there', screen);
    await screen.close();
  } finally {
    await cabinet.stop();
  }
}

// `look(name, screen)` is called with each screen held still.
export async function tour(browser, look) {
  const cabinet = await Cabinet.start();
  try {
    const screen = await Screen.open(browser, cabinet);
    const seen = (name) => look(name, screen);
    for (const part of [startAndCodes, pickup, dropOff, bringBack, collectReturns, withoutSensor,
      lockOut, outOfOrder]) {
      await part(screen, cabinet, seen);
    }
    await screen.close();
  } catch (trouble) {
    throw new Error(`${trouble.message}\nthe daemon's last words:\n${cabinet.log().slice(-2000)}`,
      { cause: trouble });
  } finally {
    await cabinet.stop();
  }
  await full(browser, look);
  await impatient(browser, look);
}
