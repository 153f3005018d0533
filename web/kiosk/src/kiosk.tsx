// The cabinet's screen: one thing to do, said in one line, and the picture that points to it.

import type { ComponentChildren, JSX, TargetedMouseEvent } from 'preact';
import { useEffect } from 'preact/hooks';

import type { Item, Refusal } from './interface';
import { Keypad } from './keypad';
import { Foot, Head, Heading, Sentence, speaker } from './parts';
import { CabinetPicture } from './picture';
import { draw } from './plan';
import { CollectReturns, ReturnTile, Sizes } from './returns';
import {
  answer, choose, enter, goHome, isAtDoors, isOpenToAll, isResting, isSecondTap, isTyping, press,
  takesCodes, touched,
} from './state';
import { Staff } from './staff';
import { isWalkReport, WalkReport } from './walk';
import type { State } from './state';
import { inLanguage, unbroken, valuesOf, viewOf, type Tone, type View } from './views';
import { isWord, nextLanguage, say, type Values, type Word } from './words';

const minuteS = 60;
const hourMinutes = 60;
const hoursFrom = 120;  // minutes: the day's share of wrong codes is used up
const minuteMs = 60_000;

// What stands on the screen now: the daemon's, or this page's own steps.
interface Shown extends View {
  values: Values;
  notice: string;
  bulletin?: string;  // what dispatch tells everybody
  side: ComponentChildren;
  back: string;  // names the screen for styles and tests
}

const bare: View = { line: 'away', number: false, tone: 'plain', details: [], answers: [] };

// Before the daemon's first word.
const awaited: Shown = {
  ...bare,
  line: 'one_moment',
  values: {},
  notice: '',
  side: null,
  back: 'awaited',
};

// At the list these say of a parcel that no door is left for it.
const takenBack: readonly string[] = ['too_large', 'damaged', 'out_of_service', 'sensed_occupied'];

function sentenceOf({ reason, argument, english, chinese }: Refusal, state: State): string {
  const { language, screen } = state;
  const words = speaker(state);
  const count = Number(argument ?? 0);
  const minutes = Math.max(1, Math.ceil(count / minuteS));
  const isList = screen?.name === 'courier_list';
  if (isList && argument && takenBack.includes(reason)) {
    return words('take_it_back', { delivery: argument });
  }
  const elsewhere = `${reason}_elsewhere`;
  if (argument && isWord(elsewhere)) return words(elsewhere, { place: argument });
  if (reason === 'store_full' && !screen?.role) return words('store_full_returns');
  const isMoved = screen?.name === 'opening' || screen?.name === 'open';
  const isStaff = screen?.role === 'staff' && screen.purpose !== 'deposit';
  const word = [isMoved ? `moved_${reason}` : '', isStaff ? `to_staff_${reason}` : '',
    `reason_${reason}`].find(isWord);
  if (word) return words(word, { minutes, count });
  return language === 'en' ? english : chinese;
}

function noticeOf(state: State): string {
  const { notice, screen, away, language, said } = state;
  if (said) return say(language, 'shut_first', { answer: say(language, said) });
  const told = notice ?? (away ? null : screen?.notice ?? null);
  if (told === null) return '';
  return 'own' in told ? say(language, told.own) : sentenceOf(told, state);
}

function outOfReach(state: State): Shown {
  const { telephone } = state;
  const details: Word[] = telephone ? ['help_line', 'away_detail'] : ['away_detail'];
  const values = { telephone: unbroken(telephone) };
  return { ...bare, tone: 'look', details, values, notice: '', side: null, back: 'away' };
}

function helping(state: State): Shown {
  const { telephone, screen } = state;
  const isReturn = screen?.purpose === 'return' || screen?.name.startsWith('return_') === true;
  const details: Word[] = isReturn ? ['help_detail'] : ['help_detail', 'help_books'];
  if (state.helpNoted) details.push('help_noted');
  return {
    ...bare,
    line: telephone ? 'help_line' : 'help_line_none',
    details,
    values: { telephone: unbroken(telephone), cabinet: screen?.cabinet.name },
    notice: '',
    side: null,
    back: 'help',
  };
}

