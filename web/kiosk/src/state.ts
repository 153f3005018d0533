// Everything that is shown follows from this, and from nothing else. What an errand is at, the
// daemon knows alone: a page that is loaded anew shows the same.

import type {
  Answer, Outcome, Plan, Push, Refusal, Screen, Sight, SimulatedDoor, Size,
} from './interface';
import { fetchPlan, listen, post } from './link';
import { sound } from './sounds';
import { firstLanguage, isLanguage, nextLanguage, type Language, type Word } from './words';

// Steps of this page: on the daemon's start screen and at the courier's list a code may be typed.
// Staff begin at the doors, and go to the parcels from there.
export type Page = 'home' | 'code' | 'staff' | 'patron' | 'parcels' | 'help';

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
  said: Answer | null;       // at the open door, to be acted on when it is shut
  helpNoted: boolean;        // the daemon has taken a call for help down
  waiting: boolean;          // for an answer
  endsAt: number;            // when the daemon's screen goes back; 0: it does not
  pageEndsAt: number;        // when what this page knows of somebody is forgotten; 0: nothing is
  plan: Plan | null;
  telephone: string;         // of the last cabinet seen: for when the daemon is down
  sight: Sight | null;       // of staff, while they are logged in
  chosen: number | null;     // the door that staff touched
  simulated: SimulatedDoor[] | null;
  now: number;               // of the clock below
}

export const codeLengthMin = 4;
const codeLengthMax = 16;
const pageIdleMs = 60_000;
const warnedMs = 15_000;
const awaitedMs = 500;
const secondMs = 1_000;
const minuteMs = 60_000;
const doubleTapMs = 300;
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
  simulated: null,
  now: 0,
  ...remembered(),
};
let show: (state: State) => void = () => {};
let touchedAt = 0;   // when an answer was given
let shownAt = 0;     // when this screen came
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

export const takesCodes = ({ screen, away }: State): boolean =>
  screen !== null && !away && ['start', 'out_of_order', 'courier_list'].includes(screen.name);

export const isTyping = (now: State): boolean =>
  takesCodes(now) && ['code', 'staff', 'patron'].includes(now.page);

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

const isResting = ({ name }: Screen): boolean => name === 'start' || name === 'out_of_order';

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
  const moved = state.screen?.name !== push.screen.name;
  change({
    away: false,
    sight: push.staff ?? null,
    ...(isResting(push.screen) ? { chosen: null } : {}),
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
  const moved = before?.name !== screen.name || before.compartment !== screen.compartment;
  if (!moved) return { screen, telephone, endsAt };
  shownAt = performance.now();
  // Preferences outlive an errand, and are forgotten when nobody touches the start screen.
  const pageEndsAt = isResting(screen) && hasPreferences() ? shownAt + pageIdleMs : 0;
  // Staff who came from the parcels go back to them.
  const page = screen.role === 'staff' && state.page === 'parcels' ? 'parcels' : 'home';
  return { screen, telephone, endsAt, pageEndsAt, said: null, page, digits: '' };
}

async function ask(path: string, body: object): Promise<Outcome | null> {
  if (state.waiting) return null;
  change({ waiting: true });
  const outcome = await post(path, body);
  const changes: Partial<State> = { waiting: false, notice: null };
  if (outcome === null) changes.notice = { own: 'no_answer' };
  else if (!outcome.ok) changes.notice = outcome;
  if (outcome?.ok === false && outcome.reason === 'locked_out') {
    changes.lockedUntil = performance.now() + Number(outcome.argument ?? 0) * secondMs;
  }
  // Its screen comes with the push: an answer that was overtaken by one would show the past.
  change(changes);
  return outcome;
}

// The second tap of a double one must not answer the next question.
function isSecondTap(): boolean {
  const now = performance.now();
  const second = shownAt > touchedAt && now - touchedAt < doubleTapMs;
  touchedAt = now;
  return second;
}

export async function answer(word: Answer): Promise<void> {
  if (isSecondTap()) return;
  const outcome = await ask('/api/answer', { answer: word });
  const isLater = state.screen?.name === 'open' || state.screen?.name === 'left_open';
  if (outcome?.ok && isLater) change({ said: word });
}

export function choose(delivery: string): void {
  if (!isSecondTap()) void ask('/api/choose', { delivery });
}

export const bringBack = (): void => errand('/api/return', {});
export const chooseSize = (size: Size): void => errand('/api/size', { size });
export const collectReturns = (): void => errand('/api/collect', {});

function errand(path: string, body: object): void {
  if (!isSecondTap()) void ask(path, body);
}

export const isAtDoors = ({ screen, away, page }: State): boolean =>
  screen?.name === 'courier_list' && screen.role === 'staff' && !away && page === 'home';

export const choseDoor = (chosen: number | null): void => change({ chosen, notice: null });

export function askStaff(path: string, body: object = {}): void {
  if (!isSecondTap()) void ask(`/api/staff/${path}`, body);
}

export const showCard = (card: string): Promise<Outcome | null> => ask('/api/card', { card });

export function press(key: string): boolean {
  const { digits } = state;
  if (/^[0-9]$/.test(key) && digits.length < codeLengthMax) type(digits + key);
  else if (key === 'Backspace') type(digits.slice(0, -1));
  else if (key === 'Delete') type('');
  else if (key === 'Enter' && digits.length >= codeLengthMin) void submit();
  else return false;
  return true;
}

function type(digits: string): void {
  change({ digits, notice: null });
}

async function submit(): Promise<void> {
  await ask('/api/code', { code: state.digits });
  change({ digits: '' });
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

// A hand on the screen: somebody is still there. What is touched besides answers by itself.
export function touched(onButton: boolean): void {
  const isAsked = secondsLeft(state) !== null;
  if (state.pageEndsAt > 0) state.pageEndsAt = performance.now() + pageIdleMs;
  if (isAsked && !onButton) stay();
}

export function stay(): void {
  if (state.endsAt > 0) void ask('/api/answer', { answer: 'stay' });
  change(state.pageEndsAt > 0 ? { pageEndsAt: performance.now() + pageIdleMs } : {});
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
