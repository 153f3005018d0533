// Staff at the screen: every door as it is now, and what can be done with it.

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import type { State as StateReport } from '../../protocol';
import type { JournalLine, Sight, TestReport, TestWord } from './interface';
import { fetchJournal } from './link';
import { Lines, Panelled, type Key, type Panel } from './panel';
import { speaker, type Said } from './parts';
import type { Look } from './picture';
import {
  answer, askStaff, choseDoor, enter, pointAt, readAgain, readReport, walk, type State,
} from './state';
import { isWord, type Word } from './words';

const minuteMs = 60_000;

type Line = StateReport['compartments'][number];

const known = (word: string, other: Word): Word => (isWord(word) ? word : other);

function thingsToKnow(line: Line, words: Said): string[] {
  const things: string[] = [words(`inside_${line.occupancy}`)];
  if (line.delivery && line.delivery_state) {
    const word = known(`delivery_${line.delivery_state}`, 'delivery_disputed');
    things.push(words(word, { delivery: line.delivery }));
  }
  if (line.return_state) things.push(words(known(`return_${line.return_state}`, 'return_stored')));
  if (line.out_of_service) things.push(words(known(`is_out_${line.out_of_service}`, 'is_out')));
  if (line.jammed) things.push(words('is_jammed'));
  if (line.ajar) things.push(words('is_ajar'));
  if (line.unexplained) things.push(words('is_unexplained'));
  return things;
}

const headOf = (line: Line, words: Said): string =>
  words('staff_door', { door: line.number, door_state: words(`door_${line.door}`) });

const isFaulty = (line: Line): boolean =>
  line.jammed === true || line.ajar === true || line.unexplained === true ||
  line.door === 'unknown' || line.delivery_state === 'disputed' || line.return_state === 'disputed';

