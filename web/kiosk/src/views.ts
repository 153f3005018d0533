// What each screen of the daemon looks like: its line, what stands below, what can be answered.

import type { Answer, Bulletin, Screen, ScreenName } from './interface';
import type { Language, Values, Word } from './words';

export interface Choice {
  answer: Answer;
  word: Word;
  main: boolean;
}

// plain; look: "look here", in amber; alarm: in red.
export type Tone = 'plain' | 'look' | 'alarm';

export interface View {
  line: Word;
  number: boolean;  // the compartment's, large, and its place in the picture
  tone: Tone;
  details: Word[];
  answers: Choice[];
}

const choice = (answer: Answer, word: Word, main = false): Choice => ({ answer, word, main });

// What may be found at an open door before it is shut, by a courier and by who brings books back.
const atDeposit = [
  choice('too_large', 'too_large'),
  choice('damaged', 'damaged'),
  choice('still_there', 'still_there'),
];

const atReturn = [choice('too_large', 'too_large'), choice('still_there', 'still_there')];

const openLines: Readonly<Record<NonNullable<Screen['purpose']>, Word>> = {
  pickup: 'screen_open',
  deposit: 'open_deposit',
  recall: 'open_recall',
  inspection: 'open_inspection',
  return: 'open_deposit',
  collection: 'open_recall',
  walk: 'open_walk',
};

// What the ledger has behind a door that staff look behind.
const toldOf = (screen: Screen): Word =>
  screen.delivery ? 'walk_delivery' : screen.returned ? 'walk_return' : 'walk_nothing';

function detailsOfDoor(screen: Screen): Word[] {
  if (screen.purpose === 'walk') return [toldOf(screen), 'walk_of'];
  const details: Word[] = [];
  if (screen.books > 0) details.push('books');
  if (screen.doors > 1) details.push('door_of');
  return details;
}

const answersAtOpenDoor = (screen: Screen): Choice[] => {
  if (screen.purpose === 'return') return atReturn;
  return screen.role && screen.purpose === 'deposit' ? atDeposit : [];
};

// A bag may be full.
const leavesCollection = (screen: Screen): Choice[] =>
  screen.purpose === 'collection' ? [choice('leave', 'back_to_list')] : [];

const whomToCall = (screen: Screen): Word[] =>
  screen.cabinet.help_telephone ? ['please_call'] : [];

function notOpened(screen: Screen): Partial<View> {
  if (screen.purpose === 'collection') {
    return {
      line: 'not_opened_staff',
      answers: [choice('again', 'try_again', true), choice('later', 'next_compartment'),
        choice('leave', 'back_to_list')],
    };
  }
  if (screen.purpose === 'return') {
    const answers = [choice('again', 'try_again', true), choice('leave', 'finish')];
    return { line: 'not_opened_staff', details: whomToCall(screen), answers };
  }
  if (screen.purpose === 'walk') {
    return {
      line: 'not_opened_staff',
      answers: [choice('again', 'try_again', true), choice('later', 'skip'),
        choice('leave', 'walk_end')],
    };
  }
  if (screen.role) {
    return {
      line: 'not_opened_staff',
      answers: [choice('again', 'try_again', true), choice('later', 'back_to_list')],
    };
  }
  const more = screen.doors > 1 && screen.door < screen.doors;
  const away = more ? choice('later', 'next_door') : choice('leave', 'finish');
  // Only when dispatch has acknowledged it: a promise that nobody knows of is worse than none.
  const details: Word[] = screen.staff_told ? ['staff_told'] : whomToCall(screen);
  return { details, answers: [choice('again', 'try_again', true), away] };
}

function walked(screen: Screen): Partial<View> {
  const { delivery, returned, disputed, books } = screen;
  const details: Word[] = disputed ? ['walk_disputed'] : [];
  if (books > 0) details.push('books');
  const onward = [choice('again', 'again'), choice('later', 'skip'), choice('leave', 'walk_end')];
  return {
    line: delivery ? 'screen_walk_question' : returned ? 'walk_is_return' : 'test_is_empty',
    number: true,
    tone: disputed ? 'look' : 'plain',
    details: [...details, 'walk_of'],
    answers: delivery || returned ? [
      choice('done', 'walk_there', true),
      choice('missing', 'walk_missing'),
      choice('still_there', 'walk_besides'),
      ...onward,
    ] : [choice('done', 'walk_empty', true), choice('still_there', 'walk_inside'), ...onward],
  };
}

