// A cabinet for the browser's tests: the real daemon, a real broker, a simulated cabinet, Chromium.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync,
  writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const require = createRequire(new URL('../../web/package.json', import.meta.url));
const { chromium } = require('playwright-core');

export const top = fileURLToPath(new URL('../..', import.meta.url));
const bin = path.join(process.env.BUILD_DIR ?? path.join(top, 'build/dev'), 'bin');
const run = promisify(execFile);
const readyWithinMs = 20_000;
const lookAgainMs = 20;
const doubleTapMs = 300;

export const courierCode = '900001';
export const returnsElsewhere = '市图书馆一楼';
export const staffCode = '800001';
export const hours = { 'zh-CN': '每日 6:00–22:00', en: 'Daily 6:00–22:00' };

// Four columns, the screen before the middle two. Door 16 has no sensor.
const columns = [
  [[1, 'small', 1500], [2, 'small', 1340], [3, 'small', 1180], [4, 'medium', 900],
    [5, 'medium', 620], [6, 'large', 180]],
  [[7, 'medium', 620], [8, 'large', 180]],
  [[9, 'medium', 620], [10, 'large', 180]],
  [[11, 'small', 1500], [12, 'small', 1340], [13, 'small', 1180], [14, 'medium', 900],
    [15, 'medium', 620], [16, 'large', 180]],
];
export const doorWithoutSensor = 16;

// A few doors are enough where each of them is opened.
export const smallCabinet = [
  [[1, 'small', 1340], [2, 'small', 1180], [3, 'medium', 900]],
  [[4, 'large', 180]],
  [[5, 'large', 180]],
  [[doorWithoutSensor, 'small', 1180]],
];

const limits = {
  settle_ms: 200,
  door_springs_within_ms: 500,
  pulse_ms: 50,
  pulse_gap_ms: 100,
  question_idle_s: 300,
  session_idle_s: 600,
  close_within_s: 600,
  reopen_grace_s: 0,
};

// Dispatch's own, which nobody here needs to open: who brings books back is sealed to it.
const returnsKey = () => Buffer.from(
  generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' }).x, 'base64url').toString('base64');

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

// What `look` finds, or an error that says what was awaited.
export async function until(what, look) {
  const ends = Date.now() + readyWithinMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > ends) throw new Error(`${what} did not come`);
    await after(lookAgainMs);
  }
}

export class Cabinet {
  #home = mkdtempSync(path.join(tmpdir(), 'kiosk-test.'));
  #broker = null;
  #daemon = null;
  #reader = null;
  #dispatcher = null;
  #environment = {};

  // `fitted.sounds`: the screen sounds. `fitted.reader`: a scanner on a serial line.
  // `fitted.columns`: other doors than the usual ones.
  static async start(changes = {}, fitted = {}) {
    const cabinet = new Cabinet();
    try {
      await cabinet.#begin({ ...limits, ...changes }, fitted);
    } catch (trouble) {
      await cabinet.stop();
      throw trouble;
    }
    return cabinet;
  }

  get url() { return `http://127.0.0.1:${this.port}/`; }

