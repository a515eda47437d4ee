/** Which hosts the grid shows, and in which order. Pure but for the kept order of names. */
import type { HostState } from "../model/live_event.ts";
import type { HostGrid } from "./recorded_api.ts";
import { compareNames } from "./regions.ts";

export interface GridCell {
  readonly host: string;
  readonly region: string;
  readonly value: number | null;
  /** Of the newest reading. */
  readonly ageS: number;
  readonly state: HostState;
}

export interface GridGroup {
  readonly region: string;
  readonly cells: readonly GridCell[];
}

export const GRID_SORTS = ["name", "value", "age"] as const;
/** `value`: the highest first; `age`: the longest silent first. What has none comes last. */
export type GridSort = (typeof GRID_SORTS)[number];

export interface GridWish {
  /** Part of a name, in any case; empty: all. */
  readonly search: string;
  readonly region: string | null;
  readonly sort: GridSort;
}

/** The order of names as people count: `rack-2` before `rack-10`. Kept, as ten thousand take time. */
export class NameOrder {
  readonly #collator = new Intl.Collator("en", { numeric: true });
  #ranks = new Map<string, number>();

  /** Call with every name before `rank` is asked for one of them. */
  learn(grid: HostGrid): void {
    const isKnown = grid.regions.every((each) => each.hosts.every((host) => this.#ranks.has(host)));
    if (isKnown) return;
    const names = [...new Set(grid.regions.flatMap((each) => each.hosts))];
    names.sort((a, b) => this.#collator.compare(a, b) || compareNames(a, b));
    this.#ranks = new Map(names.map((name, rank) => [name, rank]));
  }

  rank(host: string): number {
    return this.#ranks.get(host) ?? 0;
  }
}

/** Regions by name; those without a fitting host are left out. */
export function gridGroups(grid: HostGrid, wish: GridWish, order: NameOrder): GridGroup[] {
  order.learn(grid);
  const before = comparison(wish.sort, order);
  const search = wish.search.trim().toLowerCase();
  const groups: GridGroup[] = [];
  for (const { region, hosts, values, agesS, states } of grid.regions) {
    if (wish.region !== null && wish.region !== region) continue;
    const cells: GridCell[] = [];
    hosts.forEach((host, at) => {
      if (search !== "" && !host.toLowerCase().includes(search)) return;
      const value = values[at] ?? null, ageS = agesS[at] ?? 0;
      cells.push({ host, region, value, ageS, state: states[at] ?? "stale" });
    });
    if (cells.length > 0) groups.push({ region, cells: cells.sort(before) });
  }
  return groups.sort((a, b) => compareNames(a.region, b.region));
}

/** All groups' cells in one order, the first `max`. */
export function firstCells(
  groups: readonly GridGroup[],
  sort: GridSort,
  order: NameOrder,
  max: number,
): GridCell[] {
  const before = comparison(sort, order);
  return groups.flatMap((group) => group.cells.slice(0, max)).sort(before).slice(0, max);
}

type Comparison = (a: GridCell, b: GridCell) => number;

function comparison(sort: GridSort, order: NameOrder): Comparison {
  const byName: Comparison = (a, b) =>
    order.rank(a.host) - order.rank(b.host) || compareNames(a.region, b.region);
  switch (sort) {
    case "name":
      return byName;
    case "value":
      return (a, b) => falling(a.value, b.value) || byName(a, b);
    case "age":
      return (a, b) => b.ageS - a.ageS || byName(a, b);
  }
}

function falling(a: number | null, b: number | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return b - a;
}

export interface GridCount {
  readonly hosts: number;
  readonly states: Readonly<Record<HostState, number>>;
}

export function countCells(groups: readonly GridGroup[]): GridCount {
  const states = { ok: 0, warning: 0, critical: 0, stale: 0 };
  let hosts = 0;
  for (const { cells } of groups) {
    hosts += cells.length;
    for (const { state } of cells) states[state]++;
  }
  return { hosts, states };
}
