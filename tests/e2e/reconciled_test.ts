/** "Reconciled up to": what a running process says of its own rollups, in three places. */
import { SQL } from "bun";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Status } from "../../src/model/status.ts";
import {
  json,
  setUntilTimeout,
  start,
  type Started,
  temporaryDirectory,
  until,
} from "../support/rackwatch.ts";
import { connectAgent, lineNow } from "./support/agent.ts";
import { HOT_STORES, sqlUrl } from "./support/hot_stores.ts";

setDefaultTimeout(90_000);
setUntilTimeout(80_000);

for (const kind of HOT_STORES) {
  describe(`the rollups of sealed runs, ${kind.name}`, () => {
    test("are held against the archive: on the page, in the status, in the metrics", async () => {
      await using directory = await temporaryDirectory();
      const store = kind.make();
      const up = () =>
        start([
          ...["up", "--no-demo", "--no-open", "--feed", "none", "--http", "127.0.0.1:0"],
          ...["--listen", "127.0.0.1:0", "--data-dir", directory.path],
          ...(store.environment["DATABASE_URL"] === undefined ? ["--sql", "127.0.0.1:0"] : []),
        ], store);
      const first = up();
      await send(first, "us-cloud-1");
      expect(await first.stop()).toBe(0);

      const second = up();
      const clean = await said(second, (one) => one.reconciled_up_to !== null);
      expect(clean.reconciliation).toMatchObject({ runs: 1, differing_buckets: 0 });
      expect(clean.metrics.get("rackwatch_reconciled_up_to_seconds"))
        .toBeCloseTo(Date.parse(clean.reconciliation.reconciled_up_to!) / 1_000, 3);
      expect(clean.metrics.get("rackwatch_reconciliation_differing_buckets")).toBe(0);
      expect(clean.page).toContain("Reconciled");
      expect(clean.page).not.toContain("Differs");
      await send(second, "us-cloud-2");
      const sql = new SQL(await sqlUrl(second, store), { max: 1, prepare: false });
      await sql.unsafe(
        `update rackwatch.rollups set readings = readings + 1 where step_s = 60 and host_key =
          (select host_key from rackwatch.hosts where host_id = 'us-cloud-2')`,
      );
      await sql.close();
      expect(await second.stop()).toBe(0);

      const third = up();
      const spoilt = await said(third, (one) => one.differing_buckets > 0);
      expect(spoilt.metrics.get("rackwatch_reconciliation_differing_buckets")).toBeGreaterThan(0);
      expect(spoilt.reconciliation.first_difference).toContain("us-cloud-2");
      expect(spoilt.page).toContain("Differs");
      expect(await third.stop()).toBe(0);
      await store.drop();
    });
  });
}

async function send(rackwatch: Started, host: string): Promise<void> {
  const url = await rackwatch.url();
  using agent = await connectAgent(await rackwatch.address("listening for agents"));
  await agent.send(Array.from({ length: 50 }, () => lineNow(host)));
  await until(
    () => json<Status>(`${url}/api/status`),
    ({ layers: { speed } }) => speed.committed_rows === 50,
  );
}

async function said(
  rackwatch: Started,
  fits: (reconciliation: Status["reconciliation"]) => boolean,
) {
  const url = await rackwatch.url();
  const { reconciliation } = await until(
    () => json<Status>(`${url}/api/status`),
    (status) => fits(status.reconciliation),
  );
  const text = await (await fetch(`${url}/metrics`)).text();
  const metrics = new Map(
    [...text.matchAll(/^(\w+) (\S+)$/gm)].map(([, name, value]) => [name!, Number(value)]),
  );
  return { reconciliation, metrics, page: await (await fetch(url)).text() };
}
