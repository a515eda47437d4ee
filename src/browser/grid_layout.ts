/**
 * Where each cell of the grid lies, in CSS pixels: arithmetic both ways, so that ten thousand cells
 * need no element each.
 *
 * ```
 * ── India · 12 hosts ──     top of the group, its head
 * ■ ■ ■ ■ ■ ■ ■ ■ ■ ■        columns, the same for all groups
 * ■ ■
 * ── USA · 3 hosts ──
 * ■ ■ ■
 * ```
 */

/** What a cell has room for. */
export type CellDetail = "name" | "value" | "none";

export interface CellSize {
  readonly width: number;
  readonly height: number;
  readonly gap: number;
  readonly detail: CellDetail;
}

export interface GroupPlace {
  readonly region: string;
  /** Number of its first cell, over all groups. */
  readonly first: number;
  readonly count: number;
  readonly top: number;
  /** Where its cells begin. */
  readonly cellsTop: number;
}

export interface GridLayout {
  readonly width: number;
  readonly height: number;
  readonly cell: CellSize;
  readonly columns: number;
  readonly groups: readonly GroupPlace[];
  /** Cells that have a place. */
  readonly count: number;
  /** Cells beyond the largest height. */
  readonly omitted: number;
}

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The largest that keeps the grid within about a screen; the last one whatever it takes. */
const SIZES: readonly CellSize[] = [
  { width: 124, height: 42, gap: 3, detail: "name" },
  { width: 48, height: 24, gap: 2, detail: "value" },
  { width: 18, height: 18, gap: 2, detail: "none" },
  { width: 12, height: 12, gap: 1, detail: "none" },
  { width: 8, height: 8, gap: 1, detail: "none" },
];
const HEIGHT_WANTED = 620;
/** The whole grid may be so many times as high as the heads of its groups. */
const HEADS_TIMES_MAX = 2.5;
/** A canvas twice as dense stays below what browsers can hold. */
export const HEIGHT_MAX = 12_000;
export const HEAD_HEIGHT = 26;
const BELOW_GROUP = 12;

export interface GroupSize {
  readonly region: string;
  readonly count: number;
}

export function gridLayout(groups: readonly GroupSize[], width: number): GridLayout {
  // Many regions' heads fill a screen whatever the cells are: then these may be read as well.
  const heads = groups.length * (HEAD_HEIGHT + BELOW_GROUP);
  const wanted = Math.max(HEIGHT_WANTED, HEADS_TIMES_MAX * heads);
  for (const cell of SIZES.slice(0, -1)) {
    const layout = place(groups, width, cell);
    if (layout.height <= wanted && layout.omitted === 0) return layout;
  }
  return place(groups, width, SIZES.at(-1)!);
}

function place(groups: readonly GroupSize[], width: number, size: CellSize): GridLayout {
  const columns = Math.max(1, Math.floor((width + size.gap) / (size.width + size.gap)));
  const cell = size.detail === "none" ? size : { ...size, width: stretched(size, columns, width) };
  const places: GroupPlace[] = [];
  let top = 0, first = 0, omitted = 0;
  for (const { region, count } of groups) {
    const cellsTop = top + HEAD_HEIGHT;
    const bottom = cellsTop + Math.ceil(count / columns) * (cell.height + cell.gap) - cell.gap;
    if (bottom > HEIGHT_MAX) {
      omitted += count;
      continue;
    }
    places.push({ region, first, count, top, cellsTop });
    first += count;
    top = bottom + BELOW_GROUP;
  }
  const height = Math.max(0, top - BELOW_GROUP);
  return { width, height, cell, columns, groups: places, count: first, omitted };
}

/** What is read takes the whole width. */
function stretched({ gap }: CellSize, columns: number, width: number): number {
  return Math.max(1, Math.floor((width + gap) / columns) - gap);
}

/** The number of the cell there; null between cells. */
export function cellAt(layout: GridLayout, x: number, y: number): number | null {
  const { cell, columns } = layout;
  const group = layout.groups.findLast((each) => each.cellsTop <= y);
  if (group === undefined) return null;
  const stepX = cell.width + cell.gap, stepY = cell.height + cell.gap;
  const column = Math.floor(x / stepX), row = Math.floor((y - group.cellsTop) / stepY);
  const isBetween = x - column * stepX >= cell.width ||
    y - group.cellsTop - row * stepY >= cell.height;
  const index = row * columns + column;
  if (isBetween || column < 0 || column >= columns || index >= group.count) return null;
  return group.first + index;
}

export function cellRect(layout: GridLayout, index: number): Rect | null {
  const group = groupOf(layout, index);
  if (group === null) return null;
  const { cell, columns } = layout;
  const within = index - group.first;
  return {
    x: (within % columns) * (cell.width + cell.gap),
    y: group.cellsTop + Math.floor(within / columns) * (cell.height + cell.gap),
    width: cell.width,
    height: cell.height,
  };
}

export const GRID_KEYS = [
  "ArrowLeft",
  "ArrowRight",
  "ArrowUp",
  "ArrowDown",
  "Home",
  "End",
  "PageUp",
  "PageDown",
] as const;
export type GridKey = (typeof GRID_KEYS)[number];

/** Where a key leads from a cell: pages are groups, up and down stay in their column. */
export function movedCell(layout: GridLayout, index: number, key: GridKey): number {
  const last = layout.count - 1;
  const bounded = (to: number) => Math.max(0, Math.min(last, to));
  const at = layout.groups.findIndex((each) => index < each.first + each.count);
  switch (key) {
    case "ArrowLeft":
      return bounded(index - 1);
    case "ArrowRight":
      return bounded(index + 1);
    case "Home":
      return 0;
    case "End":
      return Math.max(0, last);
    case "PageUp":
      return layout.groups[Math.max(0, at - 1)]?.first ?? 0;
    case "PageDown":
      return layout.groups[Math.min(layout.groups.length - 1, at + 1)]?.first ?? 0;
    case "ArrowUp":
      return bounded(verticalMove(layout, index, at, -1));
    case "ArrowDown":
      return bounded(verticalMove(layout, index, at, 1));
  }
}

function verticalMove(layout: GridLayout, index: number, at: number, by: 1 | -1): number {
  const { columns, groups } = layout;
  const group = groups[at];
  if (group === undefined) return index;
  const within = index - group.first, column = within % columns;
  const row = Math.floor(within / columns) + by;
  const lastRow = Math.floor((group.count - 1) / columns);
  if (row >= 0 && row <= lastRow) {
    return group.first + Math.min(group.count - 1, row * columns + column);
  }
  const next = groups[at + by];
  if (next === undefined) return index;
  const nextRow = by === 1 ? 0 : Math.floor((next.count - 1) / columns);
  return next.first + Math.min(next.count - 1, nextRow * columns + column);
}

function groupOf(layout: GridLayout, index: number): GroupPlace | null {
  const fits = (each: GroupPlace) => index >= each.first && index < each.first + each.count;
  return layout.groups.find(fits) ?? null;
}
