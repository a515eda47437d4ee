/** @jsxImportSource preact */
/** Layer, run, file and place of a reading, its raw text, and the rule that made each field. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { pageAsk, reasonOf } from "../../src/browser/ask.ts";
import { askPatiently } from "../../src/browser/patient.ts";
import type { HostReading } from "../../src/browser/host_facts.ts";
import { originsOf, type OriginView } from "../../src/browser/origin_view.ts";
import type { TimeFormat } from "../../src/browser/times.ts";
import { Icon } from "../Icon.tsx";
import type { FieldOrigin } from "../../src/model/origin.ts";

export function ReadingOrigin({ host, region, reading, time }: {
  readonly host: string;
  readonly region: string;
  readonly reading: HostReading;
  readonly time: TimeFormat;
}) {
  const found = useSignal<readonly OriginView[] | null>(null);
  const failed = useSignal<string | null>(null);
  useEffect(() => {
    const query = { host_id: host, region, timestamp: reading.timestamp };
    const shown = new AbortController();
    askPatiently(() => pageAsk.get("/api/readings/origin", query), {
      gone: shown.signal,
      after: (delayMs, task) => void setTimeout(task, delayMs),
    })
      .then((answer) => found.value = originsOf(answer))
      .catch((error: unknown) => failed.value = reasonOf(error));
    return () => shown.abort();
  }, []);
  if (failed.value !== null) {
    return <p class="note" data-state="failed" role="alert">{failed.value}</p>;
  }
  if (found.value === null) return <p class="quiet" role="status">Looking it up …</p>;
  return (
    <>
      <h3 class="host-origin-title">Reading of {time.moment(reading.atMs)}</h3>
      {found.value.length === 0 && <p class="quiet">The store holds this reading no longer.</p>}
      {found.value.map((origin) => (
        <Origin
          key={`${origin.path}/${origin.place}`}
          origin={origin}
        />
      ))}
    </>
  );
}

function Origin({ origin }: { readonly origin: OriginView }) {
  const { layer, runId, path, place, oddities, raw, note, rules, mapping } = origin;
  const facts: readonly (readonly [string, string])[] = [
    ["Layer", layer === "speed" ? "speed: a live line in the archive" : "batch: a history file"],
    ["Run", runId],
    ["File", path],
    ["Place", place],
  ];
  return (
    <>
      <dl class="host-origin-facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {oddities.map((words) => (
        <p key={words} class="note reading-oddity">
          <Icon name="warning" /> {words}
        </p>
      ))}
      {raw !== null && (
        <pre
          class="host-origin-raw"
          tabIndex={0}
          aria-label="Raw record"
        >{raw}</pre>
      )}
      {note !== null && <p class="note" data-state={raw === null ? "failed" : undefined}>{note}</p>}
      <p class="note">{rules}</p>
      {mapping.length > 0 && <Rules mapping={mapping} />}
    </>
  );
}

function Rules({ mapping }: { readonly mapping: readonly FieldOrigin[] }) {
  return (
    <div class="scroll">
      <table class="table">
        <caption class="visually-hidden">How each field was made</caption>
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Column</th>
            <th scope="col">In the record</th>
            <th scope="col">Unit</th>
            <th scope="col">Rule</th>
          </tr>
        </thead>
        <tbody>
          {mapping.map(({ field, column, value, unit, rule }, at) => (
            <tr key={at}>
              <th scope="row">{field}</th>
              <td>{column}</td>
              <td class="host-origin-value">{value ?? "–"}</td>
              <td>{unit}</td>
              <td>{rule}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
