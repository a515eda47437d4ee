/** @jsxImportSource preact */
/** What a line chart shows, as a short table of spans; its text equivalent. */
import { useSignal } from "@preact/signals";
import { tableOf } from "../../src/browser/chart_axes.ts";
import type { ChartView } from "../../src/browser/chart_columns.ts";
import { formatMetric, METRIC_VIEWS } from "../../src/browser/format.ts";
import type { TimeFormat } from "../../src/browser/times.ts";
import type { Metric } from "../../src/model/reading.ts";

const TABLE_ROWS = 12;

export function ChartTable({ view, metric, time, live }: {
  readonly view: ChartView;
  readonly metric: Metric;
  readonly time: TimeFormat;
  /** False: nothing moves, so it is there also while it is closed. */
  readonly live: boolean;
}) {
  const open = useSignal(false);
  const { label } = METRIC_VIEWS[metric];
  return (
    <details class="as-table" onToggle={(event) => open.value = event.currentTarget.open}>
      <summary>As a table</summary>
      {(open.value || !live) && (
        <div class="scroll" tabIndex={0} role="group" aria-label={`${label} as a table`}>
          <table class="table">
            <caption class="visually-hidden">{label}: mean, lowest and highest by region</caption>
            <thead>
              <tr>
                <th scope="col">From ({time.zoneLabel})</th>
                {view.regions.map(({ region }) => (
                  <th key={region} scope="col" class="number">{region}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {tableOf(view, TABLE_ROWS).map((row) => (
                <tr key={row.atMs}>
                  <th scope="row">{time.near(row.atMs, view.toMs)}</th>
                  {row.cells.map((cell, index) => (
                    <td key={index} class="number">
                      {formatMetric(metric, cell?.mean ?? null)}
                      {cell !== null && (
                        <span class="quiet cell-spread">
                          {formatMetric(metric, cell.min)}–{formatMetric(metric, cell.max)}
                        </span>
                      )}
                      {row.late[index] ? <span class="cell-late">{row.late[index]} late</span> : ""}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}
