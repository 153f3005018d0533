// Where each door is in the picture, from the plan in the configuration.

import type { Plan, Size } from './interface';

export interface Box {
  x: number;
  y: number;  // downwards
  width: number;
  height: number;
}

export interface DoorBox extends Box {
  number: number;
  column: number;  // from the left, from 1
  row: number;     // from the top of its column, from 1
}

export interface Picture {
  doors: DoorBox[];
  screen: Box | null;
  width: number;
  height: number;
}

type Compartment = Plan['compartments'][number];
// Something in a column, from its floor up.
interface Piece {
  door: Compartment | null;  // null: the screen
  column: number;
  from: number;
  to: number;
}

const columnWidth = 420;
const tallOf: Readonly<Record<Size, number>> = { small: 160, medium: 280, large: 440 };

// Nothing is known of columns: what has its floor at one height stands side by side.
function drawRows(compartments: Compartment[]): Picture {
  const floors = [...new Set(compartments.map((one) => one.height_mm))].sort((a, b) => b - a);
  const rows = floors.map((floor) => compartments.filter((one) => one.height_mm === floor));
  const most = Math.max(1, ...rows.map((row) => row.length));
  const width = most * columnWidth;
  const doors: DoorBox[] = [];
  let y = 0;
  rows.forEach((row, at) => {
    const height = Math.max(...row.map((one) => tallOf[one.size]));
    const each = width / row.length;
    row.forEach((one, column) => {
      const place = { x: column * each, y, width: each, height };
      doors.push({ number: one.number, column: column + 1, row: at + 1, ...place });
    });
    y += height;
  });
  return { doors, screen: null, width, height: y };
}

// Up to the floor above it; the topmost as tall as its size says.
function piecesOf(plan: Plan, column: number): Piece[] {
  const inColumn = plan.compartments.filter((one) => one.column === column);
  const floors = inColumn.map((one) => one.height_mm);
  const screen = plan.screen;
  const isCovered = screen !== undefined && column >= screen.column &&
    column < screen.column + screen.columns;
  if (isCovered) floors.push(screen.height_mm);
  const pieces: Piece[] = inColumn.map((door) => {
    const above = Math.min(...floors.filter((floor) => floor > door.height_mm));
    const own = door.height_mm + tallOf[door.size];
    return { door, column, from: door.height_mm, to: Number.isFinite(above) ? above : own };
  });
  if (isCovered && column === screen.column) {
    const to = screen.height_mm + screen.tall_mm;
    pieces.push({ door: null, column, from: screen.height_mm, to });
  }
  return pieces;
}

function drawColumns(plan: Plan): Picture {
  const last = plan.screen ? plan.screen.column + plan.screen.columns - 1 : 0;
  const columns = Math.max(last, ...plan.compartments.map((one) => one.column ?? 1));
  const pieces: Piece[] = [];
  for (let column = 1; column <= columns; ++column) pieces.push(...piecesOf(plan, column));
  const top = Math.max(...pieces.map((one) => one.to));
  const bottom = Math.min(...pieces.map((one) => one.from));
  const doors: DoorBox[] = [];
  let screen: Box | null = null;
  for (const { door, column, from, to } of pieces) {
    const width = door === null ? (plan.screen?.columns ?? 1) * columnWidth : columnWidth;
    const box = { x: (column - 1) * columnWidth, y: top - to, width, height: to - from };
    if (door === null) {
      screen = box;
      continue;
    }
    const above = pieces.filter((one) => one.door && one.column === column && one.from > from);
    doors.push({ number: door.number, column, row: above.length + 1, ...box });
  }
  return { doors, screen, width: columns * columnWidth, height: top - bottom };
}

export function draw(plan: Plan): Picture {
  const hasColumns = plan.compartments.some((one) => one.column !== undefined);
  return hasColumns ? drawColumns(plan) : drawRows(plan.compartments);
}
