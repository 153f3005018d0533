// Bringing books back, and taking them away: what these errands show beside the screen's line.

import type { JSX } from 'preact';

import type { Size } from './interface';
import { speaker } from './parts';
import { bringBack, chooseSize, collectReturns } from './state';
import type { State } from './state';
import type { Word } from './words';

const sizes: readonly Size[] = ['small', 'medium', 'large'];
const wordOf: Readonly<Record<Size, Word>> = {
  small: 'return_small',
  medium: 'return_medium',
  large: 'return_large',
};

export function ReturnTile(state: State): JSX.Element | null {
  if (state.screen?.takes_returns !== true) return null;
  return (
    <button type="button" class="tile return" onClick={bringBack}>
      {speaker(state)('bring_back')}
    </button>
  );
}

// What cannot be had is not offered.
export function Sizes(state: State): JSX.Element | null {
  if (state.screen?.name !== 'return_size') return null;
  const words = speaker(state);
  const offered = state.screen.sizes ?? [];
  return (
    <div class="tiles sizes">
      {sizes.filter((size) => offered.includes(size)).map((size) => (
        <button key={size} type="button" class="tile" onClick={() => chooseSize(size)}>
          {words(wordOf[size])}
        </button>
      ))}
    </div>
  );
}

export function CollectReturns(state: State): JSX.Element | null {
  const doors = state.screen?.returns ?? [];
  if (state.screen?.name !== 'courier_list' || doors.length === 0) return null;
  return (
    <button type="button" class="tile collect-returns" onClick={collectReturns}>
      {speaker(state)('collect_returns', { count: doors.length })}
    </button>
  );
}
