/** Which hosts differ most between two moments. Pure. */
import type { HostState } from "../model/live_event.ts";
import type { GridCell, GridGroup } from "./grid_cells.ts";
import { compareNames } from "./regions.ts";

export interface GridChange {
  readonly host: string;
  readonly region: string;
  readonly first: number;
  readonly second: number;
  readonly firstState: HostState;
  readonly secondState: HostState;
}

/** Hosts measured at both moments, the furthest apart first, at most `max`. */
export function gridChanges(
  first: readonly GridGroup[],
  second: readonly GridGroup[],
  max: number,
): GridChange[] {
  const keyOf = ({ region, host }: GridCell) => `${region}\0${host}`;
  const before = new Map(first.flatMap(({ cells }) => cells.map((cell) => [keyOf(cell), cell])));
  const changes = second.flatMap(({ cells }) => cells).flatMap((cell): GridChange[] => {
    const other = before.get(keyOf(cell));
    if (other === undefined || other.value === null || cell.value === null) return [];
    const { host, region } = cell;
    return [{
      host,
      region,
      first: other.value,
      second: cell.value,
      firstState: other.state,
      secondState: cell.state,
    }];
  });
  const apart = ({ first, second }: GridChange) => Math.abs(second - first);
  return changes.filter((each) => apart(each) > 0)
    .sort((a, b) => apart(b) - apart(a) || compareNames(a.host, b.host))
    .slice(0, max);
}
