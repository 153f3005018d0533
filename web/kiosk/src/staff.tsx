// Staff at the screen: every door as it is now, and what can be done with it.

import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import type { State as StateReport } from '../../protocol';
import type { JournalLine, Sight, TestReport, TestWord } from './interface';
import { fetchJournal } from './link';
import { speaker, type Said } from './parts';
import { CabinetPicture } from './picture';
import { answer, askStaff, choseDoor, enter, type State } from './state';
import { isWord, type Word } from './words';

type Line = StateReport['compartments'][number];

// A key, and what it does.
interface Key {
  word: Word;
  does: () => void;
  main?: boolean;
  values?: Record<string, number>;
}

// What is said beside the picture.
interface Panel {
  line: string;
  details: string[];
  list?: ComponentChildren;
  keys: Key[];
}

const known = (word: string, other: Word): Word => (isWord(word) ? word : other);

function thingsToKnow(line: Line, words: Said): string[] {
  const things: string[] = [words(`inside_${line.occupancy}`)];
  if (line.delivery && line.delivery_state) {
    const word = known(`delivery_${line.delivery_state}`, 'delivery_disputed');
    things.push(words(word, { delivery: line.delivery }));
  }
  if (line.out_of_service) things.push(words(known(`is_out_${line.out_of_service}`, 'is_out')));
  if (line.jammed) things.push(words('is_jammed'));
  if (line.ajar) things.push(words('is_ajar'));
  if (line.unexplained) things.push(words('is_unexplained'));
  return things;
}

const headOf = (line: Line, words: Said): string =>
  words('staff_door', { door: line.number, door_state: words(`door_${line.door}`) });

function classesOf(line: Line | undefined, isChosen: boolean): string {
  if (line === undefined) return '';
  const isFaulty = line.jammed || line.ajar || line.unexplained || line.door === 'unknown' ||
    line.delivery_state === 'disputed';
  const classes = [line.door === 'open' ? 'open' : '', line.out_of_service ? 'out' : '',
    line.delivery ? 'held' : '', isFaulty ? 'faulty' : '', isChosen ? 'chosen' : ''];
  return classes.join(' ');
}

function doorPanel(line: Line, words: Said): Panel {
  const compartment = line.number;
  const isOut = line.out_of_service !== undefined;
  return {
    line: headOf(line, words),
    details: thingsToKnow(line, words),
    keys: [
      { word: 'staff_open', main: true, does: () => askStaff('open', { compartment }) },
      { word: isOut ? 'staff_in' : 'staff_out',
        does: () => askStaff('service', { compartment, in_service: isOut }) },
      { word: 'staff_test_one',
        does: () => askStaff('test', { kind: 'self_test', compartments: [compartment] }) },
      { word: 'staff_all_doors', does: () => choseDoor(null) },
    ],
  };
}

function allPanel(state: State, { state: report }: Sight, words: Said, record: () => void): Panel {
  const inService = report.in_service;
  return {
    line: words('screen_staff'),
    details: inService ? [] : [words('staff_cabinet_is_out')],
    keys: [
      { word: 'staff_parcels', values: { count: state.screen?.items.length ?? 0 },
        does: () => enter('parcels') },
      { word: 'staff_test_all', does: () => askStaff('test', { kind: 'self_test' }) },
      { word: 'staff_commission', does: () => askStaff('test', { kind: 'commissioning' }) },
      { word: 'staff_record', does: record },
      { word: inService ? 'staff_cabinet_out' : 'staff_cabinet_in',
        does: () => askStaff('service', { in_service: !inService }) },
      { word: 'leave', does: () => void answer('leave') },
    ],
  };
}

// What a person may answer at this step, beside a touch of the door.
const wordsAt: Readonly<Partial<Record<TestReport['step'], TestWord[]>>> = {
  reads_open: ['shut'],
  which_door: ['none', 'two'],
  is_empty: ['empty', 'not_empty'],
};

const say = (compartment: number, said: TestWord, door?: number): void =>
  askStaff('test/answer', { compartment, said, ...(door === undefined ? {} : { door }) });

function runningPanel(test: TestReport, words: Said): Panel {
  const door = test.compartment ?? 0;
  const progress = { kind: words(`test_${test.kind}`), total: test.total,
    done: test.results.length };
  return {
    line: words(`test_${test.step}`, { door, kind: progress.kind }),
    details: [words('test_progress', progress)],
    keys: [
      ...(wordsAt[test.step] ?? []).map((one): Key => ({
        word: known(`say_${one}`, 'say_none'), main: true, does: () => say(door, one),
      })),
      { word: 'staff_stop', does: () => askStaff('test/stop') },
    ],
  };
}

type Finding = NonNullable<TestReport['results'][number]['findings']>[number];

