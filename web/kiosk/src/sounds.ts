// What a person hears who looks away from the screen. Made here: there is no file to load.

import type { Screen, ScreenName } from './interface';

type Sound = 'open' | 'shut' | 'look';
interface Note {
  hz: number;
  fromS: number;
  forS: number;
}

const loudness = 0.25;
const fadeS = 0.03;  // a tone that begins or ends at once clicks

const sounds: Readonly<Record<Sound, readonly Note[]>> = {
  open: [{ hz: 660, fromS: 0, forS: 0.14 }, { hz: 990, fromS: 0.14, forS: 0.24 }],
  shut: [{ hz: 660, fromS: 0, forS: 0.14 }, { hz: 440, fromS: 0.14, forS: 0.24 }],
  look: [0, 0.25, 0.5].map((fromS) => ({ hz: 880, fromS, forS: 0.15 })),
};

const ofScreens: Partial<Record<ScreenName, Sound>> = {
  open: 'open',
  settling: 'shut',
  left_open: 'look',
  not_opened: 'look',
  still_occupied: 'look',
  confirm_emptied: 'look',
  sensed_empty: 'look',
  confirm_deposit: 'look',
  walk_question: 'look',
};

let context: AudioContext | null = null;

// A page that is loaded in the middle of an errand is silent until something changes.
export function sound(before: Screen | null, now: Screen): void {
  if (before === null) return;
  if (before.name === now.name && before.compartment === now.compartment) return;
  const name = ofScreens[now.name];
  if (name !== undefined) play(sounds[name]);
}

function play(notes: readonly Note[]): void {
  context ??= new AudioContext();
  void context.resume();
  for (const note of notes) strike(context, note);
}

function strike(on: AudioContext, { hz, fromS, forS }: Note): void {
  const begins = on.currentTime + fromS;
  const ends = begins + forS;
  const tone = on.createOscillator();
  const volume = on.createGain();
  tone.frequency.value = hz;
  volume.gain.setValueAtTime(0, begins);
  volume.gain.linearRampToValueAtTime(loudness, begins + fadeS);
  volume.gain.setValueAtTime(loudness, ends - fadeS);
  volume.gain.linearRampToValueAtTime(0, ends);
  tone.connect(volume).connect(on.destination);
  tone.start(begins);
  tone.stop(ends);
}
