// The end of a walk: what was found behind each door, and the cabinet with those doors marked.

import type { JSX } from 'preact';

import type { Found, Walk } from './interface';
import { Lines, Panelled, type Panel } from './panel';
import { speaker } from './parts';
import type { Look } from './picture';
import { answer, type State } from './state';
import type { Word } from './words';

const signs = { missing: '−', extra: '+', skipped: '?' } as const;

const wordOf = ({ result, delivery }: Found): Word =>
  result === 'extra' ? 'walk_found_extra' : result === 'skipped' ? 'walk_found_skipped'
    : delivery ? 'walk_found_missing' : 'walk_found_no_return';

function lineOf(found: Found, state: State): string {
  const words = speaker(state);
  const why = state.language === 'en' ? found.english : found.chinese;
  const what = words(wordOf(found), { delivery: found.delivery });
  return words('test_finding', { door: found.number, finding: why ? `${what} · ${why}` : what });
}

function panelOf({ total, whole, as_told, found }: Walk, state: State): Panel {
  const isNeeded = state.screen?.walk_needed === true;
  const words = speaker(state);
  const differing = found.filter(({ result }) => result !== 'skipped').length;
  const left = total - as_told - differing;
  const line = left > 0 ? 'walk_left' : differing > 0 ? 'walk_differs' : 'walk_all_well';
  const details = [words('walk_count', { total, as_told })];
  if (left > 0 && differing > 0) details.push(words('walk_also_differs', { differing }));
  // Every door was looked behind, but meanwhile the ledger had become another.
  if (whole && isNeeded) details.push(words('walk_once_more'));
  return {
    line: words(line, { differing, left }),
    details,
    list: <Lines lines={found.map((one) => lineOf(one, state))} label={words('staff_walk')} />,
    keys: [{ word: 'finish', main: true, does: () => void answer('done') }],
  };
}

export const isWalkReport = ({ screen, away, page, plan }: State): boolean =>
  screen?.name === 'walk_report' && !away && page === 'home' && plan !== null;

export function WalkReport({ state, notice }: { state: State; notice: string }):
  JSX.Element | null {
  const { plan, screen } = state;
  if (plan === null || screen?.walk === undefined) return null;
  const { walk } = screen;
  const words = speaker(state);
  const look = (number: number): Look => {
    const result = walk.found.find((one) => one.number === number)?.result;
    return { classes: result ?? '', sign: result ? signs[result] : '',
      label: words('item_door', { door: number }), books: 0, isChosen: false };
  };
  return (
    <Panelled panel={panelOf(walk, state)} notice={notice} words={words} legend="walk_legend"
      picture={{ plan, look, label: words('walk_picture') }} />
  );
}
