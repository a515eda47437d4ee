/** @jsxImportSource preact */
/** A region's name behind its mark: one fixed colour, and from the ninth region on its own dash. */
import type { RegionLook } from "../src/browser/regions.ts";

export interface RegionNameProps {
  readonly region: string;
  readonly looks: ReadonlyMap<string, RegionLook>;
}

export function RegionName({ region, looks }: RegionNameProps) {
  const look = looks.get(region);
  return (
    <span class={`region ${look?.className ?? ""}`}>
      <svg class="region-mark" viewBox="0 0 14 8" aria-hidden="true" focusable="false">
        <line x1="0" y1="4" x2="14" y2="4" stroke-dasharray={look?.dash.join(" ") || undefined} />
      </svg>
      <span class="region-name" title={region}>{region}</span>
    </span>
  );
}
