/** @jsxImportSource preact */
/** The newest readings at the cursor, and of a chosen one all that is known of where it came from. */
import { type Signal, useSignal } from "@preact/signals";
import { formatMetric, METRIC_VIEWS } from "../../src/browser/format.ts";
import type { HostReading } from "../../src/browser/host_facts.ts";
import { rowNames } from "../../src/browser/row_names.ts";
import { HOST_METRICS } from "../../src/browser/host_words.ts";
import type { IslandProps } from "../island.ts";
import { OddTags } from "../OddTags.tsx";
import { ReadingOrigin } from "./ReadingOrigin.tsx";

export interface HostReadingsProps extends Pick<IslandProps, "model"> {
  readonly host: string;
  readonly region: string;
  readonly readings: readonly HostReading[];
}

export function HostReadings(props: HostReadingsProps) {
  const { readings, model, host, region } = props;
  // Stays while newer readings push it out of the list.
  const chosen = useSignal<HostReading | null>(null);
  const time = model.time.value;
  const names = rowNames(readings.map(({ timestamp }) => timestamp));
  return (
    <section class="panel host-readings" aria-labelledby="host-readings-title">
      <header class="panel-head">
        <h2 class="panel-title" id="host-readings-title">Newest readings</h2>
      </header>
      <div class="host-readings-body">
        <div class="scroll">
          <table class="table">
            <caption class="visually-hidden">Readings up to the cursor, the newest first</caption>
            <thead>
              <tr>
                <th scope="col">Measured ({time.zoneLabel})</th>
                {HOST_METRICS.map((metric) => (
                  <th key={metric} scope="col" class="number">{METRIC_VIEWS[metric].label}</th>
                ))}
                <th scope="col">Origin</th>
              </tr>
            </thead>
            <tbody>
              {readings.map((reading, at) => (
                <Row key={names[at]} reading={reading} chosen={chosen} {...props} />
              ))}
            </tbody>
          </table>
        </div>
        <div class="host-origin" role="region" aria-label="Where the reading came from">
          {chosen.value === null
            ? <p class="quiet">Choose a reading to see its raw record, and what was made of it.</p>
            : (
              <ReadingOrigin
                key={`${region}/${host}/${chosen.value.timestamp}`}
                host={host}
                region={region}
                reading={chosen.value}
                time={time}
              />
            )}
        </div>
      </div>
    </section>
  );
}

function Row({ reading, chosen, model }: HostReadingsProps & {
  readonly reading: HostReading;
  readonly chosen: Signal<HostReading | null>;
}) {
  const isChosen = chosen.value?.atMs === reading.atMs;
  const shown = model.time.value.near(reading.atMs, model.nowMs.peek());
  return (
    <tr class={isChosen ? "is-chosen" : undefined}>
      <th scope="row">
        <time dateTime={reading.timestamp}>{shown}</time>
        <OddTags flags={reading.flags} />
      </th>
      {HOST_METRICS.map((metric) => (
        <td key={metric} class="number">{formatMetric(metric, reading[metric])}</td>
      ))}
      <td>
        <button
          type="button"
          class="link-button"
          aria-pressed={isChosen}
          onClick={() => chosen.value = isChosen ? null : reading}
        >
          {isChosen ? "Hide" : "Show"}
          <span class="visually-hidden">{` where the reading of ${shown} came from`}</span>
        </button>
      </td>
    </tr>
  );
}
