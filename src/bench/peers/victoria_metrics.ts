/** VictoriaMetrics by `/api/v1/import`: a line a series, with all its values of the body. */
import type { WireRow } from "../archived_rows.ts";
import type { HttpPeer } from "./http_peer.ts";

const METRICS = ["temp_c", "cpu_load", "voltage", "power_watts"] as const;

export const VICTORIA_METRICS: HttpPeer = {
  name: "VictoriaMetrics",
  programs: ["victoria-metrics", "victoria-metrics-prod"],
  words: (directory, port) =>
    Promise.resolve([
      `-storageDataPath=${directory}/store`,
      `-httpListenAddr=127.0.0.1:${port}`,
      "-retentionPeriod=10y",
    ]),
  readyPath: "/health",
  setUpPath: null,
  writePath: "/api/v1/import",
  rowsABody: 50_000,
  body: importLines,
};

interface Series {
  readonly metric: { readonly __name__: string; readonly host_id: string };
  readonly values: number[];
  readonly timestamps: number[];
}

/** What is not measured (0 V, 0 W) is no value. */
export function importLines(rows: readonly WireRow[]): string {
  const all = new Map<string, Series>();
  for (const row of rows) {
    const atMs = Date.parse(`${row.timestamp.replace(" ", "T")}Z`);
    for (const name of METRICS) {
      const value = row[name];
      if (value === 0 && (name === "voltage" || name === "power_watts")) continue;
      const key = `${name} ${row.host_id}`;
      const series = all.get(key) ??
        { metric: { __name__: name, host_id: row.host_id }, values: [], timestamps: [] };
      all.set(key, series);
      series.values.push(value);
      series.timestamps.push(atMs);
    }
  }
  return [...all.values()].map((series) => JSON.stringify(series) + "\n").join("");
}
