import { drawCabinet } from './cabinet.js';
import { byId, element, redraw, show, showSentence } from './dom.js';
import { keypad } from './keypad.js';
import { get, listen, post } from './link.js';
import { valuesOf, viewOf } from './screens.js';
import { knows, languages, say } from './words.js';

const countdownShownMs = 20_000;
const secondMs = 1_000;
const minuteS = 60;
const doubleTapMs = 300;

// Everything that is shown follows from this, and from nothing else.
const state = {
  language: languages[0],
  screen: null,      // as the daemon pushed it
  away: true,        // the daemon
  page: 'home',      // on the start screen: home, code or staff
  notice: null,      // why the last step was refused
  waiting: false,    // for an answer
  endsAt: 0,         // when the screen goes back; 0: it does not
  touchedAt: 0,      // when an answer was given
  shownAt: 0,        // when this screen came
  simulated: null,
  sizes: {},         // of the compartments, by number
};

const telephone = () => state.screen?.cabinet.help_telephone ?? '';
const otherLanguage = () => languages.find((one) => one !== state.language);

function sentenceOf(refusal, language) {
  const word = `reason_${refusal.reason}`;
  const minutes = Math.max(1, Math.ceil(Number(refusal.argument ?? 0) / minuteS));
  if (knows(word)) return say(language, word, { minutes });
  return language === 'en' ? refusal.english : refusal.chinese;
}

async function ask(path, body) {
  if (state.waiting) return;
  state.waiting = true;
  const outcome = await post(path, body);
  state.waiting = false;
  if (outcome === null) {
    state.notice = { own: 'no_answer' };
  } else {
    state.notice = outcome.ok ? null : outcome;
    if (outcome.screen) take(outcome.screen);
  }
  draw();
}

// A hand at the simulated cabinet's doors, which waits for nobody.
async function touch(path, body) {
  const outcome = await post(`/api/simulated/${path}`, body);
  if (outcome?.simulated) state.simulated = outcome.simulated.compartments;
  draw();
}

// Noted in the record; who answers a telephone is sooner there.
async function askHelp() {
  await ask('/api/answer', { answer: 'help' });
  if (state.notice === null) state.notice = { own: 'help_noted' };
  draw();
}

// The second tap of a double one must not answer the next question.
function isSecondTap() {
  const now = performance.now();
  const second = state.shownAt > state.touchedAt && now - state.touchedAt < doubleTapMs;
  state.touchedAt = now;
  return second;
}

function answer(path, body) {
  if (!isSecondTap()) ask(path, body);
}

function take(screen) {
  const changed = state.screen?.name !== screen.name;
  if (changed) state.shownAt = performance.now();
  state.screen = screen;
  // A number to call is not broken over two lines.
  screen.cabinet.help_telephone = screen.cabinet.help_telephone.replaceAll(' ', '\u00a0');
  state.endsAt = screen.idle_left_ms > 0 ? performance.now() + screen.idle_left_ms : 0;
  if (!changed) return;
  state.page = 'home';
  keypad.clear();
}

function goHome() {
  state.page = 'home';
  state.notice = null;
  keypad.clear();
  draw();
}

function enter(page) {
  state.page = page;
  state.notice = null;
  keypad.clear();
  draw();
  byId('line').focus();
}

const takesCodes = () => state.screen !== null && !state.away &&
  ['start', 'out_of_order'].includes(state.screen.name);

async function submitCode(code) {
  await ask('/api/code', { code });
  keypad.clear();
  draw();
}

// What stands on the screen now: the daemon's, or this page's own steps of the start screen.
function currentView() {
  if (state.away || state.screen === null) {
    return { line: 'away', tone: 'look', details: ['away_detail'], answers: [] };
  }
  const view = viewOf(state.screen);
  if (!takesCodes() || state.page === 'home') return view;
  return { ...view, line: state.page === 'staff' ? 'enter_staff_code' : 'enter_code', details: [] };
}

function startButtons(out_of_order) {
  const words = (word) => say(state.language, word);
  const staff = element('button', {
    key: 'staff', text: words('staff'), classes: ['small'], onclick: () => enter('staff'),
  });
  if (out_of_order) return [staff];
  return [
    element('button', {
      key: 'collect', text: words('collect'), classes: ['main', 'tile'],
      onclick: () => enter('code'),
    }),
    element('p', { text: say(state.language, 'free', state.screen.free), classes: ['free'] }),
    staff,
  ];
}

function answerButtons(view) {
  return element('div', { classes: ['answers'] }, view.answers.map((one) => element('button', {
    key: one.answer,
    text: say(state.language, one.word),
    classes: one.main ? ['main'] : [],
    onclick: () => answer('/api/answer', { answer: one.answer }),
  })));
}

function parcelRow(item) {
  const words = (word, values) => say(state.language, word, values);
  const recall = item.state === 'recalling';
  const facts = [
    item.compartment ? words('item_door', { door: item.compartment }) : null,
    words(item.size),
    words('item_books', { books: item.books }),
  ].filter(Boolean);
  return element('li', {}, [element('button', {
    key: `parcel ${item.delivery}`,
    classes: ['parcel'],
    onclick: () => answer('/api/choose', { delivery: item.delivery }),
  }, [
    element('span', { text: words(recall ? 'to_recall' : 'to_deposit'), classes: ['errand'] }),
    element('b', { text: item.delivery }),
    element('span', { text: facts.join(' · ') }),
  ])]);
}