function findingLine(number: number, tested: boolean, one: Finding, state: State): string {
  const words = speaker(state);
  const text = state.language === 'en' ? one.english : one.chinese;
  const other = one.door === undefined ? '' : ` (${one.door})`;
  const left = tested ? '' : ` · ${words('test_left_alone')}`;
  return words('test_finding', { door: number, finding: `${text}${other}${left}` });
}

function overPanel(test: TestReport, state: State, words: Said, done: () => void): Panel {
  const lines = test.results.flatMap(({ number, tested, findings }) =>
    (findings ?? []).map((one) => findingLine(number, tested, one, state)));
  const faults = test.results.filter(({ tested, findings }) => tested && findings).length;
  const kind = words(`test_${test.kind}`);
  const isWell = faults === 0 && test.ended_by === undefined;
  return {
    line: words(isWell ? 'test_all_well' : 'test_over', { kind, faults }),
    details: test.ended_by === undefined ? [] : [words('test_ended_by')],
    list: <Lines lines={lines} label={kind} />,
    keys: [{ word: 'finish', main: true, does: done }],
  };
}

function Lines({ lines, label }: { lines: string[]; label: string }): JSX.Element | null {
  if (lines.length === 0) return null;
  return (
    <ul class="parcels lines" tabIndex={0} aria-label={label}>
      {lines.map((line) => <li key={line}>{line}</li>)}
    </ul>
  );
}

const timeOf = (at: string): string => new Date(at).toTimeString().slice(0, 8);

function recordPanel(state: State, sight: Sight, lines: JournalLine[], words: Said,
  done: () => void): Panel {
  const { number, acknowledged } = sight.state.journal;
  const told = [...lines].reverse().map((one) => `${one.number} ${timeOf(one.at)} ${one.text}`);
  return {
    line: words(state.screen?.online ? 'online' : 'offline'),
    details: [words('record_line', { number, acknowledged }),
      words('version', { version: state.screen?.cabinet.version })],
    list: <Lines lines={told} label={words('staff_record')} />,
    keys: [{ word: 'staff_all_doors', main: true, does: done }],
  };
}

// The newest entries, again whenever there are more.
function useJournal(isShown: boolean, newest: number): JournalLine[] {
  const [lines, setLines] = useState<JournalLine[]>([]);
  useEffect(() => {
    if (isShown) void fetchJournal().then(setLines);
  }, [isShown, newest]);
  return lines;
}

interface StaffProps {
  state: State;
  notice: string;
}

export function Staff({ state, notice }: StaffProps): JSX.Element | null {
  const { sight, plan } = state;
  const [isRecord, setRecord] = useState(false);
  const [followed, setFollowed] = useState(false);
  const isRunning = sight !== null && sight.test.step !== 'over';
  useEffect(() => {
    if (isRunning) setFollowed(true);
  }, [isRunning]);
  const lines = useJournal(isRecord, sight?.state.journal.number ?? 0);
  if (sight === null || plan === null) return null;
  const words = speaker(state);
  const lineOf = (number: number | null): Line | undefined =>
    sight.state.compartments.find((one) => one.number === number);
  const chosen = lineOf(state.chosen);
  const panel = isRunning ? runningPanel(sight.test, words)
    : followed ? overPanel(sight.test, state, words, () => setFollowed(false))
      : isRecord ? recordPanel(state, sight, lines, words, () => setRecord(false))
        : chosen ? doorPanel(chosen, words)
          : allPanel(state, sight, words, () => setRecord(true));
  const { step, compartment } = sight.test;
  const onDoor = (door: number): void => {
    if (step === 'which_door' && compartment !== undefined) return say(compartment, 'door', door);
    if (!isRunning && !followed) {
      setRecord(false);
      choseDoor(door);
    }
  };
  const look = (number: number): { classes: string; label: string; books: number } => {
    const line = lineOf(number);
    const label = line ? [headOf(line, words), ...thingsToKnow(line, words)].join('; ') : '';
    return { classes: classesOf(line, !isRunning && number === state.chosen), label,
      books: line?.occupancy === 'occupied' ? 3 : 0 };
  };
  return (
    <main class="staffed">
      <div class="said">
        <figure class="picture">
          <CabinetPicture plan={plan} lit={isRunning ? compartment : undefined} look={look}
            onDoor={onDoor} label={words('staff_picture')} screenLabel={words('the_screen')} />
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
        <h1 tabIndex={-1}>{panel.line}</h1>
        {notice && <p class="notice" role="alert">{notice}</p>}
        {panel.details.length > 0 && <p class="detail">
          {panel.details.map((one) => <span key={one} class="clause">{one}</span>)}
        </p>}
      </div>
      {panel.list}
      <div class={`answers n${panel.keys.length}`}>
        {panel.keys.map(({ word, values, main, does }) => (
          <button key={word} type="button" class={main ? 'main' : ''}
            onClick={does}>{words(word, values)}</button>
        ))}
      </div>
    </div>
  );
}
