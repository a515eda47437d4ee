/** The shell commands that bring in a first real line, with the addresses in use. Pure. */
import type { Status } from "../model/status.ts";

export interface FirstLine {
  /** The flag that opens a door for agents; null where there is one already. */
  readonly flag: string | null;
  readonly push: string;
  readonly host: string;
  readonly region: string;
}

/** Next to the feed's default port; only suggested while nothing listens. */
const LISTEN_SUGGESTED = "127.0.0.1:9989";

export function firstLine(status: Status): FirstLine {
  const { listen } = status.layers.speed;
  const { hostname, port } = hostAndPort(listen ?? LISTEN_SUGGESTED);
  const host = "my-host", region = "Home";
  const line = `{"host_id": "${host}", "region": "${region}", "timestamp": "%s", ` +
    `"temp_c": 42, "cpu_load": 17, "voltage": 12.01, "power_watts": 90}`;
  return {
    flag: listen === null ? `--listen ${LISTEN_SUGGESTED}` : null,
    push: `printf '${line}\\n' "$(date -u '+%F %T')" | nc -w 1 ${hostname} ${port}`,
    host,
    region,
  };
}

/** `tcp://127.0.0.1:9989`, `127.0.0.1:9989`, `[::1]:9989`; an open address is reached by loopback. */
function hostAndPort(address: string): { hostname: string; port: string } {
  const text = address.replace(/^[a-z]+:\/\//, "");
  const colon = text.lastIndexOf(":");
  const name = text.slice(0, colon).replace(/^\[|\]$/g, "");
  const open = name === "" || name === "0.0.0.0" || name === "::";
  return { hostname: open ? "127.0.0.1" : name, port: text.slice(colon + 1) };
}
