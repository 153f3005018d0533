// The cabinet as it stands before you, and the door to go to lit.

import type { JSX } from 'preact';

import type { Plan } from './interface';
import { draw, type DoorBox } from './plan';

const edge = 24;
const gap = 14;
const letterMost = 150;

export interface PictureProps {
  plan: Plan;
  lit?: number | undefined;
  label: string;
  screenLabel: string;
  // On the simulated cabinet: what a door looks like, and what a hand on it does.
  look?: ((number: number) => { classes: string; label: string; books: number }) | undefined;
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
    onClick: () => onDoor(number),
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key === 'Enter' || event.key === ' ') onDoor(number);
    },
  };
  return (
    <g class={`door ${isLit ? 'lit' : ''} ${look?.classes ?? ''}`} {...hand}>
      <rect x={x + gap / 2} y={y + gap / 2} width={width - gap} height={height - gap} rx={8} />
      <text x={x + width / 2} y={y + height / 2} font-size={letter}
        text-anchor="middle" dominant-baseline="central">{number}</text>
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