function lookOf(line: Line, isChosen: boolean, words: Said): Look {
  const classes = [line.door === 'open' ? 'open' : '', line.out_of_service ? 'out' : '',
    line.delivery || line.return_state ? 'held' : '', isFaulty(line) ? 'faulty' : '',
    isChosen ? 'chosen' : ''];
  const sign = [isFaulty(line) ? '!' : '', line.door === 'open' ? '○' : ''].join('');
  return { classes: classes.join(' '), isChosen, sign,
    label: [headOf(line, words), ...thingsToKnow(line, words)].join('; '),
    books: line.occupancy === 'occupied' ? 3 : 0 };
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

const parcelsKey = ({ screen }: State): Key => ({
  word: 'staff_parcels',
  values: { count: screen?.items.length ?? 0 },
  does: () => enter('parcels'),
});
const byNumber: Key = { word: 'staff_by_number', does: () => enter('door') };
const leave: Key = { word: 'leave', does: () => void answer('leave') };

// What another panel is shown for.
interface Does {
  record: () => void;
  service: () => void;
}

// What is not as on every other day.
function exceptions({ screen }: State, { state: report }: Sight, words: Said): string[] {
  const minutes = Math.ceil((screen?.maintenance_left_ms ?? 0) / minuteMs);
  return [...(report.in_service ? [] : [words('staff_cabinet_is_out')]),
    ...(minutes > 0 ? [words('maintenance_left', { minutes })] : [])];
}

function allPanel(state: State, sight: Sight, words: Said, does: Does): Panel {
  const isNeeded = state.screen?.walk_needed === true;
  return {
    line: words(isNeeded ? 'walk_needed' : 'screen_staff'),
    details: exceptions(state, sight, words),
    inThrees: true,
    keys: [
      { word: 'staff_walk', main: isNeeded, does: walk },
      parcelsKey(state),
      { word: 'staff_test_all', does: () => askStaff('test', { kind: 'self_test' }) },
      { word: 'staff_commission', does: () => askStaff('test', { kind: 'commissioning' }) },
      { word: 'staff_record', does: does.record },
      byNumber,
      { word: 'staff_service', does: does.service },
      leave,
    ],
  };
}

// A step of its own: nobody takes a whole cabinet out of service by a slip of the finger.
function servicePanel(state: State, sight: Sight, words: Said, back: () => void): Panel {
  const inService = sight.state.in_service;
  const isMaintained = state.screen?.maintenance_left_ms !== undefined;
  const ask = (path: string, body: object): void => {
    askStaff(path, body);
    back();
  };
  return {
    line: words('staff_service_line'),
    details: [...exceptions(state, sight, words), words('staff_out_detail'),
      words('staff_maintenance_detail')],
    keys: [
      { word: inService ? 'staff_cabinet_out' : 'staff_cabinet_in',
        does: () => ask('service', { in_service: !inService }) },
      { word: isMaintained ? 'staff_end_maintenance' : 'staff_maintenance',
        does: () => ask('maintenance', { on: !isMaintained }) },
      { word: 'staff_all_doors', main: true, does: back },
    ],
  };
}

// What a person may answer at this step, beside a touch of the door.
const wordsAt: Readonly<Partial<Record<TestReport['step'], TestWord[]>>> = {
  reads_open: ['shut'],
  which_door: ['none', 'two'],
  is_empty: ['empty', 'not_empty'],
};

const say = (compartment: number, said: TestWord): void =>
  askStaff('test/answer', { compartment, said });

// A commissioning asks what the picture must not tell: which door it was that opened.
const isBlind = ({ kind, step }: TestReport): boolean =>
  kind === 'commissioning' && (step === 'opening' || step === 'which_door');

function runningPanel(test: TestReport, state: State): Panel {
  const words = speaker(state);
  const door = test.compartment ?? 0;
  const said = wordsAt[test.step] ?? [];
  const isOpening = test.step === 'opening' && isBlind(test);
  const progress = { kind: words(`test_${test.kind}`), total: test.total,
    done: test.results.length };
  return {
    line: words(isOpening ? 'test_opening_one' : `test_${test.step}`, { door }),
    details: [words('test_progress', progress)],
    inThrees: true,
    keys: [
      ...said.map((one): Key => ({
        word: known(`say_${one}`, 'say_none'), main: said.length === 1, does: () => say(door, one),
      })),
      ...(test.step === 'which_door' ? [byNumber] : []),
      { word: 'staff_stop', does: () => askStaff('test/stop') },
      parcelsKey(state),
      { word: 'patron_first', does: () => enter('patron') },
      leave,
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

function overPanel(test: TestReport, state: State, words: Said): Panel {
  const lines = test.results.flatMap(({ number, tested, findings }) =>
    (findings ?? []).map((one) => findingLine(number, tested, one, state)));
  const faults = test.results.filter(({ fault }) => fault).length;
  const untested = test.total - test.results.filter(({ tested }) => tested).length;
  const kind = words(`test_${test.kind}`);
  const line = faults > 0 ? 'test_over' : untested > 0 ? 'test_untested' : 'test_all_well';
  const details: string[] = [];
  if (faults > 0 && untested > 0) details.push(words('test_left', { untested }));
  if (test.ended_by) details.push(words(known(`test_ended_${test.ended_by}`, 'test_ended')));
  return {
    line: words(line, { kind, faults, untested }),
    details,
    list: <Lines lines={lines} label={kind} />,
    keys: [{ word: 'finish', main: true, does: readReport }],
  };
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
    list: <Lines lines={told} label={words('staff_record')} lang="en" />,
    keys: [
      { word: 'staff_all_doors', main: true, does: done },
      ...(sight.test.revision > 0 ? [{ word: 'staff_last_test', does: () => {
        readAgain();
        done();
      } } satisfies Key] : []),
    ],
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
  const [shown, setShown] = useState<'doors' | 'record' | 'service'>('doors');
  const isRunning = sight !== null && sight.test.step !== 'over';
  // However it ended and whatever was shown then: a report waits until it was read.
  const isReport = sight !== null && !isRunning && sight.test.revision > state.readTo;
  const back = (): void => setShown('doors');
  const lines = useJournal(shown === 'record', sight?.state.journal.number ?? 0);
  if (sight === null || plan === null) return null;
  const words = speaker(state);
  const lineOf = (number: number | null): Line | undefined =>
    sight.state.compartments.find((one) => one.number === number);
  const chosen = lineOf(state.chosen);
  const panel = isRunning ? runningPanel(sight.test, state)
    : isReport ? overPanel(sight.test, state, words)
      : shown === 'record' ? recordPanel(state, sight, lines, words, back)
        : shown === 'service' ? servicePanel(state, sight, words, back)
          : chosen ? doorPanel(chosen, words)
            : allPanel(state, sight, words, {
              record: () => setShown('record'),
              service: () => setShown('service'),
            });
  const isAsked = isBlind(sight.test);
  const lit = isRunning && !isAsked ? sight.test.compartment : undefined;
  const onDoor = (door: number): void => {
    back();
    pointAt(door);
  };
  const look = (number: number): Look => {
    const line = lineOf(number);
    if (line && !isAsked) return lookOf(line, !isRunning && number === state.chosen, words);
    return { classes: '', label: words('item_door', { door: number }), books: 0, isChosen: false };
  };
  return (
    <Panelled panel={panel} notice={notice} words={words} legend="staff_legend"
      picture={{ plan, lit, look, onDoor, label: words('staff_picture') }} />
  );
}