const views: Readonly<Record<ScreenName, (screen: Screen) => Partial<View>>> = {
  start: () => ({}),
  opening: () => ({ number: true, details: ['pull_gently'] }),
  open: (screen) => ({
    line: openLines[screen.purpose ?? 'pickup'],
    number: true,
    details: detailsOfDoor(screen),
    answers: answersAtOpenDoor(screen),
  }),
  settling: () => ({ number: true }),
  left_open: (screen) => ({ number: true, tone: 'alarm', answers: answersAtOpenDoor(screen) }),
  still_occupied: (screen) => ({
    number: true,
    tone: 'look',
    details: ['still_inside'],
    answers: [choice('done', 'taken', true), choice('again', 'again'),
      ...leavesCollection(screen)],
  }),
  confirm_emptied: () => ({
    number: true,
    answers: [choice('done', 'taken', true), choice('again', 'again')],
  }),
  not_opened: (screen) => ({ number: true, tone: 'look', ...notOpened(screen) }),
  thanks: () => ({ details: ['thanks_detail'], answers: [choice('leave', 'finish', true)] }),
  courier_list: (screen) => ({
    line: screen.items.length > 0 ? 'screen_courier_list'
      : screen.returns ? 'list_returns' : 'list_done',
    answers: [choice('again', 'reopen_last'), choice('leave', 'leave')],
  }),
  sensed_empty: (screen) => ({
    number: true,
    tone: 'look',
    details: ['sensed_empty_detail'],
    answers: screen.purpose === 'return' ? [
      choice('again', 'again', true),
      choice('later', 'not_put_in'),
      choice('too_large', 'too_large'),
    ] : [
      choice('again', 'again', true),
      choice('later', 'later'),
      choice('too_large', 'too_large'),
      choice('damaged', 'damaged'),
    ],
  }),
  confirm_deposit: (screen) => ({
    number: true,
    answers: screen.purpose === 'return' ? [
      choice('done', 'put_in', true),
      choice('missing', 'not_put_in'),
      choice('again', 'again'),
      choice('too_large', 'too_large'),
    ] : [
      choice('done', 'put_in', true),
      choice('again', 'again'),
      choice('later', 'later'),
      choice('too_large', 'too_large'),
      choice('damaged', 'damaged'),
    ],
  }),
  return_card: () => ({ details: ['return_card_detail'], answers: [choice('leave', 'go_back')] }),
  return_size: () => ({ details: ['return_size_detail'], answers: [choice('leave', 'go_back')] }),
  return_thanks: () => ({
    details: ['thanks_detail'],
    answers: [choice('leave', 'finish', true)],
  }),
  confirm_collection: (screen) => ({
    number: true,
    answers: [
      choice('done', 'was_there', true),
      choice('missing', 'was_not_there'),
      choice('again', 'again'),
      ...leavesCollection(screen),
    ],
  }),
  walk_question: (screen) => walked(screen),
  walk_report: () => ({ answers: [choice('done', 'finish', true)] }),
  out_of_order: (screen) => ({ details: whomToCall(screen) }),
};

export function viewOf(screen: Screen): View {
  return {
    line: `screen_${screen.name}`,
    number: false,
    tone: 'plain',
    details: [],
    answers: [],
    ...views[screen.name](screen),
  };
}

// In the language of who reads; in the other rather than not at all.
export const inLanguage = (told: Bulletin | undefined, language: Language): string =>
  told?.[language] ?? told?.['zh-CN'] ?? told?.en ?? '';

// What the sentences' {names} stand for.
export function valuesOf(screen: Screen, word: Word): Values {
  return {
    at: screen.door,
    door: word === 'door_of' ? screen.door : screen.compartment,
    doors: screen.doors,
    books: screen.books,
    delivery: screen.delivery,
    count: screen.items.length,
    telephone: unbroken(screen.cabinet.help_telephone),
    cabinet: screen.cabinet.name,
    ...screen.free,
  };
}

// A number to call is not broken over two lines.
export const unbroken = (telephone: string): string => telephone.replaceAll(' ', '\u00a0');
