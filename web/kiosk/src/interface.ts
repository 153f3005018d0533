// What the daemon says on the loopback: see docs/kiosk-interface.md.

import type { PersonRole, Purpose, Reason, Size, State as StateReport } from '../../protocol';

export type { Size } from '../../protocol';

export type ScreenName =
  | 'start'
  | 'opening'
  | 'open'
  | 'settling'
  | 'still_occupied'
  | 'confirm_emptied'
  | 'not_opened'
  | 'left_open'
  | 'thanks'
  | 'courier_list'
  | 'sensed_empty'
  | 'confirm_deposit'
  | 'out_of_order'
  | 'return_card'
  | 'return_size'
  | 'return_thanks'
  | 'confirm_collection'
  | 'walk_question'
  | 'walk_report';

export type Answer =
  | 'done'
  | 'again'
  | 'later'
  | 'too_large'
  | 'damaged'
  | 'still_there'
  | 'missing'
  | 'help'
  | 'leave'
  | 'stay';

export interface Item {
  delivery: string;
  state: 'assigned' | 'recalling';
  size: Size;
  books: number;
  compartment?: number;
}

export interface Refusal {
  reason: Reason;
  argument?: string;
  english: string;
  chinese: string;
}

// In the page's languages, or in one of them.
export interface Bulletin {
  'zh-CN'?: string;
  en?: string;
}

// A door of a walk that is not as the ledger has it, or that nobody has looked behind.
export interface Found {
  number: number;
  result: 'missing' | 'extra' | 'skipped';
  delivery?: string;   // says the ledger
  returned?: boolean;  // or a return
  reason?: Reason;     // with its sentences
  english?: string;
  chinese?: string;
}

// What a walk found, once it is over.
export interface Walk {
  total: number;
  as_told: number;
  whole: boolean;  // somebody has looked behind every door
  found: Found[];
}

export interface Screen {
  name: ScreenName;
  compartment?: number;
  purpose?: Purpose;
  delivery?: string;
  books: number;
  door: number;
  doors: number;
  role?: PersonRole;
  waits?: PersonRole;      // until this patron is done
  items: Item[];
  returns?: number[];      // doors behind which returns wait for a courier
  sizes?: Size[];          // of return_size
  notice?: Refusal;
  announcement?: Bulletin;  // of dispatch, for everybody
  maintenance_left_ms?: number;  // of staff
  idle_left_ms: number;
  free: { small: number; medium: number; large: number };
  cabinet: { name: string; help_telephone: string; version: string };
  staff_told?: boolean;
  online: boolean;
  stalled: boolean;
  simulated: boolean;
  takes_returns?: boolean;
  returned?: boolean;      // of a walk's door: a return lies behind it, says the ledger
  disputed?: boolean;      // and what it says of this door is disputed
  walk?: Walk;             // of walk_report
  walk_needed?: boolean;   // to staff: every compartment must be compared with the ledger
}

export const faults = [
  'jam',
  'stick_sensor',
  'stick_switch',
  'bounce',
  'vanish',
  'invert',
] as const;
export type Fault = (typeof faults)[number];

// A door of the simulated cabinet, as hands find it.
export interface SimulatedDoor {
  number: number;
  door_open: boolean;
  books: number;
  coil: boolean;
  pulses: number;
  longest_ms: number;
  jammed: boolean;
  sensor_stuck: boolean;
  switch_stuck: boolean;
  bounces: boolean;
  switch_inverted?: boolean;
}

export interface Simulated {
  compartments: SimulatedDoor[];
}

export type TestKind = 'self_test' | 'commissioning';

export type TestStep =
  | 'people'
  | 'reads_open'
  | 'opening'
  | 'which_door'
  | 'put_in'
  | 'take_out'
  | 'shut'
  | 'is_empty'
  | 'over';

export type TestWord = 'door' | 'none' | 'two' | 'shut' | 'empty' | 'not_empty';

// A self-test or a commissioning: under way, or the last one.
export interface TestReport {
  revision: number;  // 0: there was none
  kind: TestKind;
  step: TestStep;
  compartment?: number;
  total: number;
  ended_by?: Reason;
  results: {
    number: number;
    tested: boolean;
    fault?: boolean;  // absent of what was left alone for a good reason
    findings?: { reason: Reason; door?: number; english: string; chinese: string }[];
  }[];
}

// What staff see besides, while they are logged in.
export interface Sight {
  state: StateReport;
  test: TestReport;
}

export interface JournalLine {
  number: number;
  at: string;
  text: string;
}

export interface Push {
  screen: Screen;
  staff?: Sight;
  simulated?: Simulated;
}

export type Outcome = { screen?: Screen; simulated?: Simulated } & (
  | { ok: true }
  | ({ ok: false } & Refusal)
);

// The cabinet as it stands, from its configuration.
export interface Plan {
  compartments: {
    number: number;
    size: Size;
    height_mm: number;  // of its floor above the ground
    column?: number;    // from the left, from 1; of all compartments or of none
  }[];
  screen?: { column: number; columns: number; height_mm: number; tall_mm: number };
  hours?: Bulletin;  // when people may come
  sounds?: boolean;
}
