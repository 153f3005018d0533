// The doors of the simulated cabinet, as hands find them.

import { byId, element, redraw } from './dom.js';
import { say } from './words.js';

function doorOf(one, { language, screen, sizes }, touch) {
  const number = { door: one.number };
  const open = one.door_open;
  const doorState = say(language, open ? 'door_open' : 'door_shut');
  const here = screen?.compartment === one.number;
  const leaf = element('button', {
    key: `door ${one.number}`,
    classes: ['leaf', open ? 'open' : 'shut', ...(here ? ['here'] : [])],
    label: say(language, 'door_label', { ...number, state: doorState, books: one.books }),
    onclick: () => touch(`${one.number}/${open ? 'shut' : 'force'}`),
  }, [
    element('b', { text: String(one.number) }),
    element('span', { text: one.jammed ? `${doorState} !` : doorState }),
    element('span', { text: '▮'.repeat(Math.min(one.books, 6)), classes: ['spines'] }),
  ]);
  const hand = (word, path, body) => element('button', {
    key: `${word} ${one.number}`,
    text: say(language, word),
    label: say(language, `${word}_label`, number),
    classes: ['hand'],
    disabled: !open || (word === 'take' && one.books === 0),
    onclick: () => touch(`${one.number}/${path}`, body),
  });
  const size = sizes[one.number] ?? 'small';
  return element('div', { classes: ['door', size] }, [
    leaf,
    element('div', { classes: ['hands'] }, [
      hand('put', 'put', { books: 1 }),
      hand('take', 'take'),
    ]),
  ]);
}

// `touch` sends what a hand does: a path below /api/simulated, and a body.
export function drawCabinet(state, touch) {
  byId('cabinet-title').textContent = say(state.language, 'simulated');
  byId('cabinet-hint').textContent = say(state.language, 'simulated_hint');
  redraw(byId('doors'), state.simulated.map((one) => doorOf(one, state, touch)));
}
