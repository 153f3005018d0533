// Everything that is shown follows from this, and from nothing else. What an errand is at, the
// daemon knows alone: a page that is loaded anew shows the same.

import type {
  Answer, Outcome, Plan, Push, Refusal, Screen, Sight, SimulatedDoor, Size,
} from './interface';
import { fetchPlan, listen, post } from './link';
import { sound } from './sounds';
import { firstLanguage, isLanguage, nextLanguage, type Language, type Word } from './words';

// Steps of this page: on the daemon's start screen and at the courier's list a code may be typed.
// Staff begin at the doors, and go from there to the parcels, or to a door by its number.
export type Page = 'home' | 'code' | 'staff' | 'patron' | 'parcels' | 'door' | 'help';

// What is kept in mind at an open door, and acted on when it is shut.
const kept = ['too_large', 'damaged', 'still_there'] as const;
type Kept = (typeof kept)[number];

export interface State {
  language: Language;
  large: boolean;
  lower: boolean;
  contrast: boolean;
  screen: Screen | null;
  away: boolean;             // the daemon; while neither it nor a screen is here, it is awaited
  page: Page;
  notice: Refusal | { own: Word } | null;  // why the last step was refused
  digits: string;
  lockedUntil: number;       // codes are paused; 0: they are not
  said: Kept | null;         // at the open door
  helpNoted: boolean;        // the daemon has taken a call for help down
  waiting: boolean;          // for an answer
  endsAt: number;            // when the daemon's screen goes back; 0: it does not
  pageEndsAt: number;        // when what this page knows of somebody is forgotten; 0: nothing is
  plan: Plan | null;
  telephone: string;         // of the last cabinet seen: for when the daemon is down
  sight: Sight | null;       // of staff, while they are logged in
  chosen: number | null;     // the door that staff touched
  readTo: number;            // of tests' reports, in this login
  simulated: SimulatedDoor[] | null;
  now: number;               // of the clock below
}

const codeLengthMin = 4;
const codeLengthMax = 16;
const doorLengthMax = 3;
const pageIdleMs = 60_000;
const warnedMs = 15_000;
const awaitedMs = 500;
const secondMs = 1_000;
const minuteMs = 60_000;
const doubleTapMs = 300;
const stayAgainMs = 3_000;
const preferences = 'preferences';
const lastSeen = 'cabinet';

const plain = { language: firstLanguage, large: false, lower: false, contrast: false };

let state: State = {
  ...plain,
  screen: null,
  away: false,
  page: 'home',
  notice: null,
  digits: '',
  lockedUntil: 0,
  said: null,
  helpNoted: false,
  waiting: false,
  endsAt: 0,
  pageEndsAt: 0,
  plan: null,
  telephone: '',
  sight: null,
  chosen: null,
  readTo: 0,
  simulated: null,
  now: 0,
  ...remembered(),
};
let show: (state: State) => void = () => {};
let tapped = { at: -doubleTapMs, keys: '' };
let stayedAt = -stayAgainMs;
let tick: ReturnType<typeof setTimeout> | undefined;

// The daemon is asked first, and usually answers before "one moment" would have been read.
export function start(render: (state: State) => void): void {
  listen(take);
  const awaited = setTimeout(() => appear(render), awaitedMs);
  show = () => {
    clearTimeout(awaited);
    appear(render);
  };
}

function appear(render: (state: State) => void): void {
  show = render;
  show(state);
}

// Who left a door open is gone, or will see that the next one waits.
export const takesCodes = ({ screen, away }: State): boolean => screen !== null && !away &&
  ['start', 'out_of_order', 'courier_list', 'left_open'].includes(screen.name);

export const isTyping = (now: State): boolean =>
  takesCodes(now) && ['code', 'staff', 'patron', 'door'].includes(now.page);

export const digitsLeast = ({ page }: State): number => (page === 'door' ? 1 : codeLengthMin);
const digitsMost = ({ page }: State): number => (page === 'door' ? doorLengthMax : codeLengthMax);

