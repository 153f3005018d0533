// What stands around the errand: head, foot, and the question whether somebody is still there.

import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import { askHelp, enter, secondsLeft, speakNext, stay, takesCodes, toggle } from './state';
import type { State } from './state';
import { unbroken } from './views';
import { nameOf, nextLanguage, say, type Values, type Word } from './words';

export type Said = (word: Word, values?: Values) => string;
export const speaker = (state: State): Said =>
  (word, values) => say(state.language, word, values);

// Breaks a sentence between its clauses rather than inside a word, which Chinese does not mark.
export function Sentence({ text }: { text: string }): JSX.Element {
  const clauses = text.split(/(?<=[，。？])/);
  return (
    <span>
      {clauses.map((one, at) => <span key={at} class="clause">{one}</span>)}
    </span>
  );
}

// Who uses the keyboard goes on where the new screen begins.
export function Heading({ text }: { text: string }): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
  }, [text]);
  return <h1 ref={heading} tabIndex={-1}><Sentence text={text} /></h1>;
}

// 08:05 in every language of the page; a locale's own would cost the first screen a tenth of a
// second on a small machine.
function Clock(): JSX.Element {
  const time = new Date().toTimeString().slice(0, 5);
  return <time dateTime={time}>{time}</time>;
}

// What is wrong around the errand, the more pressing first.
function Trouble(state: State): JSX.Element | null {
  const { screen, away } = state;
  if (away || screen === null || (screen.online && !screen.stalled)) return null;
  return <span>{speaker(state)(screen.stalled ? 'stalled' : 'offline')}</span>;
}

export function Head(state: State): JSX.Element {
  const words = speaker(state);
  const switches = (['large', 'lower', 'contrast'] as const).map((what) => (
    <button key={what} type="button" class={`tool ${what}`} aria-pressed={state[what]}
      onClick={() => toggle(what)}>{words(what)}</button>
  ));
  const next = nextLanguage(state.language);
  return (
    <header>
      <p class="library">
        <b>{words('library')}</b> <span>{state.screen?.cabinet.name ?? ''}</span>
      </p>
      <p class="trouble" role="status"><Trouble {...state} /></p>
      <Clock />
      <div class="tools">
        {switches}
        <button type="button" class="tool" lang={next} onClick={speakNext}>{nameOf(next)}</button>
      </div>
      <StillThere {...state} />
    </header>
  );
}

export function Foot(state: State): JSX.Element {
  const words = speaker(state);
  const { telephone, page } = state;
  const canGoBack = page === 'help' || (takesCodes(state) && page !== 'home');
  return (
    <footer>
      <button type="button" class="back" disabled={!canGoBack}
        onClick={() => enter('home')}>{words('back')}</button>
      <p>{telephone ? words('telephone', { telephone: unbroken(telephone) })
        : words('help_line_none')}</p>
      <button type="button" class="help" aria-expanded={page === 'help'}
        onClick={() => (page === 'help' ? enter('home') : void askHelp())}>{words('help')}</button>
    </footer>
  );
}

function StillThere(state: State): JSX.Element | null {
  const seconds = secondsLeft(state);
  if (seconds === null) return null;
  const words = speaker(state);
  return (
    <div class="still-there" role="alert">
      <p>{words('more_time', { seconds })}</p>
      <button type="button" class="main" onClick={stay}>{words('stay')}</button>
    </div>
  );
}
