// The simulated cabinet beside its screen: doors to shut, books to put in, faults to cause. The
// daemon serves this page with --simulate alone.

import { render, type JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { faults, type Fault, type SimulatedDoor } from './interface';
import { Kiosk, onKey } from './kiosk';
import { CabinetPicture, type Look } from './picture';
import { choose, reach, showCard, start, type State } from './state';
import './simulated.css';
import { languages, type Language } from './words';

const words = {
  'zh-CN': {
    title: '模拟书柜',
    hint: '点一个柜门，再用下面的手',
    door: '{door}号柜门',
    open: '开着',
    shut: '关着',
    books: '{books} 册',
    do_shut: '关上',
    do_force: '撬开',
    do_take: '取出所有书',
    do_put: '放入 {books} 册',
    faults: '故障',
    jam: '锁卡住',
    stick_sensor: '传感器不动',
    stick_switch: '门磁不动',
    bounce: '门磁抖动',
    vanish: '接线断开',
    invert: '门磁接反',
    card: '读者证号或证件号',
    show_card: '刷卡',
    parcel: '包裹号',
    scan: '扫包裹',
    coil: '线圈通电 {pulses} 次',
  },
  en: {
    title: 'Simulated cabinet',
    hint: 'Touch a door, then use the hands below',
    door: 'Door {door}',
    open: 'open',
    shut: 'shut',
    books: 'books: {books}',
    do_shut: 'Shut it',
    do_force: 'Force it open',
    do_take: 'Take all books',
    do_put: 'Put in {books}',
    faults: 'Faults',
    jam: 'lock jams',
    stick_sensor: 'sensor sticks',
    stick_switch: 'switch sticks',
    bounce: 'switch bounces',
    vanish: 'wires are gone',
    invert: 'switch inverted',
    card: 'Number of a card',
    show_card: 'Show card',
    parcel: 'Number of a parcel',
    scan: 'Scan parcel',
    coil: 'pulses: {pulses}',
  },
} as const satisfies Record<Language, Record<string, string>>;
type Word = keyof (typeof words)['en'];

function say(language: Language, word: Word, values: Record<string, number> = {}): string {
  return words[language][word].replace(/\{(\w+)\}/g, (_, name: string) =>
    String(values[name] ?? ''));
}

const handfuls = [1, 3];

function isOn(fault: Fault, door: SimulatedDoor): boolean {
  switch (fault) {
    case 'jam': return door.jammed;
    case 'stick_sensor': return door.sensor_stuck;
    case 'stick_switch': return door.switch_stuck;
    case 'bounce': return door.bounces;
    case 'invert': return door.switch_inverted === true;
    case 'vanish': return false;  // not told: it stays a button that breaks the wires
  }
}

const stateOf = (language: Language, door: SimulatedDoor): string =>
  [say(language, 'door', { door: door.number }), say(language, door.door_open ? 'open' : 'shut'),
    say(language, 'books', { books: door.books })].join('，');

function Hands({ door, language }: { door: SimulatedDoor; language: Language }): JSX.Element {
  const path = (hand: string): string => `${door.number}/${hand}`;
  const hand = (word: Word, does: string, able: boolean, books?: number): JSX.Element => (
    <button key={`${word} ${books ?? ''}`} type="button" disabled={!able}
      onClick={() => void reach(path(does), books ? { books } : {})}>
      {say(language, word, { books: books ?? 0 })}
    </button>
  );
  const open = door.door_open;
  return (
    <div class="hands">
      <h2>{stateOf(language, door)}</h2>
      <p>{say(language, 'coil', { pulses: door.pulses })}</p>
      <div class="row">
        {open ? hand('do_shut', 'shut', true) : hand('do_force', 'force', true)}
        {handfuls.map((books) => hand('do_put', 'put', open, books))}
        {hand('do_take', 'take', open && door.books > 0)}
      </div>
      <h3>{say(language, 'faults')}</h3>
      <div class="row">
        {faults.map((fault) => (
          <button key={fault} type="button" aria-pressed={isOn(fault, door)}
            onClick={() => void reach(path('fault'), { fault, on: !isOn(fault, door) })}>
            {say(language, fault)}
          </button>
        ))}
      </div>
    </div>
  );
}

// What a reader would read, by hand.
function Reader({ language, name, button, use }: {
  language: Language;
  name: Word;
  button: Word;
  use: (text: string) => void;
}): JSX.Element {
  const [text, setText] = useState('');
  const submit = (event: Event): void => {
    event.preventDefault();
    if (text.trim() === '') return;
    use(text.trim());
    setText('');
  };
  return (
    <form class="row" onSubmit={submit}>
      <input type="text" autocomplete="off" maxLength={64} aria-label={say(language, name)}
        placeholder={say(language, name)} value={text}
        onInput={(event) => setText(event.currentTarget.value)} />
      <button type="submit">{say(language, button)}</button>
    </form>
  );
}

function Cabinet(state: State): JSX.Element | null {
  const { language, plan, simulated, screen } = state;
  const [chosen, setChosen] = useState<number | null>(null);
  const lit = screen?.compartment;
  useEffect(() => {
    if (lit !== undefined) setChosen(lit);
  }, [lit]);
  if (plan === null || simulated === null) return null;
  const number = chosen ?? simulated[0]?.number;
  const door = simulated.find((one) => one.number === number);
  const look = (of: number): Look => {
    const one = simulated.find((each) => each.number === of);
    const classes = [one?.door_open ? 'open' : '', of === number ? 'chosen' : '',
      one?.jammed || one?.sensor_stuck || one?.switch_stuck ? 'faulty' : ''];
    return {
      classes: classes.join(' '),
      label: one ? stateOf(language, one) : String(of),
      books: one?.books ?? 0,
      isChosen: of === number,
    };
  };
  return (
    <section class="cabinet-side">
      <h1>{say(language, 'title')}</h1>
      <p>{say(language, 'hint')}</p>
      <CabinetPicture plan={plan} lit={lit} label={say(language, 'title')} screenLabel="▭"
        look={look} onDoor={setChosen} />
      {door && <Hands door={door} language={language} />}
      <Reader language={language} name="card" button="show_card"
        use={(card) => void showCard(card)} />
      <Reader language={language} name="parcel" button="scan" use={choose} />
    </section>
  );
}

const kiosk = document.getElementById('kiosk');
const cabinet = document.getElementById('cabinet');
if (kiosk !== null && cabinet !== null && languages.length > 0) {
  let shown: State | null = null;
  start((state) => {
    shown = state;
    render(<Kiosk {...state} />, kiosk);
    render(<Cabinet {...state} />, cabinet);
  });
  document.addEventListener('keydown', (event) => {
    const isCabinet = event.target instanceof Node && cabinet.contains(event.target);
    if (shown !== null && !isCabinet) onKey(event, shown);
  });
}