// Seconds until the screen goes back, once it is time to tell; else null.
export function secondsLeft({ endsAt, pageEndsAt, page, screen, away, now }: State): number | null {
  if (away || screen?.name === 'thanks' || screen?.name === 'return_thanks') return null;
  const ends = [endsAt, page === 'home' ? 0 : pageEndsAt].filter((one) => one > 0);
  const left = Math.min(...ends) - now;
  return left > warnedMs ? null : Math.max(0, Math.ceil(left / secondMs));
}

function change(changes: Partial<State>): void {
  state = { ...state, ...changes, now: performance.now() };
  show(state);
  // Nobody is woken while nothing counts down: the clock in the head alone, each minute.
  clearTimeout(tick);
  const counts = [state.endsAt, state.pageEndsAt, state.lockedUntil];
  const untilMinute = minuteMs - (Date.now() % minuteMs);
  tick = setTimeout(passTime, counts.some((one) => one > state.now) ? secondMs : untilMinute);
}

function passTime(): void {
  const { pageEndsAt } = state;
  if (pageEndsAt > 0 && performance.now() >= pageEndsAt) forget();
  else change({});
}

// Nobody is logged in, and nobody's errand is under way, though some door may stand open.
export const isResting = ({ name, purpose }: Screen): boolean =>
  name === 'start' || name === 'out_of_order' || (name === 'left_open' && purpose === undefined);

// Besides: whoever stands there now has perhaps left no door open.
export const isOpenToAll = (screen: Screen): boolean =>
  isResting(screen) || (screen.name === 'left_open' && screen.role === undefined);

const isOpen = ({ name }: Screen): boolean => name === 'open' || name === 'left_open';

// To who stands there: the same question, or the same rest.
const isSame = (one: Screen | null, other: Screen | null): boolean => one === other ||
  (one !== null && other !== null && one.role === other.role &&
    (one.name === other.name || (isResting(one) && isResting(other))));

// Nothing is left of who stood here. In an errand, of what this page asked alone.
function forget(): void {
  const isErrand = state.screen !== null && !isResting(state.screen);
  if (!isErrand) store(sessionStorage, preferences, null);
  const changes = { page: 'home', notice: null, digits: '', pageEndsAt: 0 } as const;
  change(isErrand ? changes : { ...plain, ...changes });
}

function take(push: Push | null): void {
  if (push === null) {
    const telephone = state.telephone || rememberedTelephone();
    return change({ away: true, waiting: false, telephone });
  }
  const isBack = state.away || state.screen === null;
  const version = state.screen?.cabinet.version;
  // The daemon was upgraded, and its page with it.
  if (version !== undefined && version !== push.screen.cabinet.version) return location.reload();
  if (state.plan?.sounds) sound(state.screen, push.screen);
  const moved = !isSame(state.screen, push.screen);
  change({
    away: false,
    sight: push.staff ?? null,
    ...(isResting(push.screen) ? { chosen: null, readTo: 0 } : {}),
    simulated: push.simulated?.compartments ?? null,
    ...(moved ? { notice: null } : {}),
    ...ofScreen(push.screen),
  });
  if (isBack) void learnPlan();
}

async function learnPlan(): Promise<void> {
  const plan = await fetchPlan();
  if (plan !== null) change({ plan });
}

function ofScreen(screen: Screen): Partial<State> {
  const telephone = screen.cabinet.help_telephone;
  if (telephone !== state.telephone) {
    requestIdleCallback(() => store(localStorage, lastSeen, { telephone }));
  }
  const endsAt = screen.idle_left_ms > 0 ? performance.now() + screen.idle_left_ms : 0;
  const before = state.screen;
  const isAtDoor = before?.compartment === screen.compartment;
  // Some door elsewhere that is left open takes nobody's code away while it is typed.
  const stays = isSame(before, screen) && (isAtDoor || isResting(screen));
  if (stays) return { screen, telephone, endsAt };
  // Preferences outlive an errand, and are forgotten when nobody touches the start screen.
  const pageEndsAt = isResting(screen) && hasPreferences() ? performance.now() + pageIdleMs : 0;
  // Staff who came from the parcels go back to them.
  const page = screen.role === 'staff' && state.page === 'parcels' ? 'parcels' : 'home';
  const said = before !== null && isAtDoor && isOpen(before) && isOpen(screen) ? state.said : null;
  return { screen, telephone, endsAt, pageEndsAt, said, page, digits: '' };
}

