/** @jsxImportSource preact */
/** Received = committed + rejected + pending, as a sum to be checked by eye. */
import { formatNumber } from "../../src/browser/format.ts";
import { ledger, type LedgerRow } from "../../src/browser/ledger.ts";
import { Icon, type IconName } from "../Icon.tsx";
import type { IslandProps } from "../island.ts";

const ICONS: Readonly<Record<LedgerRow["tone"], IconName>> = {
  good: "ok",
  warn: "waiting",
  bad: "critical",
  quiet: "empty",
};

export function LedgerPanel({ model }: Pick<IslandProps, "model">) {
  const rows = ledger(model.status.value);
  return (
    <section class="panel ledger" aria-labelledby="ledger-title">
      <header class="panel-head">
        <h3 class="panel-title" id="ledger-title">Do the counters add up?</h3>
      </header>
      <ul class="verdicts">
        {rows.map((row) => <Verdict key={row.layer} row={row} />)}
      </ul>
      <div class="scroll" tabIndex={0} role="group" aria-label="Counters, as a table">
        <table class="table">
          <thead>
            <tr>
              <th scope="col">Layer</th>
              <th scope="col" class="number">Received</th>
              <th scope="col" class="number">= committed</th>
              <th scope="col" class="number">+ rejected</th>
              <th scope="col" class="number">+ pending</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => <Row key={row.layer} row={row} />)}
          </tbody>
        </table>
      </div>
      <p class="note">
        Blank lines are no records and count nowhere.{" "}
        {model.status.value.layers.speed.blank_lines > 0 &&
          `${formatNumber(model.status.value.layers.speed.blank_lines)} came.`}
        {model.status.value.layers.speed.ignored_records > 0 &&
          ` Of agents' records ${
            formatNumber(model.status.value.layers.speed.ignored_records)
          } measure nothing that is kept here: archived, and let go.`}
      </p>
    </section>
  );
}

function Verdict({ row }: { readonly row: LedgerRow }) {
  return (
    <li data-layer={row.layer}>
      <span class="verdict" data-tone={row.tone}>
        <Icon name={ICONS[row.tone]} />
        <span>
          {row.title}: <strong>{row.word}</strong>
        </span>
      </span>
      {row.reason !== "" && <span class="quiet ledger-reason">{row.reason}</span>}
    </li>
  );
}

function Row({ row }: { readonly row: LedgerRow }) {
  return (
    <tr data-layer={row.layer}>
      <th scope="row">
        {row.title} <span class="quiet ledger-unit">{row.unit}</span>
      </th>
      <td class="number" data-count="received">{formatNumber(row.received)}</td>
      <td class="number" data-count="committed">{formatNumber(row.committed)}</td>
      <td class="number" data-count="rejected">{formatNumber(row.rejected)}</td>
      <td class="number" data-count="pending">{formatNumber(row.pending)}</td>
    </tr>
  );
}
