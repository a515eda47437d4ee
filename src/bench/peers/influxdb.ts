/** InfluxDB 1 by its line protocol: a line a reading, host as tag, metrics as fields. */
import { join } from "node:path";
import type { WireRow } from "../archived_rows.ts";
import type { HttpPeer } from "./http_peer.ts";

export const INFLUXDB: HttpPeer = {
  name: "InfluxDB",
  programs: ["influxd"],
  words: async (directory, port, secondPort) => {
    const file = join(directory, "influxdb.conf");
    await Bun.write(file, configuration(directory, port, secondPort));
    return ["-config", file];
  },
  readyPath: "/ping",
  setUpPath: "/query?q=CREATE%20DATABASE%20rackwatch",
  writePath: "/write?db=rackwatch&precision=s",
  rowsABody: 10_000,
  body: (rows) => rows.map(protocolLine).join(""),
};

function configuration(directory: string, port: number, secondPort: number): string {
  return `reporting-disabled = true
bind-address = "127.0.0.1:${secondPort}"
[meta]
  dir = "${directory}/meta"
[data]
  dir = "${directory}/data"
  wal-dir = "${directory}/wal"
  query-log-enabled = false
[http]
  bind-address = "127.0.0.1:${port}"
  log-enabled = false
[monitor]
  store-enabled = false
`;
}

/** What is not measured (0 V, 0 W) is no field. */
export function protocolLine(row: WireRow): string {
  const host = row.host_id.replace(/[ ,=]/g, "\\$&");
  const fields = [
    `temp_c=${row.temp_c}`,
    `cpu_load=${row.cpu_load}`,
    ...(row.voltage === 0 ? [] : [`voltage=${row.voltage}`]),
    ...(row.power_watts === 0 ? [] : [`power_watts=${row.power_watts}`]),
  ];
  const seconds = Date.parse(`${row.timestamp.replace(" ", "T")}Z`) / 1000;
  return `reading,host_id=${host} ${fields.join(",")} ${seconds}\n`;
}