async function ask(path: string, body: object): Promise<Outcome | null> {
  if (state.waiting) return null;
  const before = state.screen;
  change({ waiting: true });
  const outcome = await post(path, body);
  const changes: Partial<State> = { waiting: false, notice: null };
  if (outcome === null) changes.notice = { own: 'no_answer' };
  // Of a question that is gone it would be said to whoever reads the next.
  else if (!outcome.ok && isSame(before, state.screen)) changes.notice = outcome;
  if (outcome?.ok === false && outcome.reason === 'locked_out') {
    changes.lockedUntil = performance.now() + Number(outcome.argument ?? 0) * secondMs;
  }
  const isKept = changes.notice && state.screen !== null && isResting(state.screen);
  if (isKept) changes.pageEndsAt = performance.now() + pageIdleMs;
  // Its screen comes with the push: an answer that was overtaken by one would show the past.
  change(changes);
  return outcome;
}

// Whether a tap is the second of a double one, on what the first has brought under the finger. It
// answers nothing; nor does what follows it as quickly.
export function isSecondTap(keys: string): boolean {
  const now = performance.now();
  const isSecond = keys !== tapped.keys && now - tapped.at < doubleTapMs;
  tapped = { at: now, keys: isSecond ? tapped.keys : keys };
  return isSecond;
}

export async function answer(word: Answer): Promise<void> {
  const { screen } = state;
  const takesIn = screen?.purpose === 'return' || (screen?.role && screen.purpose === 'deposit');
  const said = screen !== null && isOpen(screen) && takesIn
    ? kept.find((one) => one === word) : undefined;
  const outcome = await ask('/api/answer', { answer: word });
  if (outcome === null || screen === null) return;
  const now = state.screen;
  const isThere = now !== null && isOpen(now) && now.compartment === screen.compartment;
  if (outcome.ok && said && isThere) change({ said });
  // At the list nothing but the last door can be opened again.
  const isNone = !outcome.ok && outcome.reason === 'wrong_state' && word === 'again';
  if (isNone && now?.name === 'courier_list') change({ notice: { own: 'none_to_reopen' } });
}

const errand = (path: string, body: object = {}): void => void ask(path, body);
export const choose = (delivery: string): void => errand('/api/choose', { delivery });
export const bringBack = (): void => errand('/api/return');
export const chooseSize = (size: Size): void => errand('/api/size', { size });
export const walk = (): void => errand('/api/walk');
export const collectReturns = (): void => errand('/api/collect');
export const askStaff = (path: string, body?: object): void => errand(`/api/staff/${path}`, body);

export const isAtDoors = ({ screen, away, page }: State): boolean =>
  screen?.name === 'courier_list' && screen.role === 'staff' && !away && page === 'home';

const readUpTo = (): number => state.sight?.test.revision ?? 0;

export const choseDoor = (chosen: number | null): void =>
  change({ chosen, notice: null, readTo: readUpTo() });

// Which door opened, while a test asks it; else the one that staff want to know of.
export function pointAt(door: number): void {
  const test = state.sight?.test;
  if (test === undefined || test.step === 'over') return choseDoor(door);
  const { compartment, step } = test;
  if (step === 'which_door') askStaff('test/answer', { compartment, said: 'door', door });
}

export const readReport = (): void => change({ readTo: readUpTo() });
export const readAgain = (): void => change({ readTo: 0 });