function bodyOf(view) {
  if (state.away || state.screen === null) return [];
  if (takesCodes()) {
    if (state.page === 'home') return startButtons(state.screen.name === 'out_of_order');
    return keypad.draw({
      language: state.language,
      onCode: submitCode,
      onCard: (card) => ask('/api/card', { card }),
      redraw: draw,
    });
  }
  const parts = [];
  if (view.list) parts.push(element('ul', { classes: ['parcels'] },
    state.screen.items.map(parcelRow)));
  if (view.answers.length > 0) parts.push(answerButtons(view));
  return parts;
}

function drawLines(view) {
  const values = state.screen ? valuesOf(state.screen, view) : () => ({});
  const sentence = (language, word) => say(language, word, values(word));
  const line = sentence(state.language, view.line);
  const moved = byId('line').textContent !== line;
  if (moved) showSentence(byId('line'), line);
  show(byId('second-line'), sentence(otherLanguage(), view.line));
  byId('second-line').lang = otherLanguage();
  show(byId('details'),
    (view.details ?? []).map((word) => sentence(state.language, word)).join(' · '));
  show(byId('number'), view.number ? String(state.screen.compartment ?? '') : '');
  byId('main').dataset.tone = view.tone;
  return moved;
}

function drawNotice() {
  const notice = state.notice ?? (state.away ? null : state.screen?.notice);
  const text = !notice ? ''
    : notice.own ? say(state.language, notice.own, { telephone: telephone() })
      : sentenceOf(notice, state.language);
  show(byId('notice'), text);
}

// What is wrong around the errand, the more pressing first.
function linkText() {
  if (state.away || !state.screen) return '';
  if (state.screen.stalled) return say(state.language, 'stalled');
  return state.screen.online ? '' : say(state.language, 'offline');
}

function drawFrame() {
  const words = (word, values) => say(state.language, word, values);
  document.documentElement.lang = state.language;
  byId('cabinet-name').textContent = state.screen?.cabinet.name ?? '';
  byId('language').textContent = words('other_language');
  byId('language').lang = otherLanguage();
  byId('larger').textContent = words('larger');
  byId('lower').textContent = words('lower');
  show(byId('link'), linkText());
  byId('help').textContent = telephone() ? words('help', { telephone: telephone() })
    : words('ask_staff');
  byId('ask-help').textContent = words('ask_help');
  byId('ask-help').hidden = state.away || state.screen === null || takesCodes();
  byId('back').textContent = words('back');
  byId('back').hidden = !takesCodes() || state.page === 'home';
}

function drawCountdown() {
  const left = state.endsAt - performance.now();
  const shown = !state.away && state.endsAt > 0 && left > 0 && left < countdownShownMs;
  const seconds = Math.ceil(left / secondMs);
  show(byId('countdown'), shown ? say(state.language, 'countdown', { seconds }) : '');
}

function draw() {
  const focusInside = byId('main').contains(document.activeElement);
  const view = currentView();
  drawFrame();
  const moved = drawLines(view);
  drawNotice();
  drawCountdown();
  redraw(byId('body'), bodyOf(view));
  byId('cabinet').hidden = state.simulated === null;
  if (state.simulated !== null) drawCabinet(state, touch);
  // Who uses the keyboard goes on where the new screen begins.
  const isLost = document.activeElement === document.body;
  if (focusInside && moved && isLost) byId('line').focus();
}

function toggle(id) {
  const button = byId(id);
  button.addEventListener('click', () => {
    const on = document.documentElement.classList.toggle(id);
    button.setAttribute('aria-pressed', String(on));
  });
}

function onKey(event) {
  if (!takesCodes() || event.target.tagName === 'INPUT') return;
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === 'Escape') return goHome();
  const isDigit = /^[0-9]$/.test(event.key);
  if (isDigit && state.page === 'home') enter('code');
  if (state.page === 'home') return;
  const onButton = event.target.tagName === 'BUTTON';
  if (event.key === 'Enter' && onButton) return;
  if (keypad.press(event.key, submitCode)) {
    event.preventDefault();
    draw();
  }
}

async function learnSizes() {
  const report = await get('/api/state');
  for (const one of report?.compartments ?? []) state.sizes[one.number] = one.size;
  draw();
}

toggle('larger');
toggle('lower');
byId('language').addEventListener('click', () => {
  state.language = otherLanguage();
  draw();
});
byId('back').addEventListener('click', goHome);
byId('ask-help').addEventListener('click', askHelp);
document.addEventListener('keydown', onKey);
setInterval(drawCountdown, secondMs);
listen((message) => {
  const returned = state.away && message !== null;
  state.away = message === null;
  if (message !== null) {
    if (state.screen?.name !== message.screen.name) state.notice = null;
    take(message.screen);
    state.simulated = message.simulated?.compartments ?? null;
  }
  draw();
  if (returned && state.simulated !== null) learnSizes();
});
draw();
