/** @jsxImportSource preact */
/** The batch layer's answer to the speed layer: its rollups held against the archive. */
import { formatNumber, formatSpan, plural } from "../../src/browser/format.ts";
import { Icon } from "../Icon.tsx";
import type { IslandProps } from "../island.ts";

export function ReconciliationPanel({ model }: Pick<IslandProps, "model">) {
  const status = model.status.value;
  const { reconciled_up_to, runs, buckets, differing_buckets, first_difference } =
    status.reconciliation;
  const upToMs = reconciled_up_to === null ? null : Date.parse(reconciled_up_to);
  const isOff = status.layers.batch.state === "off";
  return (
    <section class="panel reconciliation" aria-labelledby="reconciliation-title">
      <header class="panel-head">
        <h3 class="panel-title" id="reconciliation-title">Batch against speed</h3>
      </header>
      <p>
        {upToMs === null
          ? (
            <span class="verdict" data-tone="quiet">
              <Icon name="waiting" />{" "}
              <strong>{isOff ? "Not compared by this process" : "Nothing compared yet"}</strong>
            </span>
          )
          : differing_buckets === 0
          ? (
            <span class="verdict" data-tone="good">
              <Icon name="ok" /> <strong>No difference</strong>
            </span>
          )
          : (
            <span class="verdict" data-tone="bad">
              <Icon name="critical" />{" "}
              <strong>{plural(differing_buckets, "bucket differs", "buckets differ")}</strong>
            </span>
          )}
      </p>
      <dl class="facts">
        <div>
          <dt>Compared up to</dt>
          <dd>
            {upToMs === null ? "–" : (
              <time dateTime={new Date(upToMs).toISOString()}>
                {model.time.value.near(upToMs, model.serverNowMs.value)},{" "}
                {formatSpan(model.serverNowMs.value - upToMs)} ago
              </time>
            )}
          </dd>
        </div>
        <div>
          <dt>Buckets compared</dt>
          <dd>{formatNumber(buckets)}</dd>
        </div>
        <div>
          <dt>Runs compared</dt>
          <dd>{formatNumber(runs)}</dd>
        </div>
        <div>
          <dt>Differing</dt>
          <dd>{formatNumber(differing_buckets)}</dd>
        </div>
      </dl>
      {first_difference !== null && <p class="layer-error">First: {first_difference}</p>}
      <p class="note">
        Every archived line is read again, and the sums that the speed layer wrote are compared with
        what the lines say. Lines of parts that are not sealed yet come later.
      </p>
    </section>
  );
}
