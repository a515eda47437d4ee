/** @jsxImportSource preact */
/**
 * Can the figures be trusted? Counters that add up, what was refused and why, batch against speed,
 * where readings came from, and the archive's runs, each of which can be replayed.
 */
import { useSignal } from "@preact/signals";
import type { DeadLetterFilter } from "../../src/browser/quality_api.ts";
import type { IslandProps } from "../island.ts";
import { DeadLetterGroups } from "./DeadLetterGroups.tsx";
import { DeadLetterList } from "./DeadLetterList.tsx";
import { LedgerPanel } from "./LedgerPanel.tsx";
import { ReconciliationPanel } from "./ReconciliationPanel.tsx";
import { RunsPanel } from "./RunsPanel.tsx";
import { SourcesPanel } from "./SourcesPanel.tsx";

const EVERY_ONE: DeadLetterFilter = { code: null, source: null, layer: null };

export function QualityView({ model, actions }: IslandProps) {
  const filter = useSignal(EVERY_ONE);
  const isPast = !model.isLive.value;
  return (
    <div class="quality">
      <h2 class="visually-hidden">Data quality</h2>
      {isPast && (
        <p class="quality-past note">
          This page tells of all that was taken in up to now; only the other views are at{" "}
          {model.time.value.near(model.nowMs.value, model.serverNowMs.value)}.
        </p>
      )}
      <LedgerPanel model={model} />
      <ReconciliationPanel model={model} />
      <DeadLetterGroups model={model} filter={filter} />
      <SourcesPanel model={model} />
      <DeadLetterList model={model} filter={filter} />
      <RunsPanel model={model} actions={actions} />
    </div>
  );
}
