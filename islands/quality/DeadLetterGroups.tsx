/** @jsxImportSource preact */
/** Refused lines by reason and source; a row shows only its own below. */
import type { Signal } from "@preact/signals";
import { pageAsk } from "../../src/browser/ask.ts";
import { formatNumber, plural } from "../../src/browser/format.ts";
import {
  askDeadLetterGroups,
  type DeadLetterFilter,
  type DeadLetterGroup,
} from "../../src/browser/quality_api.ts";
import { reasonWords } from "../../src/browser/reject_words.ts";
import { Icon } from "../Icon.tsx";
import type { IslandProps } from "../island.ts";
import { useAnswer } from "../use_answer.ts";
import { Failed } from "./Failed.tsx";

const EVERY_MS = 2_000;
const NO_FILTER: DeadLetterFilter = { code: null, source: null, layer: null };

export interface FilterProps extends Pick<IslandProps, "model"> {
  readonly filter: Signal<DeadLetterFilter>;
}

export function DeadLetterGroups({ model, filter }: FilterProps) {
  const answer = useAnswer(model, () => "", () => askDeadLetterGroups(pageAsk), {
    liveEveryMs: EVERY_MS,
    replayEveryMs: EVERY_MS,
    followsCursor: false,
  });
  const groups = answer.value.value;
  const total = groups?.reduce((sum, each) => sum + each.count, 0) ?? 0;
  return (
    <section class="panel reject-groups" aria-labelledby="rejects-title">
      <header class="panel-head">
        <h3 class="panel-title" id="rejects-title">Dead letters by reason</h3>
        <span class="quiet panel-aside">
          {groups === null ? "" : `${plural(total, "dead letter")} in the hot store`}
        </span>
      </header>
      <Failed answer={answer.value} />
      {groups?.length === 0
        ? (
          <p class="empty">
            <Icon name="ok" /> Nothing was refused.
          </p>
        )
        : (
          <div class="scroll" tabIndex={0} role="group" aria-label="Dead letters by reason">
            <table class="table">
              <thead>
                <tr>
                  <th scope="col">Reason</th>
                  <th scope="col">Source</th>
                  <th scope="col" class="number">Count</th>
                  <th scope="col">Newest</th>
                </tr>
              </thead>
              <tbody>
                {groups?.map((group) => (
                  <Group
                    key={`${group.layer} ${group.source} ${group.code}`}
                    group={group}
                    model={model}
                    filter={filter}
                  />
                ))}
              </tbody>
            </table>
          </div>
        )}
    </section>
  );
}

function Group({ group, model, filter }: FilterProps & { readonly group: DeadLetterGroup }) {
  const { code, source, layer, count, lastMs } = group;
  const chosen = filter.value;
  const isChosen = chosen.code === code && chosen.source === source && chosen.layer === layer;
  return (
    <tr data-code={code} data-source={source}>
      <th scope="row">
        <button
          type="button"
          class="link-button"
          aria-pressed={isChosen}
          onClick={() => filter.value = isChosen ? NO_FILTER : { code, source, layer }}
        >
          {reasonWords(code)}
        </button>{" "}
        <code class="quiet">{code}</code>
      </th>
      <td>
        {source} <span class="quiet">{layer}</span>
      </td>
      <td class="number">{formatNumber(count)}</td>
      <td>
        {lastMs === null ? "–" : model.time.value.near(lastMs, model.serverNowMs.peek())}
      </td>
    </tr>
  );
}
