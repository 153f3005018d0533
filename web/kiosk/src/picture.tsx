// The cabinet as it stands before you, and the door to go to lit.

import type { JSX } from 'preact';

import type { Plan } from './interface';
import { draw, type DoorBox } from './plan';

const edge = 24;
const gap = 14;
const letterMost = 150;
const signShare = 0.7;  // of a number's height

export interface Look {
  classes: string;
  label: string;
  books: number;
  isChosen: boolean;
  sign?: string;  // says without a colour how it stands
}

export interface PictureProps {
  plan: Plan;
  lit?: number | undefined;
  label: string;
  screenLabel: string;
  // What a door looks like, and what a hand on it does.
  look?: ((number: number) => Look) | undefined;
  onDoor?: ((number: number) => void) | undefined;
}

function Door({ box, props }: { box: DoorBox; props: PictureProps }): JSX.Element {
  const { number, x, y, width, height } = box;
  const look = props.look?.(number);
  const isLit = props.lit === number;
  const letter = Math.min(letterMost, height * 0.75, width * 0.5);
  const onDoor = props.onDoor;
  const hand = onDoor === undefined ? {} : {
    role: 'button' as const,
    tabindex: 0,  // as an attribute: of SVG its name is as it is written
    'aria-label': look?.label ?? String(number),
    'aria-pressed': look?.isChosen === true,
    onClick: () => onDoor(number),
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();  // or the page would scroll
      if (!event.repeat) onDoor(number);
    },
  };
  return (
    <g class={`door ${isLit ? 'lit' : ''} ${look?.classes ?? ''}`} {...hand}>
      <rect x={x + gap / 2} y={y + gap / 2} width={width - gap} height={height - gap} rx={8} />
      <text x={x + width / 2} y={y + height / 2} font-size={letter}
        text-anchor="middle" dominant-baseline="central">{number}</text>
      {look?.sign && (
        <text class="sign" x={x + width - gap - 14} y={y + gap + 10} font-size={letter * signShare}
          text-anchor="end" dominant-baseline="hanging">{look.sign}</text>
      )}
      {look && look.books > 0 && (
        <g class="spines">
          {Array.from({ length: Math.min(look.books, 6) }, (_, at) => (
            <rect key={at} x={x + gap + 10 + at * 26} y={y + height - gap - 70}
              width={20} height={60} />
          ))}
        </g>
      )}
    </g>
  );
}

export function CabinetPicture(props: PictureProps): JSX.Element {
  const picture = draw(props.plan);
  const { width, height, screen } = picture;
  const view = `${-edge} ${-edge} ${width + 2 * edge} ${height + 2 * edge}`;
  return (
    <svg class="cabinet" viewBox={view} role={props.onDoor ? 'group' : 'img'}
      aria-label={props.label}>
      <rect class="case" x={-edge / 2} y={-edge / 2} width={width + edge} height={height + edge}
        rx={16} />
      {picture.doors.map((box) => <Door key={box.number} box={box} props={props} />)}
      {screen && (
        <g class="panel">
          <rect x={screen.x + gap} y={screen.y + gap} width={screen.width - 2 * gap}
            height={screen.height - 2 * gap} rx={20} />
          <text x={screen.x + screen.width / 2} y={screen.y + screen.height / 2}
            font-size={Math.min(110, screen.height / 3)} text-anchor="middle"
            dominant-baseline="central">{props.screenLabel}</text>
        </g>
      )}
    </svg>
  );
}