const lines: Partial<Record<State['page'], Word>> = {
  code: 'enter_code',
  staff: 'enter_staff_code',
  patron: 'patron_code',
  door: 'door_number',
};

function typing(state: State): Shown {
  const isDoor = state.page === 'door';
  const minutes = isDoor ? 0 : Math.ceil((state.lockedUntil - state.now) / minuteMs);
  const isLocked = minutes > 0;
  const locked: Word = minutes > hoursFrom ? 'locked_out_hours' : 'reason_locked_out';
  const telephone = unbroken(state.telephone);
  const call: Word[] = telephone ? ['please_call'] : [];
  const wasWrong = state.notice !== null && !isLocked && !isDoor;
  const wrong: Word[] = wasWrong ? ['other_ways', ...call] : [];
  return {
    ...bare,
    line: isLocked ? locked : lines[state.page] ?? 'enter_code',
    tone: isLocked ? 'look' : 'plain',
    details: isLocked ? ['locked_out_detail', 'token_works', ...call] : wrong,
    values: { minutes, hours: Math.ceil(minutes / hourMinutes), telephone },
    notice: isLocked ? '' : noticeOf(state),
    side: <Keypad {...state} />,
    back: isLocked ? 'locked_out' : wasWrong ? 'wrong_code' : isDoor ? 'door_number' : 'code',
  };
}

function StartTiles(state: State): JSX.Element {
  const words = speaker(state);
  const isServing = state.screen?.name !== 'out_of_order';
  const hours = inLanguage(state.plan?.hours, state.language);
  return (
    <div class="tiles">
      {isServing && <button type="button" class="tile main"
        onClick={() => enter('code')}>{words('collect')}</button>}
      {isServing && <ReturnTile {...state} />}
      {isServing && <p class="free">{words('free', state.screen?.free)}</p>}
      {hours && <p class="free hours">{words('hours', { hours })}</p>}
      <button type="button" class="staff" onClick={() => enter('staff')}>{words('staff')}</button>
      {isServing && <p class="free privacy">{words('privacy')}</p>}
    </div>
  );
}

function Parcel({ item, state }: { item: Item; state: State }): JSX.Element {
  const words = speaker(state);
  const size = words(item.size === 'large' ? 'large_size' : item.size);
  const facts = [size, words('item_books', { books: item.books })];
  if (item.compartment) facts.unshift(words('item_door', { door: item.compartment }));
  return (
    <li>
      <button type="button" class="parcel" onClick={() => choose(item.delivery)}>
        <span class="errand">{words(item.state === 'recalling' ? 'to_recall' : 'to_deposit')}</span>
        <b>{item.delivery}</b>
        <span>{facts.join(' · ')}</span>
      </button>
    </li>
  );
}

function Answers({ view, state }: { view: View; state: State }): JSX.Element | null {
  const words = speaker(state);
  // Nor does a door that a courier left open keep a patron from what waits behind another.
  const lets = state.screen?.name === 'courier_list' || state.screen?.name === 'left_open';
  const count = view.answers.length + (lets ? 1 : 0);
  if (count === 0) return null;
  return (
    <div class={`answers n${count}`}>
      {view.answers.map((one) => (
        <button key={one.answer} type="button" class={one.main ? 'main' : ''}
          aria-pressed={state.said === one.answer || undefined}
          onClick={() => void answer(one.answer)}>{words(one.word)}</button>
      ))}
      {lets && <button type="button"
        onClick={() => enter('patron')}>{words('patron_first')}</button>}
    </div>
  );
}

function Where({ state }: { state: State }): JSX.Element | null {
  const { plan, screen } = state;
  const door = screen?.compartment;
  if (plan === null || door === undefined) return null;
  const box = draw(plan).doors.find((one) => one.number === door);
  const words = speaker(state);
  const place = { door, column: box?.column, row: box?.row };
  return (
    <figure class="picture">
      <CabinetPicture plan={plan} lit={door} label={words('picture', place)}
        screenLabel={words('the_screen')} />
      {box && <figcaption>{words('where', place)}</figcaption>}
    </figure>
  );
}

