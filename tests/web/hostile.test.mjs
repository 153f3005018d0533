// Who else is on this machine, or in another tab, while a patron stands at the screen.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';

import { openBrowser, visit } from './rig.mjs';

const bodyBytesMost = 4096;
const headerBytesMost = 8192;
const connectionsMost = 32;
const messageBytesMost = 1024;

let browser;
before(async () => { browser = await openBrowser(); });
after(() => browser.close());

// A socket that says what no browser does. `answer` is all that came back until the daemon closed.
function wire(cabinet, bytes) {
  const socket = connect(cabinet.port, '127.0.0.1');
  socket.setNoDelay(true);
  let said = '';
  socket.on('data', (chunk) => { said += chunk.toString('latin1'); });
  socket.on('error', () => {});
  if (bytes) socket.write(bytes);
  const ended = new Promise((done) => { socket.on('close', () => done(said)); });
  return { socket, ended, said: () => said };
}

const post = (cabinet, body, headers = {}) => {
  const all = { Host: `127.0.0.1:${cabinet.port}`, 'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body), Connection: 'close', ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return wire(cabinet, `POST /api/code HTTP/1.1\r\n${lines.join('')}\r\n${body}`).ended;
};

const upgrade = (cabinet, headers = {}) => {
  const all = { Host: `127.0.0.1:${cabinet.port}`, Upgrade: 'websocket', Connection: 'Upgrade',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version': '13', ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return wire(cabinet, `GET /api/events HTTP/1.1\r\n${lines.join('')}\r\n`);
};

// A masked frame of text, as a client must send it.
function frame(bytes) {
  const size = Buffer.alloc(2);
  size.writeUInt16BE(bytes);
  return Buffer.concat([Buffer.from([0x81, 0x80 | 126]), size, Buffer.alloc(4 + bytes, 0)]);
}

const code = JSON.stringify({ code: '11112222' });
const status = (answer) => Number(answer.split(' ')[1]);

async function refusals(cabinet) {
  const own = `http://127.0.0.1:${cabinet.port}`;
  const foreign = [
    [{ Origin: 'http://evil.example' }, 403],
    [{ Origin: 'null' }, 403],
    [{ Origin: own.replace('http:', 'https:') }, 403],
    [{ Host: `evil.example:${cabinet.port}` }, 403],
    [{ Host: 'evil.example', Origin: 'http://evil.example' }, 403],
    [{ 'Sec-Fetch-Site': 'cross-site' }, 403],
    [{ 'Content-Type': 'text/plain' }, 415],
    [{ 'X-Long': 'x'.repeat(headerBytesMost) }, 431],
  ];
  for (const [headers, refused] of foreign) {
    assert.equal(status(await post(cabinet, code, headers)), refused, JSON.stringify(headers));
  }
  assert.equal(status(await post(cabinet, ' '.repeat(bodyBytesMost + 1))), 413);
  for (const headers of [{ Origin: 'http://evil.example' }, { Host: 'evil.example' }]) {
    const listener = upgrade(cabinet, { ...headers, Connection: 'Upgrade, close' });
    assert.equal(status(await listener.ended), 403, JSON.stringify(headers));
  }
}

// What a page of another origin in the same browser gets hold of.
async function otherTab(cabinet, context) {
  const server = createServer((_, response) => {
    response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>evil</title>');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const tab = await context.newPage();
  await tab.goto(`http://127.0.0.1:${server.address().port}/`);
  const got = await tab.evaluate(async ([url, body]) => {
    const tried = (ask) => ask.then(() => 'reached', () => 'refused');
    const socket = new WebSocket(`${url.replace('http', 'ws')}api/events`);
    const heard = await new Promise((done) => {
      socket.onmessage = () => done('heard');
      socket.onclose = () => done('refused');
    });
    const headers = { 'Content-Type': 'application/json' };
    return [heard, await tried(fetch(`${url}api/screen`)),
      await tried(fetch(`${url}api/code`, { method: 'POST', headers, body })),
      // It goes out without asking first, and must do nothing.
      (await fetch(`${url}api/code`, { method: 'POST', mode: 'no-cors', body }).catch(() => null))
        ?.type ?? 'refused'];
  }, [cabinet.url, code]);
  assert.deepEqual(got.slice(0, 3), ['refused', 'refused', 'refused']);
  assert.ok(['opaque', 'refused'].includes(got[3]));
  await tab.close();
  server.close();
}

// Each stays for as long as it is let.
function crowd(cabinet) {
  const half = `POST /api/code HTTP/1.1\r\nHost: 127.0.0.1:${cabinet.port}\r\nConte`;
  return Array.from({ length: 4 * connectionsMost }, (_, at) => wire(cabinet, at % 2 ? half : ''));
}

function flood(cabinet) {
  const listener = upgrade(cabinet);
  const timer = setInterval(() => {
    for (let at = 0; at < 200; ++at) listener.socket.write(frame(messageBytesMost - 24));
  }, 5);
  return { ...listener, stop: () => { clearInterval(timer); listener.socket.destroy(); } };
}

test('a patron collects while others on the machine try what they can', async (t) => {
  const { cabinet, screen } = await visit(t, browser);
  const door = await cabinet.store('D-1', { code: '11112222' });
  const pulses = async () => (await cabinet.doors()).map((one) => one.pulses);
  const before = await pulses();
  await screen.shows('start');

  await refusals(cabinet);
  await otherTab(cabinet, screen.context);
  const tooLong = upgrade(cabinet);
  await once(tooLong.socket, 'data');
  tooLong.socket.write(frame(messageBytesMost + 1));
  await tooLong.ended;
  assert.deepEqual(await pulses(), before);
  assert.equal((await cabinet.screen()).name, 'start');

  const floods = [flood(cabinet), flood(cabinet)];
  const waiting = crowd(cabinet);
  try {
    // The page's listener matters more than who is idle or sends half a request: it stays.
    await screen.touch('取书');
    await screen.enter('11112222');
    await screen.shows('open');
    await cabinet.hand(door, 'take');
    await cabinet.hand(door, 'shut');
    await screen.shows('thanks');
    // Half a request has its ten seconds, and no more.
    await Promise.all(waiting.map((one) => one.ended));
    await screen.shows('start');
  } finally {
    floods.forEach((one) => one.stop());
    waiting.forEach((one) => one.socket.destroy());
  }
  const moved = (await pulses()).map((now, at) => now - before[at]);
  assert.deepEqual(moved.filter((times) => times !== 0), [1]);
  assert.deepEqual(screen.troubles, []);
});
