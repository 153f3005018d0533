// Where a code is typed, for hands on glass and on keys.

import type { JSX } from 'preact';

import { speaker } from './parts';
import { digitsLeast, press, type State } from './state';

const shownAtLeast = 8;  // digits of the usual code
const shownOfDoor = 2;
const group = /.{1,4}/g;

// Grouped 4-4, because old eyes compare better so.
const grouped = (text: string): string => text.match(group)?.join(' ') ?? '';

export function Keypad(state: State): JSX.Element {
  const words = speaker(state);
  const { digits, waiting } = state;
  const put = (digit: string): JSX.Element => (
    <button key={digit} type="button" class={`key d${digit}`} aria-label={words('digit', { digit })}
      onClick={() => press(digit)}>{digit}</button>
  );
  const shown = state.page === 'door' ? digits.padEnd(shownOfDoor, '–')
    : grouped(digits.padEnd(shownAtLeast, '–'));
  const told = digits === '' ? words('no_digits')
    : words('digits_entered', { digits: [...digits].join(' ') });
  return (
    <div class="pad">
      <p class={`digits ${digits.length > shownAtLeast ? 'long' : ''}`}>
        <span aria-hidden="true">{shown}</span>
        <span class="unseen" role="status">{told}</span>
      </p>
      <div class="keys">
        {[...'1234567890'].map(put)}
        <button type="button" class="key erase" aria-label={words('erase')}
          onClick={() => press('Backspace')}>⌫</button>
        <button type="button" class="key word clear"
          onClick={() => press('Delete')}>{words('clear')}</button>
        <button type="button" class="key word confirm main"
          disabled={waiting || digits.length < digitsLeast(state)}
          onClick={() => press('Enter')}>{words('confirm')}</button>
      </div>
    </div>
  );
}
