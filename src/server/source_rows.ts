/** What is told of each source: what the hot store has of it, and whether it is heard. */
import type { SourceHealth } from "../model/source_health.ts";
import { NO_SCHEMAS } from "../store/queries/source_schemas.ts";
import type { SourceJson } from "../store/queries/sources.ts";

/** Rows of the store first, then sources of which it has nothing yet. */
export function sourceRows(
  stored: readonly SourceJson[],
  health: readonly SourceHealth[],
): SourceJson[] {
  const rows = stored.map((row) => {
    const heard = health.find((one) => one.kind === row.kind && one.name === row.name);
    return heard === undefined ? row : { ...row, ...heardOf(heard) };
  });
  const isThere = ({ kind, name }: SourceHealth) =>
    rows.some((row) => row.kind === kind && row.name === name);
  return [...rows, ...health.filter((one) => !isThere(one)).map(unstored)];
}

function heardOf({ declared, last_record, silent_s, silent_after_s, silent }: SourceHealth) {
  return { declared, last_record, silent_s, silent_after_s, silent };
}

function unstored(health: SourceHealth): SourceJson {
  return {
    layer: health.kind === "files" ? "batch" : "speed",
    kind: health.kind,
    name: health.name,
    files: null,
    files_refused: null,
    files_loading: null,
    runs: null,
    rows: null,
    rejects: null,
    first_reading: null,
    last_reading: null,
    updated: null,
    ...heardOf(health),
    ...NO_SCHEMAS,
  };
}
