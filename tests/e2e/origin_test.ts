/** Where readings came from: the raw text of live lines and of history files, and the rules applied. */
import { appendFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, setDefaultTimeout, test } from "bun:test";
import type { FieldOrigin } from "../../src/model/origin.ts";
import type { ReadingJson } from "../../src/model/reading.ts";
import type { Status } from "../../src/model/status.ts";
import { json, start, temporaryDirectory, until } from "../support/rackwatch.ts";
import { connectAgent, lineNow } from "./support/agent.ts";
import { HOT_STORES } from "./support/hot_stores.ts";

setDefaultTimeout(60_000);

const UP = ["up", "--demo", "--no-open", "--http", "127.0.0.1:0", "--feed", "tcp://127.0.0.1:0"];

interface Told extends ReadingJson {
  readonly layer: string;
  readonly run_id: string;
  readonly path: string;
  readonly part: number | null;
  readonly offset: number;
  readonly offset_is: string;
  readonly raw: string | null;
  readonly note: string | null;
  readonly mapped_by: string | null;
  readonly mapping_is: string;
  readonly mapping: readonly FieldOrigin[];
}

for (const kind of HOT_STORES) {
  test(`every reading leads to its raw record, ${kind.name}`, async () => {
    await using directory = await temporaryDirectory();
    const store = kind.make();
    const words = [...UP, "--listen", "127.0.0.1:0", "--data-dir", directory.path];
    await using rackwatch = start(words, store);
    const url = await rackwatch.url();
    using agent = await connectAgent(await rackwatch.address("listening for agents"));
    const originsOf = async ({ host_id, region, timestamp }: ReadingJson) => {
      const query = new URLSearchParams({ host_id, region, timestamp });
      return (await json<{ readings: Told[] }>(`${url}/api/readings/origin?${query}`)).readings;
    };
    const newest = (query: string) => json<ReadingJson[]>(`${url}/api/readings?${query}&limit=1`);

    await until(() => fetch(`${url}/readyz`), (answer) => answer.ok);
    const line = lineNow("by <hand>", { region: "Home", temp_c: 61.5 });
    await agent.send([lineNow("before"), line, lineNow("after")]);
    const [live] = await until(() => newest("region=Home"), (found) => found.length > 0);
    const [told, ...others] = await originsOf(live!);
    expect(others).toEqual([]);
    expect(told).toMatchObject({
      ...live!,
      layer: "speed",
      part: 0,
      offset_is: "byte",
      raw: line,
      note: null,
      mapping_is: "same",
    });
    expect(told!.mapping.find((one) => one.field === "temp_c")).toMatchObject({
      column: "temp_c",
      value: "61.5",
      unit: "celsius",
    });
    expect(told!.mapping.find((one) => one.field === "voltage")).toMatchObject({
      value: null,
      rule: "not in this record: null",
    });

    await until(
      () => json<Status>(`${url}/api/status`),
      ({ layers: { batch } }) => batch.files === 3,
    );
    const toMs = Date.now() - 24 * 3_600_000;
    const found: Told[] = [];
    for (const region of ["India", "USA", "Germany"]) {
      const [old] = await newest(`region=${region}&to=${toMs}`);
      const [one] = await originsOf(old!);
      expect(one).toMatchObject({ ...old!, layer: "batch", note: null, mapping_is: "same" });
      expect(one!.raw).toContain(old!.host_id);
      found.push(one!);
    }
    const [india, usa, germany] = found;
    const text = await Bun.file(join(directory.path, india!.path)).bytes();
    const lineBytes = text.subarray(india!.offset, text.indexOf(10, india!.offset));
    expect(new TextDecoder().decode(lineBytes).trimEnd()).toBe(india!.raw!);
    const fahrenheit = usa!.mapping.find((one) => one.field === "temp_c")!;
    expect(fahrenheit.unit).toBe("fahrenheit");
    expect((Number(fahrenheit.value) - 32) * 5 / 9).toBeCloseTo(usa!.temp_c!, 1);
    expect(germany!.offset_is).toBe("row");

    await appendFile(join(directory.path, usa!.path), "\n");
    await rm(join(directory.path, germany!.path));
    const [changed] = await originsOf(usa!);
    expect(changed).toMatchObject({ raw: null, note: expect.stringContaining("changed") });
    const [gone] = await originsOf(germany!);
    expect(gone).toMatchObject({ raw: null, note: expect.stringContaining("not there") });

    expect(await rackwatch.stop()).toBe(0);
    await store.drop();
  });
}