export const showCard = (card: string): Promise<Outcome | null> => ask('/api/card', { card });

export function press(key: string): boolean {
  const { digits } = state;
  if (/^[0-9]$/.test(key) && digits.length < digitsMost(state)) type(digits + key);
  else if (key === 'Backspace') type(digits.slice(0, -1));
  else if (key === 'Delete') type('');
  else if (key === 'Enter' && digits.length >= digitsLeast(state)) submit();
  else return false;
  return true;
}

function type(digits: string): void {
  change({ digits, notice: null });
}

function submit(): void {
  const { digits } = state;
  if (state.page === 'door') return goTo(Number(digits));
  void ask('/api/code', { code: digits }).then(() => change({ digits: '' }));
}

function goTo(door: number): void {
  if (!state.plan?.compartments.some((one) => one.number === door)) {
    return change({ digits: '', notice: { own: 'no_such_door' } });
  }
  enter('home');
  pointAt(door);
}

export const goHome = (): void => enter('home');

export function enter(page: Page): void {
  const isPlain = page === 'home' && !hasPreferences();
  const pageEndsAt = isPlain ? 0 : performance.now() + pageIdleMs;
  change({ page, notice: null, digits: '', pageEndsAt });
}

// In an errand it is noted in the record as well; who answers a telephone is sooner there.
export async function askHelp(): Promise<void> {
  const isErrand = state.screen !== null && !state.away && !isResting(state.screen);
  enter('help');
  change({ helpNoted: false });
  if (isErrand) change({ helpNoted: (await ask('/api/answer', { answer: 'help' }))?.ok === true });
}

// A hand on the screen: somebody is still there. What posts an answer says so by itself.
export function touched(): void {
  const isAsked = secondsLeft(state) !== null;
  if (state.pageEndsAt > 0) state.pageEndsAt = performance.now() + pageIdleMs;
  if (isAsked && !state.waiting) stay();
}

// In nobody's way: what is answered meanwhile is answered.
export function stay(): void {
  change(state.pageEndsAt > 0 ? { pageEndsAt: performance.now() + pageIdleMs } : {});
  if (state.endsAt === 0 || performance.now() - stayedAt < stayAgainMs) return;
  stayedAt = performance.now();
  void post('/api/answer', { answer: 'stay' });
}

// A hand at the simulated cabinet's doors, which waits for nobody.
export async function reach(path: string, body: object = {}): Promise<void> {
  const outcome = await post(`/api/simulated/${path}`, body);
  if (outcome?.simulated) change({ simulated: outcome.simulated.compartments });
}

function prefer(changes: Partial<typeof plain>): void {
  change({ ...changes, pageEndsAt: performance.now() + pageIdleMs });
  const { language, large, lower, contrast } = state;
  store(sessionStorage, preferences, { language, large, lower, contrast });
}

export const speakNext = (): void => prefer({ language: nextLanguage(state.language) });
export const toggle = (what: 'large' | 'lower' | 'contrast'): void =>
  prefer({ [what]: !state[what] });

const hasPreferences = (): boolean =>
  state.language !== firstLanguage || state.large || state.lower || state.contrast;

function store(where: Storage, name: string, value: object | null): void {
  if (value === null) where.removeItem(name);
  else where.setItem(name, JSON.stringify(value));
}

function read(where: Storage, name: string): Record<string, unknown> {
  return JSON.parse(where.getItem(name) ?? '{}') as Record<string, unknown>;
}

// What outlives a reload: how this person reads.
function remembered(): Partial<State> {
  const { language, large, lower, contrast } = read(sessionStorage, preferences);
  return {
    language: isLanguage(language) ? language : firstLanguage,
    large: large === true,
    lower: lower === true,
    contrast: contrast === true,
  };
}

// Whom to call when the daemon is down. Asked for then alone: it lies on the disk.
function rememberedTelephone(): string {
  const { telephone } = read(localStorage, lastSeen);
  return typeof telephone === 'string' ? telephone : '';
}
