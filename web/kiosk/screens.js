// What each screen of the daemon looks like: its line, what stands below, and what can be answered.

const button = (answer, word, main = false) => ({ answer, word, main });

// What a courier may find at an open door before shutting it.
const atDeposit = [
  button('too_large', 'too_large'),
  button('damaged', 'damaged'),
  button('still_there', 'still_there'),
];

const openLines = {
  pickup: 'screen_open',
  deposit: 'open_deposit',
  recall: 'open_recall',
  inspection: 'open_inspection',
};

function detailsOfDoor(screen) {
  const details = [];
  if (screen.books > 0) details.push('books');
  if (screen.doors > 1) details.push('door_of');
  return details;
}

function answersAtOpenDoor(screen) {
  return screen.role && screen.purpose === 'deposit' ? atDeposit : [];
}

function notOpened(screen) {
  if (screen.role) {
    return {
      line: 'not_opened_staff',
      answers: [button('again', 'try_again', true), button('later', 'back_to_list')],
    };
  }
  const more = screen.doors > 1 && screen.door < screen.doors;
  const away = more ? button('later', 'next_door') : button('leave', 'finish');
  return {
    line: 'screen_not_opened',
    details: screen.cabinet.help_telephone ? ['please_call'] : [],
    answers: [button('again', 'try_again', true), away],
  };
}

const views = {
  start: () => ({}),
  opening: () => ({ number: true, details: ['pull_gently'] }),
  open: (screen) => ({
    line: openLines[screen.purpose] ?? 'screen_open',
    number: true,
    details: detailsOfDoor(screen),
    answers: answersAtOpenDoor(screen),
  }),
  settling: () => ({ number: true }),
  left_open: (screen) => ({ number: true, tone: 'look', answers: answersAtOpenDoor(screen) }),
  still_occupied: () => ({
    tone: 'look',
    details: ['still_inside'],
    answers: [button('done', 'taken', true), button('again', 'again')],
  }),
  confirm_emptied: () => ({
    answers: [button('done', 'taken', true), button('again', 'again')],
  }),
  not_opened: (screen) => ({ number: true, tone: 'look', ...notOpened(screen) }),
  thanks: () => ({ details: ['thanks_detail'], answers: [button('leave', 'finish', true)] }),
  courier_list: (screen) => ({
    line: screen.items.length === 0 ? 'list_done' : 'screen_courier_list',
    list: true,
    answers: [button('again', 'reopen_last'), button('leave', 'leave')],
  }),
  sensed_empty: () => ({
    tone: 'look',
    details: ['sensed_empty_detail'],
    answers: [
      button('again', 'again', true),
      button('later', 'later'),
      button('too_large', 'too_large'),
      button('damaged', 'damaged'),
    ],
  }),
  confirm_deposit: () => ({
    answers: [
      button('done', 'put_in', true),
      button('again', 'again'),
      button('later', 'later'),
      button('too_large', 'too_large'),
      button('damaged', 'damaged'),
    ],
  }),
  out_of_order: (screen) => ({
    details: screen.cabinet.help_telephone ? ['please_call'] : [],
  }),
};

export function viewOf(screen) {
  const view = views[screen.name](screen);
  return {
    line: `screen_${screen.name}`,
    number: false,
    tone: 'plain',
    details: [],
    answers: [],
    list: false,
    ...view,
  };
}

// What the sentences' {names} stand for.
export function valuesOf(screen, view) {
  const isCount = (word) => word === 'door_of';
  return (word) => ({
    door: isCount(word) ? screen.door : screen.compartment,
    doors: screen.doors,
    books: screen.books,
    count: view.list ? screen.items.length : 0,
    telephone: screen.cabinet.help_telephone,
    ...screen.free,
  });
}
