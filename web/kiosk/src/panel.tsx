// The cabinet on one side, and on the other what is said of it and can be done.

import type { ComponentChildren, JSX } from 'preact';

import { Heading, type Said } from './parts';
import { CabinetPicture, type PictureProps } from './picture';
import type { Word } from './words';

// A key, and what it does.
export interface Key {
  word: Word;
  does: () => void;
  main?: boolean;
  values?: Record<string, number>;
}

// What is said beside the picture.
export interface Panel {
  line: string;
  details: string[];
  list?: ComponentChildren;
  keys: Key[];
  inThrees?: boolean;  // where the screen is wide
}

interface LinesProps {
  lines: string[];
  label: string;
  lang?: string | undefined;
}

export function Lines({ lines, label, lang }: LinesProps): JSX.Element | null {
  if (lines.length === 0) return null;
  return (
    <ul class="parcels lines" tabIndex={0} aria-label={label} lang={lang}>
      {lines.map((line) => <li key={line}>{line}</li>)}
    </ul>
  );
}

interface PanelledProps {
  picture: Omit<PictureProps, 'screenLabel'>;
  legend: Word;  // of the picture's signs
  panel: Panel;
  notice: string;
  words: Said;
}

export function Panelled({ picture, legend, panel, notice, words }: PanelledProps): JSX.Element {
  return (
    <main class="staffed">
      <div class="said">
        <figure class="picture">
          <CabinetPicture {...picture} screenLabel={words('the_screen')} />
          <figcaption>{words(legend)}</figcaption>
        </figure>
      </div>
      <Side panel={panel} notice={notice} words={words} />
    </main>
  );
}

function Side({ panel, notice, words }: { panel: Panel; notice: string; words: Said }):
  JSX.Element {
  return (
    <div class="side">
      <div class="told" aria-live="polite">
        <Heading text={panel.line} />
        {notice && <p class="notice" role="alert">{notice}</p>}
        {panel.details.length > 0 && <p class="detail">
          {panel.details.map((one) => <span key={one} class="clause">{one}</span>)}
        </p>}
      </div>
      {panel.list}
      <div class={`answers n${panel.keys.length} ${panel.inThrees ? 'threes' : ''}`}>
        {panel.keys.map(({ word, values, main, does }) => (
          <button key={word} type="button" class={main ? 'main' : ''}
            onClick={does}>{words(word, values)}</button>
        ))}
      </div>
    </div>
  );
}
