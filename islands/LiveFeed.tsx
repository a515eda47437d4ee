/** @jsxImportSource preact */
/** The newest readings as they come. */
import { formatMetric, formatNumber, METRIC_VIEWS, shownValue } from "../src/browser/format.ts";
import { rowNames } from "../src/browser/row_names.ts";
import type { Severity } from "../src/model/alert.ts";
import { type FlaggedReadingJson, type Metric, METRICS } from "../src/model/reading.ts";
import { Icon } from "./Icon.tsx";
import type { IslandProps } from "./island.ts";
import { OddTags } from "./OddTags.tsx";
import { RegionName } from "./RegionName.tsx";

export function LiveFeed({ model }: IslandProps) {
  const { newest, troubles } = model.board.value;
  const severities = new Map<string, Severity>();
  for (const { region, host_id, severity } of troubles) {
    const key = `${region}\n${host_id}`;
    if (severities.get(key) !== "critical") severities.set(key, severity);
  }
  return (
    <section class="panel feed" aria-labelledby="feed-title">
      <header class="panel-head">
        <h2 class="panel-title" id="feed-title">Newest readings</h2>
        <span class="quiet panel-aside">{model.time.value.zoneLabel}</span>
      </header>
      {newest.length === 0
        ? <p class="empty">Nothing has come in yet. The first line shows up here at once.</p>
        : (
          <div class="scroll">
            <table class="table">
              <thead>
                <tr>
                  <th scope="col">Time</th>
                  <th scope="col">Host</th>
                  <th scope="col">Region</th>
                  {METRICS.map((metric) => (
                    <th key={metric} scope="col" class="number" data-metric={metric}>
                      {METRIC_VIEWS[metric].label}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {keyed(newest).map(({ key, reading }) => (
                  <Row
                    key={key}
                    reading={reading}
                    severity={severities.get(`${reading.region}\n${reading.host_id}`)}
                    model={model}
                  />
                ))}
              </tbody>
            </table>
          </div>
        )}
    </section>
  );
}

/** A host may report more than once in a second. */
function keyed(newest: readonly FlaggedReadingJson[]) {
  const names = rowNames(
    newest.map(({ timestamp, region, host_id }) => `${timestamp} ${region} ${host_id}`),
  );
  return newest.map((reading, at) => ({ key: names[at], reading }));
}

function Row({ reading, severity, model }: {
  readonly reading: FlaggedReadingJson;
  readonly severity: Severity | undefined;
} & Pick<IslandProps, "model">) {
  const atMs = Date.parse(reading.timestamp);
  return (
    <tr>
      <td>
        <time dateTime={reading.timestamp}>
          {model.time.value.near(atMs, model.board.value.serverMs)}
        </time>
        <OddTags flags={reading.flags} />
      </td>
      <th scope="row" class="host" title={reading.host_id}>
        {severity !== undefined && (
          <span class="severity" data-state={severity}>
            <Icon name={severity} />
            <span class="visually-hidden">{severity}</span>
          </span>
        )}
        {reading.host_id}
      </th>
      <td>
        <RegionName region={reading.region} looks={model.looks.value} />
      </td>
      {METRICS.map((metric) => (
        <td
          key={metric}
          class={reading[metric] === null ? "number quiet" : "number"}
          data-metric={metric}
        >
          {shown(metric, reading[metric])}
        </td>
      ))}
    </tr>
  );
}

/** As it was measured: whole numbers stay whole, but for volts, where 12.00 is news beside 11.99. */
function shown(metric: Metric, value: number | null): string {
  if (value === null || metric === "voltage") return formatMetric(metric, value);
  const inUnit = shownValue(metric, value);
  if (!Number.isInteger(value) || !Number.isInteger(inUnit)) return formatMetric(metric, value);
  return formatNumber(inUnit) + METRIC_VIEWS[metric].unit;
}
