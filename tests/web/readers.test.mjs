// What is held to the reader: cards, QR codes, labels; on a serial line, as a reader writes it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { openBrowser, visit } from './rig.mjs';

const patronCard = '04D1CEB0';
const courierCard = '0A0B0C0D';
const token = '4711081512341234';

let browser;
before(async () => { browser = await openBrowser(); });
after(() => browser.close());

const at = (t) => visit(t, browser, { fitted: { reader: true } });

async function takeAndShut(cabinet, screen, door) {
  assert.equal(await screen.page.locator('.number').innerText(), String(door));
  await cabinet.hand(door, 'take');
  await cabinet.hand(door, 'shut');
  await screen.shows('thanks');
  await screen.shows('start');
}

test('a reader card opens its patron’s door from the start screen', async (t) => {
  const { cabinet, screen } = await at(t);
  const door = await cabinet.store('D-1', { code: '11112222', card: patronCard });
  cabinet.scan('04:d1:ce:b0');
  await screen.shows('open');
  await takeAndShut(cabinet, screen, door);
  assert.deepEqual(screen.troubles, []);
});

test('a QR code opens its door, while a code is being typed too', async (t) => {
  const { cabinet, screen } = await at(t);
  const door = await cabinet.store('D-1', { code: '11112222', token });
  await screen.touch('取书');
  await screen.type('111');
  cabinet.scan(token);
  await screen.shows('open');
  await takeAndShut(cabinet, screen, door);
  // It was good for that delivery alone.
  cabinet.scan(token);
  await screen.page.getByText('没有找到这个二维码的图书').waitFor();
  await screen.shows('start');
});

test('card and QR code still open while codes are paused', async (t) => {
  const { cabinet, screen } = await at(t);
  const first = await cabinet.store('D-1', { code: '11112222', card: patronCard });
  const second = await cabinet.store('D-2', { code: '33334444', token, patron: 'P-2' });
  for (let tries = 0; tries < 4; ++tries) await cabinet.code('99990000');
  assert.equal((await cabinet.code('11112222')).reason, 'locked_out');
  cabinet.scan(patronCard);
  await screen.shows('open');
  await takeAndShut(cabinet, screen, first);
  cabinet.scan(token);
  await screen.shows('open');
  await takeAndShut(cabinet, screen, second);
});

test('a courier’s card logs in, and the label of a parcel opens a door for it', async (t) => {
  const { cabinet, screen } = await at(t);
  await cabinet.ctl('grant', 'courier-8', '--card', courierCard);
  await cabinet.assign('D-1', { code: '11112222' });
  cabinet.scan(courierCard);
  await screen.shows('courier_list');
  cabinet.scan('LC:D-1');
  await screen.shows('open');
  const { compartment } = await cabinet.screen();
  await cabinet.hand(compartment, 'put', { books: 2 });
  await cabinet.hand(compartment, 'shut');
  await screen.shows('courier_list');
});

test('a card that nothing is kept for, and what cannot be read, is said and opens nothing',
  async (t) => {
    const { cabinet, screen } = await at(t);
    await cabinet.store('D-1', { code: '11112222', card: patronCard });
    const pulses = (await cabinet.doors()).map((one) => one.pulses);
    cabinet.scan('0BADCAFE');
    await screen.page.getByText('没有找到这张证的图书').waitFor();
    cabinet.scan('?!');
    await screen.page.getByText('没有读懂扫到的内容，请再扫一次').waitFor();
    await screen.shows('start');
    assert.deepEqual((await cabinet.doors()).map((one) => one.pulses), pulses);
  });
