/** @jsxImportSource preact */
/** What a host's charts show, as a short table; their text equivalent. */
import { useSignal } from "@preact/signals";
import { tableOf } from "../../src/browser/chart_axes.ts";
import type { ChartView } from "../../src/browser/chart_columns.ts";
import { formatMetric, METRIC_VIEWS } from "../../src/browser/format.ts";
import type { Metric } from "../../src/model/reading.ts";
import type { IslandProps } from "../island.ts";

const TABLE_ROWS = 12;

export function HostChartTable({ view, model, measured }: {
  readonly view: ChartView;
  readonly measured: readonly Metric[];
} & Pick<IslandProps, "model">) {
  const open = useSignal(false);
  const time = model.time.value;
  const places = measured.map((metric) => view.regions.findIndex((each) => each.region === metric));
  return (
    <details class="as-table" onToggle={(event) => open.value = event.currentTarget.open}>
      <summary>As a table</summary>
      {open.value && (
        <div class="scroll">
          <table class="table">
            <caption class="visually-hidden">Means of the host's measures over time</caption>
            <thead>
              <tr>
                <th scope="col">From ({time.zoneLabel})</th>
                {measured.map((metric) => (
                  <th key={metric} scope="col" class="number">{METRIC_VIEWS[metric].label}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {tableOf(view, TABLE_ROWS).map(({ atMs, cells }) => (
                <tr key={atMs}>
                  <th scope="row">{time.near(atMs, view.toMs)}</th>
                  {measured.map((metric, at) => (
                    <td key={metric} class="number">
                      {formatMetric(metric, cells[places[at] ?? -1]?.mean ?? null)}
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