function showing(state: State): Shown {
  const { screen, away, page } = state;
  if (away) return outOfReach(state);
  if (screen === null) return awaited;
  if (page === 'help') return helping(state);
  if (isTyping(state)) return typing(state);
  const view = viewOf(screen);
  const isAnybody = isOpenToAll(screen);
  const details: Word[] = screen.name === 'start' ? ['start_detail'] : [...view.details];
  if (screen.waits) details.push('list_waits');
  const side = (
    <>
      {view.number && !isAnybody && <Where state={state} />}
      {isAnybody && <StartTiles {...state} />}
      {screen.items.length > 0 && screen.name === 'courier_list' && (
        <ul class="parcels">
          {screen.items.map((one) => <Parcel key={one.delivery} item={one} state={state} />)}
        </ul>
      )}
      <Sizes {...state} />
      <CollectReturns {...state} />
      {!isAnybody && <Answers view={view} state={state} />}
    </>
  );
  const values = valuesOf(screen, view.line);
  const bulletin = isResting(screen) ? inLanguage(screen.announcement, state.language) : '';
  return { ...view, details, values, notice: noticeOf(state), bulletin, side, back: screen.name };
}

interface SaidProps {
  state: State;
  shown: Shown;
}

function SaidPart({ state, shown }: SaidProps): JSX.Element {
  const { line, values, details, number, notice, bulletin } = shown;
  const other = nextLanguage(state.language);
  const text = say(state.language, line, values);
  const detailed = (word: Word): string =>
    say(state.language, word, word === 'door_of' && state.screen
      ? valuesOf(state.screen, word) : values);
  return (
    <div class="said">
      {number && <p class="number" aria-hidden="true">{state.screen?.compartment}</p>}
      <div aria-live="polite">
        <Heading text={text} />
        <p class="second" lang={other}>{say(other, line, values)}</p>
        {notice && <p class="notice" role="alert">{notice}</p>}
        {details.length > 0 && <p class="detail">
          {details.map((word) => <Sentence key={word} text={detailed(word)} />)}
        </p>}
        {bulletin && <p class="bulletin" tabIndex={0}>{bulletin}</p>}
      </div>
    </div>
  );
}

const classesOf = (state: State, tone: Tone): string =>
  ['frame', tone, ...(['large', 'lower', 'contrast'] as const).filter((one) => state[one])]
    .join(' ');

export function Kiosk(state: State): JSX.Element {
  const shown = showing(state);
  const atDoors = isAtDoors(state) && state.plan !== null && state.sight !== null;
  const name = atDoors ? 'staff' : shown.back;
  useEffect(() => {
    document.documentElement.lang = state.language;
  }, [state.language]);
  return (
    <div class="kiosk" onClickCapture={hearOnce} onClick={touched}
      onPointerDown={(event) => !isButton(event.target) && touched()}>
      <div class={classesOf(state, shown.tone)} data-screen={name} aria-busy={state.waiting}>
        <Head {...state} />
        {atDoors ? <Staff state={state} notice={shown.notice} />
          : isWalkReport(state) ? <WalkReport state={state} notice={shown.notice} /> : (
            <main>
              <SaidPart state={state} shown={shown} />
              <div class="side">{shown.side}</div>
            </main>
          )}
        <Foot {...state} />
      </div>
    </div>
  );
}

const isButton = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest('button, [role=button]') !== null;

// What can be touched now, and how it stands. The head is always the same.
function hearOnce(event: TargetedMouseEvent<HTMLElement>): void {
  const keys = [...event.currentTarget.querySelectorAll('.number, main button, footer button')]
    .map((one) => `${one.textContent} ${one.getAttribute('aria-pressed')}`);
  if (isSecondTap(keys.join('\n'))) event.stopPropagation();
}

export function onKey(event: KeyboardEvent, state: State): void {
  if (!takesCodes(state) || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.target instanceof HTMLInputElement) return;
  touched();
  if (event.key === 'Escape') return goHome();
  const isDigit = /^[0-9]$/.test(event.key);
  const isFree = state.page === 'home' && state.screen !== null && isOpenToAll(state.screen);
  if (isDigit && isAtDoors(state)) enter('door');
  else if (isDigit && isFree) enter('code');
  else if (!isTyping(state)) return;
  if (event.key === 'Enter' && isButton(event.target)) return;
  if (press(event.key)) event.preventDefault();
}
