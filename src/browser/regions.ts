/**
 * One fixed look a region. Regions take slots by the stable order of their names, so every viewer,
 * the server's first paint and the next reload agree. Eight colours stand in `islands/tokens.css`
 * (`--region-1` …); from the ninth region on they come again with another dash.
 */

export const REGION_COLOURS = 8;

/** Dash patterns in CSS pixels; the first is a solid line. Index = how often the colours went round. */
export const REGION_DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 3], [8, 3, 2, 3]];

export interface RegionLook {
  readonly region: string;
  /** 1 … REGION_COLOURS, names the custom property `--region-<slot>`. */
  readonly slot: number;
  readonly dash: readonly number[];
  /** The class that sets `--region` for everything inside. */
  readonly className: string;
}

/** Code point order: the same on every machine, whatever its locale. */
export function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The look of every region, keyed by name. Names may come in any order and repeat. */
export function regionLooks(names: Iterable<string>): ReadonlyMap<string, RegionLook> {
  const looks = new Map<string, RegionLook>();
  for (const region of [...new Set(names)].sort(compareNames)) {
    looks.set(region, lookOf(region, looks.size));
  }
  return looks;
}

function lookOf(region: string, index: number): RegionLook {
  const slot = (index % REGION_COLOURS) + 1;
  const round = Math.floor(index / REGION_COLOURS) % REGION_DASHES.length;
  return {
    region,
    slot,
    dash: REGION_DASHES[round] ?? [],
    className: round === 0 ? `region-${slot}` : `region-${slot} dash-${round}`,
  };
}
