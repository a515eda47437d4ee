/** @jsxImportSource preact */
/** Who differs most between the two moments: both values, and how far they are apart. */
import {
  formatMetric,
  formatNumber,
  METRIC_VIEWS,
  shownDifference,
} from "../../src/browser/format.ts";
import type { GridChange } from "../../src/browser/grid_changes.ts";
import { STATE_WORDS } from "../../src/browser/host_words.ts";
import type { Metric } from "../../src/model/reading.ts";
import type { IslandProps } from "../island.ts";
import { RegionName } from "../RegionName.tsx";

export function GridChanges({ changes, metric, model, actions, labels }: IslandProps & {
  readonly changes: readonly GridChange[];
  readonly metric: Metric;
  readonly labels: readonly [string, string];
}) {
  if (changes.length === 0) return null;
  return (
    <section class="hosts-changes" aria-label="Largest differences">
      <h3 class="hosts-moment">Largest differences, {METRIC_VIEWS[metric].label}</h3>
      <div class="scroll" tabIndex={0} role="group" aria-label="Largest differences, as a table">
        <table class="table">
          <thead>
            <tr>
              <th scope="col">Host</th>
              <th scope="col">Region</th>
              {labels.map((label, at) => <th key={at} scope="col" class="number">{label}</th>)}
              <th scope="col" class="number">Difference</th>
            </tr>
          </thead>
          <tbody>
            {changes.map((change) => (
              <tr key={`${change.region}/${change.host}`}>
                <th scope="row" class="host">
                  <button
                    type="button"
                    class="link-button"
                    title="Look at this host"
                    onClick={() => actions.go({ view: "host", ...hostOf(change) })}
                  >
                    {change.host}
                  </button>
                </th>
                <td>
                  <RegionName region={change.region} looks={model.looks.value} />
                </td>
                <td class="number">{valueText(metric, change.first, change.firstState)}</td>
                <td class="number">{valueText(metric, change.second, change.secondState)}</td>
                <td class="number">{differenceText(metric, change)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const hostOf = ({ host, region }: GridChange) => ({ host, region });

function valueText(metric: Metric, value: number, state: GridChange["firstState"]): string {
  const text = formatMetric(metric, value);
  return state === "ok" ? text : `${text}, ${STATE_WORDS[state].toLowerCase()}`;
}

function differenceText(metric: Metric, { first, second }: GridChange): string {
  const { digits } = METRIC_VIEWS[metric];
  const difference = shownDifference(metric, second - first);
  return `${difference > 0 ? "+" : ""}${formatNumber(difference, digits)}`;
}
