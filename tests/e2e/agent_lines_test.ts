/** Lines that hold many records, as agents batch them, through a whole process: on both stores. */
import { describe, expect, test } from "bun:test";
import { json, run, start, temporaryDirectory, until } from "../support/rackwatch.ts";
import type { Status } from "../../src/model/status.ts";
import { HOT_STORES } from "./support/hot_stores.ts";
import { connectAgent } from "./support/agent.ts";

const LISTEN = [
  ...["up", "--no-demo", "--no-open", "--feed", "none"],
  ...["--http", "127.0.0.1:0", "--listen", "127.0.0.1:0"],
];
const AT_S = Math.floor(Date.now() / 1000) - 20;
const AT = `${new Date(AT_S * 1000).toISOString().slice(0, 19)}Z`;

const metric = (host: string, name: string, fields: object, tags: object) => ({
  name,
  tags: { host, region: "Lab", ...tags },
  fields,
  timestamp: AT_S,
});

const LINES = [
  JSON.stringify({
    metrics: [
      metric("web-1", "cpu", { usage_idle: 75 }, { cpu: "cpu-total" }),
      metric("web-1", "mem", { used_percent: 10 }, {}),
      metric("web-2", "cpu", { usage_idle: "much" }, { cpu: "cpu-total" }),
      metric("web-2", "temp", { temp: 66.5 }, { sensor: "coretemp_package_id_0" }),
    ],
  }),
  `temp,host=web-1,region=Lab,sensor=coretemp_package_id_0 temp=61 ${AT_S}000000000`,
  `temp,host=late-1,region=Lab,sensor=coretemp_package_id_0 temp=40 ${AT_S - 600}000000000`,
];

interface Found {
  readonly readings: readonly {
    flags: string[];
    raw: string;
    mapped_by: string;
    temp_c: number | null;
  }[];
}

for (const kind of HOT_STORES) {
  describe(`agents' lines, ${kind.name}`, () => {
    test(
      "are rows, dead letters and let-go records: told apart, verified, rebuilt the same",
      async () => {
        await using directory = await temporaryDirectory();
        const store = kind.make();
        const args = ["--data-dir", directory.path];
        await using rackwatch = start([...LISTEN, ...args], store);
        const url = await rackwatch.url();
        using agent = await connectAgent(await rackwatch.address("listening for agents"));
        await agent.send(LINES);
        const { layers: { speed } } = await until(
          () => json<Status>(`${url}/api/status`),
          (status) =>
            status.layers.speed.received_lines >= 5 && status.layers.speed.pending_lines === 0,
        );
        expect(speed).toMatchObject({ committed_rows: 4, dead_letters: 1, ignored_records: 1 });

        const { hosts } = await json<{ hosts: unknown[] }>(
          `${url}/api/hosts?region=Lab`,
        );
        expect(hosts).toMatchObject([
          { host_id: "late-1", temp_c: 40 },
          { host_id: "web-1", temp_c: 61, cpu_load: 25 },
          { host_id: "web-2", temp_c: 66.5, cpu_load: null },
        ]);

        const query = new URLSearchParams({ host_id: "web-2", timestamp: AT });
        const { readings: [found] } = await json<Found>(`${url}/api/readings/origin?${query}`);
        expect(JSON.parse(found!.raw)).toMatchObject({ name: "temp", fields: { temp: 66.5 } });
        expect(found).toMatchObject({ mapped_by: "telegraf", flags: [] });
        const late = new URLSearchParams({
          host_id: "late-1",
          timestamp: new Date((AT_S - 600) * 1000).toISOString(),
        });
        const { readings: [old] } = await json<Found>(`${url}/api/readings/origin?${late}`);
        expect(old!.flags).toEqual(["late"]);

        await rackwatch.stop();
        expect((await run(["verify", ...args], store)).code).toBe(0);
        const rebuilt = await run(["rebuild", "--json", ...args], store);
        expect(JSON.parse(rebuilt.stdout)).toMatchObject({
          live: { lines: 5, rows: 4, deadLetters: 1 },
        });
        await store.drop();
      },
      60_000,
    );
  });
}
