/** A BMC in the configuration, through a whole process: its host, its limits, verified, rebuilt. */
import { expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Board } from "../../src/model/live_event.ts";
import type { ReadingJson } from "../../src/model/reading.ts";
import type { Status } from "../../src/model/status.ts";
import { type FakeBmc, fakeBmc, OLD_BMC } from "../support/bmc.ts";
import { json, run, start, temporaryDirectory, until } from "../support/rackwatch.ts";
import { HOT_STORES } from "./support/hot_stores.ts";

const SECRET = "s3cret-of-the-bmc";

for (const kind of HOT_STORES) {
  test(
    `a BMC is asked: host, power and limits within seconds, verified and rebuilt, ${kind.name}`,
    async () => {
      await using directory = await temporaryDirectory();
      const basic = `Basic ${btoa(`monitor:${SECRET}`)}`;
      await using bmc = fakeBmc(OLD_BMC, {
        answer: (_path, request) =>
          request.headers.get("authorization") === basic ? null : new Response("", { status: 401 }),
      });
      await writeFile(join(directory.path, "bmc.password"), `${SECRET}\n`);
      const config = join(directory.path, "rackwatch.toml");
      await writeFile(
        config,
        `[[redfish]]
url = "${bmc.url}"
every_s = 1
user = "monitor"
password_file = "bmc.password"
labels = { host = "rack-7", region = "Lab" }
`,
      );
      const store = kind.make();
      const args = ["--config", config, "--data-dir", directory.path];
      await using rackwatch = start(
        ["up", "--no-demo", "--no-open", "--feed", "none", "--http", "127.0.0.1:0", ...args],
        store,
      );
      const url = await rackwatch.url();
      // The store does not answer in the first moments.
      const { hosts: [host] } = await until(
        () =>
          json<{ hosts: readonly ReadingJson[] }>(`${url}/api/hosts`).catch(() => ({ hosts: [] })),
        ({ hosts }) => hosts.length > 0,
      );
      expect(host).toMatchObject({
        host_id: "rack-7",
        region: "Lab",
        temp_c: 67.5,
        power_watts: 312,
        voltage: 229,
        cpu_load: null,
      });
      const status = await json<Status>(`${url}/api/status`);
      expect(status.layers.speed.scrapes).toMatchObject([{
        kind: "redfish",
        url: bmc.url,
        up: true,
        sensors: [
          { metric: "temp_c", name: "CPU2 Temp", limits: { upper_critical: 96 } },
          { metric: "power_watts" },
          { metric: "voltage" },
        ],
      }]);
      expect(status.layers.speed.dead_letters).toBe(0);
      const metrics = await (await fetch(`${url}/metrics`)).text();
      expect(metrics).toContain(`rackwatch_scrape_up{target="${bmc.url}"} 1`);
      expect(metrics).toContain(
        `rackwatch_scrape_sensor_limit{target="${bmc.url}",metric="temp_c",limit="upper_critical"} 96`,
      );
      const page = await (await fetch(url)).text();
      expect(page).toContain("1 of 1 target up");

      const { readings: [origin] } = await json<{ readings: readonly { raw: string }[] }>(
        `${url}/api/readings/origin?${await newestOf(url)}`,
      );
      expect(JSON.parse(origin!.raw).sensors["Inlet Temp"]).toMatchObject({ reading: 24 });
      await ownLimit(bmc, url);
      expect(await rackwatch.stop()).toBe(0);
      const told = `${JSON.stringify(status)}${metrics}${origin!.raw}` +
        JSON.stringify(rackwatch.logLines);
      for (const secret of [SECRET, basic]) expect(told).not.toContain(secret);

      expect((await run(["verify", ...args], store)).code).toBe(0);
      const rebuilt = JSON.parse((await run(["rebuild", "--json", ...args], store)).stdout);
      expect(rebuilt.live.rows).toBe(rebuilt.live.lines);
      expect(rebuilt.live.rows).toBeGreaterThan(0);
      await store.drop();
    },
    60_000,
  );
}

/** Host and time of the newest reading, as a query. */
async function newestOf(url: string): Promise<URLSearchParams> {
  const [newest] = await json<readonly ReadingJson[]>(`${url}/api/readings?limit=1`);
  return new URLSearchParams({ host_id: newest!.host_id, timestamp: newest!.timestamp });
}

const THERMAL = "/redfish/v1/Chassis/Box/Thermal";

/** The inlet passes its own limit of 42 °C, far below the host's 90, and comes back. */
async function ownLimit(bmc: FakeBmc, url: string): Promise<void> {
  const alerts = () => json<readonly Record<string, unknown>[]>(`${url}/api/alerts`);
  expect(await alerts()).toEqual([]);
  const thermal = bmc.resources[THERMAL]!;
  const sensors = thermal["Temperatures"] as readonly Record<string, unknown>[];
  const hot = sensors.map((one) =>
    one["Name"] === "Inlet Temp" ? { ...one, ReadingCelsius: 43 } : one
  );
  bmc.resources = { ...bmc.resources, [THERMAL]: { ...thermal, Temperatures: hot } };
  const [opened] = await until(alerts, (found) => found.length > 0);
  expect(opened).toMatchObject({
    rule: "sensor:Inlet Temp",
    metric: "temp_c",
    host_id: "rack-7",
    severity: "critical",
    value: 43,
    limit: 42,
    closed: null,
  });
  // The host's own temperature is the CPU's, as before.
  const { board } = await json<{ board: Board }>(`${url}/api/board?at=${Date.now()}`);
  expect(board.troubles).toMatchObject([{ sensor: "Inlet Temp", value: 43, limit: 42 }]);
  const page = await (await fetch(url)).text();
  expect(page).toContain("Inlet Temp");
  expect(page).toContain("1 host critical");

  bmc.resources = { ...bmc.resources, [THERMAL]: thermal };
  const closed = await until(alerts, ([alert]) => alert!["closed"] !== null);
  const headers = { "Content-Type": "application/json" };
  const rebuild = await fetch(`${url}/api/rebuild`, { method: "POST", body: "{}", headers });
  expect(await rebuild.text()).toContain('"result"');
  expect(await alerts()).toEqual(closed);
}
