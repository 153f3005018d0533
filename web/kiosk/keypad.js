// Where a code is typed or a card's number is given, for hands on glass and on keys.

import { byId, element } from './dom.js';
import { say } from './words.js';

const codeLengthMin = 4;
const codeLengthMax = 16;
const cardLengthMax = 64;
const shownAtLeast = 8;  // digits of the usual code
const group = 4;

let digits = '';
let card = '';

function press(key, submit) {
  if (/^[0-9]$/.test(key) && digits.length < codeLengthMax) digits += key;
  else if (key === 'Backspace') digits = digits.slice(0, -1);
  else if (key === 'Enter' && digits.length >= codeLengthMin) submit(digits);
  else return false;
  return true;
}

function clear() {
  digits = '';
  card = '';
}

// Grouped 4-4, because old eyes compare better so.
function grouped(text) {
  return text.match(new RegExp(`.{1,${group}}`, 'g'))?.join(' ') ?? '';
}

function display(language) {
  const padded = digits.padEnd(shownAtLeast, '–');
  const label = digits === '' ? say(language, 'no_digits')
    : say(language, 'digits_entered', { digits: [...digits].join(' ') });
  return element('p', { classes: ['digits'] }, [
    element('span', { text: grouped(padded), ariaHidden: 'true' }),
    element('span', { text: label, classes: ['unseen'], role: 'status' }),
  ]);
}

function keys({ language, onCode, redraw }) {
  const put = (key, text, label) => element('button', {
    key: `key ${key}`,
    text,
    label,
    onclick: () => {
      press(key, onCode);
      redraw();
    },
  });
  const erase = element('button', {
    key: 'key clear',
    text: say(language, 'clear'),
    classes: ['word'],
    onclick: () => {
      digits = '';
      redraw();
    },
  });
  const rows = [...'123456789'].map((digit) => put(digit, digit));
  const back = put('Backspace', '⌫', say(language, 'erase'));
  return element('div', { classes: ['keys'] }, [...rows, erase, put('0', '0'), back]);
}

function confirm({ language, onCode }) {
  return element('button', {
    key: 'confirm',
    text: say(language, 'confirm'),
    classes: ['main', 'confirm'],
    disabled: digits.length < codeLengthMin,
    onclick: () => onCode(digits),
  });
}

function cardField({ language, onCard }) {
  const field = element('input', {
    key: 'card',
    id: 'card-field',
    type: 'text',
    autocomplete: 'off',
    maxLength: cardLengthMax,
    value: card,
    placeholder: say(language, 'card'),
    label: say(language, 'card'),
    oninput: (event) => { card = event.target.value; },
  });
  const use = element('button', {
    key: 'use card', text: say(language, 'use_card'), type: 'submit',
  });
  const onsubmit = (event) => {
    event.preventDefault();
    const number = card.trim();
    if (number === '') return byId('card-field').focus();
    card = '';
    onCard(number);
  };
  return element('form', { classes: ['card'], onsubmit }, [field, use]);
}

function draw(context) {
  return [
    display(context.language),
    element('div', { classes: ['pad'] }, [keys(context), confirm(context)]),
    cardField(context),
  ];
}

export const keypad = { press, clear, draw };
