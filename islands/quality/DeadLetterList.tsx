/** @jsxImportSource preact */
/** The newest refused lines: where each lies, which rule, and its raw text as text. */
import { useSignal } from "@preact/signals";
import { pageAsk } from "../../src/browser/ask.ts";
import { formatNumber } from "../../src/browser/format.ts";
import { askDeadLetters, type DeadLetterRow } from "../../src/browser/quality_api.ts";
import { reasonWords } from "../../src/browser/reject_words.ts";
import type { IslandProps } from "../island.ts";
import { useAnswer } from "../use_answer.ts";
import type { FilterProps } from "./DeadLetterGroups.tsx";
import { Failed } from "./Failed.tsx";
import { RawText } from "./RawText.tsx";

const EVERY_MS = 2_000;
const PAGE = 20;
const SHOWN_MAX = 1_000;

export function DeadLetterList({ model, filter }: FilterProps) {
  const limit = useSignal(PAGE);
  const answer = useAnswer(
    model,
    () => JSON.stringify([filter.value, limit.value]),
    async () => {
      const asked = { filter: filter.peek(), limit: limit.peek() };
      return { ...asked, rows: await askDeadLetters(pageAsk, asked.filter, asked.limit) };
    },
    { liveEveryMs: EVERY_MS, replayEveryMs: EVERY_MS, followsCursor: false },
  );
  // What is shown is of this reason, until the chosen one has come.
  const shown = answer.value.value ?? { filter: filter.value, limit: limit.value, rows: [] };
  const { rows, filter: { code, source } } = shown;
  if (code === null && rows.length === 0 && answer.value.state === "ready") return null;
  return (
    <section class="panel rejects" aria-labelledby="newest-rejects-title">
      <header class="panel-head">
        <h3 class="panel-title" id="newest-rejects-title">Newest dead letters</h3>
        {code !== null && (
          <span class="panel-aside">
            {reasonWords(code)}, {source}{" "}
            <button
              type="button"
              class="link-button"
              onClick={() => filter.value = { code: null, source: null, layer: null }}
            >
              Show all reasons
            </button>
          </span>
        )}
      </header>
      <Failed answer={answer.value} />
      <ol class="reject-items">
        {rows.map((row) => (
          <Letter key={`${row.file} ${row.offset} ${row.code}`} row={row} model={model} />
        ))}
      </ol>
      {rows.length === shown.limit && rows.length < SHOWN_MAX && (
        <p>
          <button
            type="button"
            class="button"
            onClick={() => limit.value = Math.min(SHOWN_MAX, limit.value * 5)}
          >
            Show older ones
          </button>
        </p>
      )}
    </section>
  );
}

function Letter({ row, model }: { readonly row: DeadLetterRow } & Pick<IslandProps, "model">) {
  const { code, detail, file, offset, source, layer, raw, atMs } = row;
  return (
    <li class="reject" data-code={code}>
      <p class="reject-head">
        <strong>{reasonWords(code)}</strong> <code class="quiet">{code}</code>
        <span class="quiet reject-when">
          {atMs === null ? "" : model.time.value.near(atMs, model.serverNowMs.peek())}
        </span>
      </p>
      <p class="reject-detail">{detail}</p>
      <RawText raw={raw} />
      <p class="quiet reject-place">
        {source} ({layer}) · {file} · {layer === "batch" ? "row or byte" : "byte"}{" "}
        {formatNumber(offset)}
      </p>
    </li>
  );
}
