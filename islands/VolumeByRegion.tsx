/** @jsxImportSource preact */
/** How much each region has sent: rows so far, and how fast they come. */
import { formatNumber, formatRate, formatSpan, NOT_MEASURED } from "../src/browser/format.ts";
import type { RegionNow } from "../src/model/live_event.ts";
import type { IslandProps } from "./island.ts";
import { ExportMenu } from "./plot/ExportMenu.tsx";
import { RegionName } from "./RegionName.tsx";

export function VolumeByRegion({ model }: IslandProps) {
  const { regions } = model.board.value;
  const most = Math.max(1, ...regions.map((region) => region.rows));
  const rows = regions.reduce((sum, region) => sum + region.rows, 0);
  return (
    <section class="panel volume" aria-labelledby="volume-title">
      <header class="panel-head">
        <h2 class="panel-title" id="volume-title">Data volume by region</h2>
        <span class="quiet panel-aside">{formatNumber(rows)} readings</span>
        <ExportMenu
          what="the data volume"
          onExport={async (format, near) => {
            const { exportVolume } = await import("./plot/export_volume.ts");
            const { looks, time, nowMs } = model;
            await exportVolume(format, {
              regions,
              atMs: nowMs.peek(),
              looks: looks.peek(),
              time: time.peek(),
              near,
            });
          }}
        />
      </header>
      {regions.length === 0 ? <p class="empty">No readings yet.</p> : (
        <div class="scroll">
          <table class="table">
            <thead>
              <tr>
                <th scope="col">Region</th>
                <th scope="col" class="number">Readings</th>
                <th scope="col" class="number">Per second</th>
                <th scope="col" class="number">Newest</th>
              </tr>
            </thead>
            <tbody>
              {regions.map((region) => (
                <Row key={region.region} region={region} most={most} model={model} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Row({ region, most, model }: {
  readonly region: RegionNow;
  readonly most: number;
} & Pick<IslandProps, "model">) {
  const look = model.looks.value.get(region.region);
  const { newestMs } = region;
  return (
    <tr class={look?.className}>
      <th scope="row">
        <RegionName region={region.region} looks={model.looks.value} />
        <svg class="share" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
          <rect class="share-all" width="100" height="4" />
          <rect class="share-own" width={share(region.rows, most)} height="4" />
        </svg>
      </th>
      <td class="number">{formatNumber(region.rows)}</td>
      <td class="number">{formatRate(region.rate)}</td>
      <td class="number quiet">
        {newestMs === null ? NOT_MEASURED : `${formatSpan(model.nowMs.value - newestMs)} ago`}
      </td>
    </tr>
  );
}

function share(rows: number, most: number): number {
  return Math.round((rows / most) * 1000) / 10;
}
