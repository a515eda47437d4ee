/** A disk that gives errors under a running process: it ends with 74, and a start recovers. */
import { expect, setDefaultTimeout, test } from "bun:test";
import type { Status } from "../../src/model/status.ts";
import { sendAcknowledged } from "../support/ack_client.ts";
import { json, run, temporaryDirectory, until } from "../support/rackwatch.ts";
import { connectAgent, lineNow } from "./support/agent.ts";
import { startCrashable } from "./support/crashable.ts";
import { HOT_STORES } from "./support/hot_stores.ts";

setDefaultTimeout(60_000);

test("EIO from a sync ends it with 74; what was confirmed is there once after a start", async () => {
  await using directory = await temporaryDirectory();
  const store = HOT_STORES.at(-1)!.make();
  const data = ["--data-dir", directory.path];
  const words = ["up", "--no-demo", "--no-open", "--feed", "none", "--http", "127.0.0.1:0"];
  const up = () => startCrashable([...words, "--listen", "127.0.0.1:0", ...data], store);
  const confirmed = Array.from({ length: 300 }, (_, i) => lineNow(`confirmed-${i}`));
  {
    await using rackwatch = up();
    const address = await rackwatch.address("listening for agents");
    const { hostname: host, port } = address;
    const agentAddress = () => Promise.resolve({ host, port });
    await sendAcknowledged(confirmed, {
      stream: "eio",
      address: agentAddress,
      onAck: () => {},
    });
    await rackwatch.breakDisk("speed");
    using agent = await connectAgent(address);
    await agent.send([lineNow("not-confirmed")]);
    expect(await rackwatch.process.exited).toBe(74);
    const told = await rackwatch.log(({ exit_code }) => exit_code === 74);
    expect(told.message).toContain("check the disk, then start again to recover");
  }
  await using next = up();
  const url = await next.url();
  await until(
    () => json<{ rows: number }[]>(`${url}/api/regions`).catch(() => []),
    (regions) => regions.reduce((sum, one) => sum + one.rows, 0) >= confirmed.length,
  );
  await until(
    () => json<Status>(`${url}/api/status`),
    ({ layers }) => layers.speed.state === "running",
  );
  expect(await next.stop()).toBe(0);
  const { stdout } = await run(["verify", "--json", ...data], store);
  const { same, runs } = JSON.parse(stdout);
  expect(same).toBe(true);
  // The line that was under way when the disk failed may be on it, or not.
  const rows = runs.reduce((sum: number, one: { rows: number }) => sum + one.rows, 0);
  expect([confirmed.length, confirmed.length + 1]).toContain(rows);
  await store.drop();
});
