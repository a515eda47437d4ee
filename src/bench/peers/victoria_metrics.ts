/** VictoriaMetrics by `/api/v1/import`: a line for each metric of each reading. */
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
  rowsABody: 10_000,
  body: importLines,
};

/**
 * In the order of arrival, as an agent would pass them on: nothing is gathered by host first. What is
 * not measured (0 V, 0 W) is no value.
 */
export function importLines(rows: readonly WireRow[]): string {
  let text = "";
  for (const row of rows) {
    const atMs = Date.parse(`${row.timestamp.replace(" ", "T")}Z`);
    const host = JSON.stringify(row.host_id);
    for (const name of METRICS) {
      const value = row[name];
      if (value === 0 && (name === "voltage" || name === "power_watts")) continue;
      text += `{"metric":{"__name__":"${name}","host_id":${host}},"values":[${value}],` +
        `"timestamps":[${atMs}]}\n`;
    }
  }
  return text;
}
