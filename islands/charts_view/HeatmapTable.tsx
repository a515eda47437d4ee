/** @jsxImportSource preact */
/** The heatmap's text equivalent: a few spans of time, a few bins. */
import { useSignal } from "@preact/signals";
import { degreesText } from "../../src/browser/degrees.ts";
import { formatNumber, unitSign } from "../../src/browser/format.ts";
import { type Heatmap, heatmapTable } from "../../src/browser/heatmap.ts";
import type { TimeFormat } from "../../src/browser/times.ts";

const ROWS = 12;
const BINS = 10;

export function HeatmapTable({ heatmap, time }: {
  readonly heatmap: Heatmap;
  readonly time: TimeFormat;
}) {
  const open = useSignal(false);
  return (
    <details class="as-table" onToggle={(event) => open.value = event.currentTarget.open}>
      <summary>As a table</summary>
      {open.value && <Table heatmap={heatmap} time={time} />}
    </details>
  );
}

function Table({ heatmap, time }: { readonly heatmap: Heatmap; readonly time: TimeFormat }) {
  const { edges, rows } = heatmapTable(heatmap, ROWS, BINS);
  const hasLate = rows.some(({ late }) => late > 0);
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label="The heatmap as a table">
      <table class="table">
        <caption class="visually-hidden">Readings by time and temperature</caption>
        <thead>
          <tr>
            <th scope="col">From ({time.zoneLabel})</th>
            {edges.slice(0, -1).map((edge, bin) => (
              <th key={edge} scope="col" class="number">
                {degreesText(edge)}–{degreesText(edges[bin + 1] ?? edge)}&#8239;{unitSign("temp_c")}
              </th>
            ))}
            {hasLate && <th scope="col" class="number">Came late</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ atMs, counts, late }) => (
            <tr key={atMs}>
              <th scope="row">{time.moment(atMs)}</th>
              {counts.map((count, bin) => <td key={bin} class="number">{formatNumber(count)}</td>)}
              {hasLate && <td class="number">{formatNumber(late)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
