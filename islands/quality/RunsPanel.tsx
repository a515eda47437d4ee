/** @jsxImportSource preact */
/** The archive's runs, newest first; each can be replayed through the same code as live. */
import { useSignal } from "@preact/signals";
import { pageAsk } from "../../src/browser/ask.ts";
import { speedText } from "../../src/browser/cursor.ts";
import { formatBytes, formatNumber, formatSpan, plural } from "../../src/browser/format.ts";
import { askRuns, type RunRow } from "../../src/browser/quality_api.ts";
import { markOf, notReplayable, replayOf, spanOf } from "../../src/browser/runs_view.ts";
import { Icon, type IconName } from "../Icon.tsx";
import type { IslandProps } from "../island.ts";
import { useAnswer } from "../use_answer.ts";
import { Failed } from "./Failed.tsx";

const EVERY_MS = 10_000;
const PAGE = 20;
const ICONS: Readonly<Record<string, IconName>> = {
  good: "ok",
  warn: "warning",
  bad: "critical",
  quiet: "live",
};

export function RunsPanel({ model, actions }: IslandProps) {
  const shown = useSignal(PAGE);
  const answer = useAnswer(model, () => "", () => askRuns(pageAsk), {
    liveEveryMs: EVERY_MS,
    replayEveryMs: EVERY_MS,
    followsCursor: false,
  });
  const runs = answer.value.value;
  return (
    <section class="panel runs" aria-labelledby="runs-title">
      <header class="panel-head">
        <h3 class="panel-title" id="runs-title">Archived runs</h3>
        <span class="quiet panel-aside">
          Replays at {speedText(model.chosen.value.speed)}; the speed below changes it
        </span>
      </header>
      <Failed answer={answer.value} />
      {runs?.length === 0 && <p class="empty">Nothing is archived yet.</p>}
      {runs !== null && runs.length > 0 && (
        <div class="scroll" tabIndex={0} role="group" aria-label="Archived runs">
          <table class="table">
            <thead>
              <tr>
                <th scope="col">Run</th>
                <th scope="col">
                  <span class="visually-hidden">Replay</span>
                </th>
                <th scope="col">State</th>
                <th scope="col">Readings from … to</th>
                <th scope="col" class="number">Lines</th>
                <th scope="col" class="number">Size</th>
                <th scope="col" class="number">Rows</th>
                <th scope="col" class="number">Rejects</th>
              </tr>
            </thead>
            <tbody>
              {runs.slice(0, shown.value).map((run) => (
                <Run key={run.id} run={run} model={model} actions={actions} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {runs !== null && runs.length > shown.value && (
        <p>
          <button type="button" class="button" onClick={() => shown.value *= 5}>
            Show older ones ({plural(runs.length - shown.value, "run")})
          </button>
        </p>
      )}
      <p class="note">
        A replay reads what is stored and changes nothing: no alert is opened, nothing is sent.
      </p>
    </section>
  );
}

function Run({ run, model, actions }: IslandProps & { readonly run: RunRow }) {
  const mark = markOf(run);
  return (
    <tr data-run={run.id} data-state={run.state}>
      <th scope="row">
        <span class="run-id">{run.id}</span>{" "}
        <span class="quiet">{run.kind === "live" ? "live" : "history files"}</span>
      </th>
      <td>
        <ReplayButton run={run} model={model} actions={actions} />
      </td>
      <td>
        <span class="verdict" data-tone={mark.tone}>
          <Icon name={ICONS[mark.tone] ?? "empty"} /> {mark.word}
        </span>
        {mark.detail !== "" && <span class="quiet run-detail">{mark.detail}</span>}
      </td>
      <td>
        <SpanText run={run} model={model} />
      </td>
      <td class="number">{formatNumber(run.lines)}</td>
      <td class="number">{formatBytes(run.bytes)}</td>
      <td class="number">{formatNumber(run.rows)}</td>
      <td class="number">{formatNumber(run.rejects)}</td>
    </tr>
  );
}

function SpanText({ run, model }: { readonly run: RunRow } & Pick<IslandProps, "model">) {
  const span = spanOf(run);
  const near = (atMs: number) => model.time.value.near(atMs, model.serverNowMs.peek());
  if (span === null) return <>–</>;
  return (
    <>
      <time dateTime={new Date(span.fromMs).toISOString()}>{near(span.fromMs)}</time> …{" "}
      <time dateTime={new Date(span.toMs).toISOString()}>{near(span.toMs)}</time>{" "}
      <span class="quiet">{formatSpan(span.toMs - span.fromMs)}</span>
    </>
  );
}

function ReplayButton({ run, model, actions }: IslandProps & { readonly run: RunRow }) {
  const span = spanOf(run);
  const reason = notReplayable(run);
  if (span === null) return <span class="quiet">{reason}</span>;
  return (
    <button
      type="button"
      class="button"
      onClick={() =>
        actions.go(replayOf(span, model.chosen.peek().speed, model.serverNowMs.peek()))}
    >
      <Icon name="play" /> Replay<span class="visually-hidden">{` ${run.id}`}</span>
    </button>
  );
}