  async #begin(chosen, fitted) {
    [this.port, this.brokerPort] = [await freePort(), await freePort()];
    if (fitted.reader) await this.#plugIn();
    await this.#configure(chosen, fitted);
    this.#environment = {
      ...process.env,
      CABINETCTL_BROKER: `mqtt://127.0.0.1:${this.brokerPort}`,
      CABINETCTL_CABINET: 'KS-017',
      CABINETCTL_KEY: this.#file('dispatch.key'),
      CABINETCTL_SEALING_KEYS: this.#file('sealing.keys'),
    };
    await this.networkUp();
    await this.daemonUp();
    await until('the link to dispatch', async () => (await this.screen()).online);
    await this.ctl('grant', 'courier-7', '--code', courierCode);
  }

  #file(name) { return path.join(this.#home, name); }

  // A pseudo-terminal: what is written to its far end, the daemon reads from the serial line.
  async #plugIn() {
    this.#reader = spawn('python3', [path.join(top, 'tests/web/serial_line.py'),
      this.#file('reader')], { stdio: ['pipe', 'ignore', 'inherit'] });
    await until('the serial line', async () => existsSync(this.#file('reader')));
  }

  async #configure(chosen, fitted) {
    writeFileSync(this.#file('code.key'), randomBytes(32).toString('hex'), { mode: 0o600 });
    const doors = (fitted.columns ?? columns).flatMap((column, at) => column.map(([first, size, height]) =>
      `[[bank]]\nfirst = ${first}\ncount = 1\nsize = "${size}"\nheight_mm = ${height}\n` +
      `column = ${at + 1}\nsensor = ${first !== doorWithoutSensor}\n`));
    writeFileSync(this.#file('cabinetd.toml'), `
[cabinet]
id = "KS-017"
name = "玉山公园"
help_telephone = "0512-5757 5757"
state_directory = "${this.#file('state')}"
[broker]
uri = "mqtt://127.0.0.1:${this.brokerPort}"
reconnect_least_ms = 100
reconnect_most_s = 1
[secrets]
code_key_file = "${this.#file('code.key')}"
[kiosk]
port = ${this.port}
sounds = ${fitted.sounds === true}
control_socket = "${this.#file('control.sock')}"
[site]
hours_zh = "${hours['zh-CN']}"
hours_en = "${hours.en}"
returns_key = "${returnsKey()}"
returns_elsewhere = "${returnsElsewhere}"
[clock]
source = "assume"
[limits]
${Object.entries(chosen).map(([key, value]) => `${key} = ${value}`).join('\n')}
[screen]
column = 2
columns = 2
height_mm = 900
tall_mm = 760
${doors.join('')}${fitted.reader ? this.#readerSections() : ''}`);
    for (const key of [['dispatch'], ['operator', '--role', 'operations']]) {
      const { stdout } = await run(path.join(bin, 'cabinetctl'),
        ['keys', 'new', key[0], '--out', this.#file(`${key[0]}.key`), ...key.slice(1)]);
      appendFileSync(this.#file('cabinetd.toml'), stdout);
    }
    const { stdout } = await run(path.join(bin, 'cabinetd'),
      ['--simulate', '--config', this.#file('cabinetd.toml'), '--print-sealing-key']);
    writeFileSync(this.#file('sealing.keys'), stdout);
  }

  #readerSections() {
    const formats = [['token', ''], ['parcel', 'prefix = "LC:"'], ['card', 'number = "hex"']];
    return `
[[reader]]
id = "desk"
connection = "serial"
path = "${this.#file('reader')}"
${formats.map(([meaning, more]) =>
    `[[format]]\nreader = "desk"\nmeaning = "${meaning}"\n${more}\n`).join('')}`;
  }

  // What a card or a code held to the reader becomes on its line.
  scan(text) { this.#reader.stdin.write(`${text}\r`); }

  #launch(program, parameters) {
    const log = openSync(this.#file('log'), 'a');
    return spawn(program, parameters, { stdio: ['ignore', log, log] });
  }

  async networkUp() {
    const user = process.getuid?.() === 0 ? 'user root\n' : '';
    writeFileSync(this.#file('mosquitto.conf'),
      `${user}listener ${this.brokerPort} 127.0.0.1\nallow_anonymous true\npersistence false\n`);
    this.#broker = this.#launch('mosquitto', ['-c', this.#file('mosquitto.conf')]);
  }

  async networkDown() {
    await this.#end(this.#broker, 'SIGKILL');
    this.#broker = null;
  }

  // Reads the journal and acknowledges it, which nobody does before.
  dispatcherUp() {
    this.#dispatcher = this.#launch(path.join(bin, 'reference-dispatcher'),
      ['--broker', `mqtt://127.0.0.1:${this.brokerPort}`, '--key', this.#file('dispatch.key'),
        '--sealing-keys', this.#file('sealing.keys'), '--ledger', this.#file('dispatch.db')]);
  }

  async daemonUp() {
    this.#daemon = this.#launch(path.join(bin, 'cabinetd'),
      ['--simulate', '--config', this.#file('cabinetd.toml')]);
    await until('the daemon', () => this.screen().catch(() => null));
  }

  async daemonDown() {
    await this.#end(this.#daemon, 'SIGKILL');
    this.#daemon = null;
  }

  async #end(child, signal) {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }

  async stop() {
    await this.#end(this.#dispatcher, 'SIGTERM');
    await this.#end(this.#daemon, 'SIGTERM');
    await this.#end(this.#broker, 'SIGTERM');
    await this.#end(this.#reader, 'SIGTERM');
    rmSync(this.#home, { recursive: true, force: true });
  }

  log() {
    return existsSync(this.#file('log')) ? readFileSync(this.#file('log'), 'utf8') : '';
  }

  async ctl(...parameters) {
    return (await run(path.join(bin, 'cabinetctl'), parameters, { env: this.#environment })).stdout;
  }

  operate(...parameters) {
    return this.ctl('--key', this.#file('operator.key'), ...parameters);
  }

  async #ask(where, body) {
    const response = await fetch(`${this.url}api/${where}`, body === undefined ? {} : {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    return response.json();
  }

  screen() { return this.#ask('screen'); }
  doors() { return this.#ask('simulated').then((all) => all.compartments); }
  code(code) { return this.#ask('code', { code }); }
  card(card) { return this.#ask('card', { card }); }
  choose(delivery) { return this.#ask('choose', { delivery }); }
  answer(word) { return this.#ask('answer', { answer: word }); }

  // What a hand does at a door; it must be one that the door allows.
  async hand(door, does, body = {}) {
    const outcome = await this.#ask(`simulated/${door}/${does}`, body);
    if (!outcome.ok) throw new Error(`door ${door} did not let ${does}: ${outcome.reason}`);
  }

  // As `cabinetctl` at the cabinet asks.
  async atSocket(where, body) {
    const asked = request({ socketPath: this.#file('control.sock'), path: `/api/${where}`,
      method: 'POST', headers: { 'Content-Type': 'application/json' } });
    asked.end(JSON.stringify(body));
    const [response] = await once(asked, 'response');
    return JSON.parse(Buffer.concat(await response.toArray()).toString());
  }

  // What its switch says.
  async reads(door) {
    const { compartments } = await this.#ask('state');
    return compartments.find((one) => one.number === door).door;
  }

  fault(door, fault, on) { return this.hand(door, 'fault', { fault, on }); }

  shows(name) {
    return until(`screen ${name}`, async () => {
      const screen = await this.screen();
      return screen.name === name ? screen : null;
    });
  }

  opens(door) {
    return until(`door ${door} open`, async () => {
      const { name, compartment } = await this.screen();
      return name === 'open' && compartment === door;
    });
  }

  async assign(id, { code, size = 'small', books = 2, patron = 'P-1', group, card, token } = {}) {
    const more = Object.entries({ group, card, token }).filter(([, value]) => value)
      .flatMap(([name, value]) => [`--${name}`, value]);
    await this.ctl('assign', id, '--code', code, '--patron', patron, '--size', size,
      '--books', String(books), ...more);
  }

  // Assigned and dropped off, by another way than the screen. Tells the door.
  async store(id, parcel) {
    await this.assign(id, parcel);
    await this.code(courierCode);
    await this.choose(id);
    const { compartment } = await this.shows('open');
    await this.hand(compartment, 'put', { books: parcel.books ?? 2 });
    await this.hand(compartment, 'shut');
    const screen = await until('the list', async () => {
      const now = await this.screen();
      return ['courier_list', 'confirm_deposit'].includes(now.name) ? now : null;
    });
    if (screen.name === 'confirm_deposit') await this.answer('done');
    await this.answer('leave');
    await this.shows('start');
    return compartment;
  }

  // Brought back by that card, by another way than the screen. Tells the door.
  async bringBack(card, size = 'small') {
    await this.#ask('return', {});
    await this.card(card);
    await this.#ask('size', { size });
    const { compartment } = await this.shows('open');
    await this.hand(compartment, 'put', { books: 2 });
    await this.hand(compartment, 'shut');
    const { name } = await until('thanks', async () => {
      const now = await this.screen();
      return ['return_thanks', 'confirm_deposit'].includes(now.name) ? now : null;
    });
    if (name === 'confirm_deposit') await this.answer('done');
    await this.answer('leave');
    await this.shows('start');
    return compartment;
  }
}

export const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium';

export async function openBrowser(options = {}) {
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: chromiumPath, args, ...options });
}

export const sizes = {
  portrait: { width: 1080, height: 1920 },
  landscape: { width: 1280, height: 800 },
  small: { width: 800, height: 480 },
};

// A page at the cabinet's screen, with what a person sees and does there.
export class Screen {
  #frozen = false;
  #holdAt = null;
  #latest = null;
  #send = () => {};
  #tappedAt = 0;

  // `options.path`: of the page. `options.before`: runs in it before its own scripts.
  static async open(browser, cabinet, { path: page, before, ...options } = {}) {
    const screen = new Screen();
    const context = await browser.newContext({ viewport: sizes.landscape, ...options });
    screen.context = context;
    screen.page = await context.newPage();
    screen.troubles = [];
    screen.page.on('pageerror', (error) => screen.troubles.push(String(error)));
    screen.page.on('console', (message) => {
      const isRefused = message.text().includes('ERR_CONNECTION_REFUSED');
      if (message.type() === 'error' && !isRefused) screen.troubles.push(message.text());
    });
    if (before) await screen.page.addInitScript(before);
    await screen.page.routeWebSocket('**/api/events', (socket) => screen.#pass(socket));
    await screen.page.goto(`${cabinet.url}${page ?? ''}`);
    return screen;
  }

  // What the daemon pushes goes through here, so that a screen can be held for a look.
  #pass(socket) {
    const server = socket.connectToServer();
    this.#send = (message) => socket.send(message);
    server.onMessage((message) => {
      this.#latest = message;
      if (this.#frozen) return;
      socket.send(message);
      this.#frozen = JSON.parse(message).screen.name === this.#holdAt;
    });
  }

  // The screen of that name stays, whatever comes after it.
  holdAt(name) { this.#holdAt = name; }

  letGo() {
    this.#frozen = false;
    this.#holdAt = null;
    if (this.#latest !== null) this.#send(this.#latest);
  }

  async shows(name) {
    try {
      await this.page.waitForSelector(`.frame[data-screen="${name}"]`, { timeout: readyWithinMs });
    } catch (trouble) {
      throw new Error(`the screen shows no ${name} but "${await this.line()}"`, { cause: trouble });
    }
  }

  key(name) { return this.page.getByRole('button', { name, exact: true }).first(); }

  // As a person does, who looks first: what comes sooner is the second of a double tap.
  looks() { return until('a look', async () => Date.now() - this.#tappedAt > doubleTapMs); }

  async tap(what, options) {
    await this.looks();
    try {
      await what.click(options);
    } finally {
      this.#tappedAt = Date.now();
    }
  }

  // By what a screen reader calls it.
  touch(name) { return this.tap(this.key(name)); }

  // As a finger does that trembles.
  async touchTwice(what) {
    await this.looks();
    const box = await what.boundingBox();
    for (let at = 0; at < 2; ++at) {
      await this.page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    }
    this.#tappedAt = Date.now();
  }

  // The keys stay the same, and may follow one another as fast as one likes.
  async type(digits) {
    const [first, ...others] = digits;
    await this.tap(this.page.locator(`.d${first}`));
    for (const digit of others) await this.page.locator(`.d${digit}`).click();
  }

  async enter(code) {
    await this.type(code);
    await this.tap(this.page.locator('.confirm'));
  }

  line() { return this.page.locator('h1').innerText(); }
  close() { return this.context.close(); }
}

// Until it was heard: a screen may have changed meanwhile.
export const touchOnce = (cabinet, screen, name, isDone) => until(`the touch of ${name}`,
  async () => {
    await screen.tap(screen.key(name), { timeout: 1000 }).catch(() => {});
    return isDone(await cabinet.screen());
  });

// A cabinet and a screen at it, gone at the end of the test.
export async function visit(t, browser, { limits: chosen, fitted, options } = {}) {
  const cabinet = await Cabinet.start(chosen, fitted);
  t.after(() => cabinet.stop());
  const screen = await Screen.open(browser, cabinet, options);
  t.after(() => screen.close());
  await screen.shows('start');
  return { cabinet, screen };
}
