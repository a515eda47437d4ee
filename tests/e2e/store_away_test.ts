/** A PostgreSQL that comes and goes: the archive goes on, the hot store catches up, nothing doubles. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Status } from "../../src/model/status.ts";
import { json, run, start, temporaryDirectory, until } from "../support/rackwatch.ts";
import { wireLines } from "../workers/support/speed_lives.ts";
import { HOT_STORES } from "./support/hot_stores.ts";
import { TcpGate } from "./support/tcp_gate.ts";

setDefaultTimeout(60_000);

const postgres = HOT_STORES.find((kind) => kind.name === "PostgreSQL");

describe.if(postgres !== undefined)("with PostgreSQL behind a network that fails", () => {
  test("away at the start and cut again and again, every line is there once", async () => {
    await using directory = await temporaryDirectory();
    const store = postgres!.make();
    const direct = store.environment["DATABASE_URL"]!;
    using gate = new TcpGate(direct);
    const words = ["up", "--no-demo", "--no-open", "--feed", "none", "--http", "127.0.0.1:0"];
    const rackwatch = start(
      [...words, "--listen", "127.0.0.1:0", "--data-dir", directory.path],
      { environment: { DATABASE_URL: gate.url } },
    );
    const url = await rackwatch.url();
    const { hostname, port } = await rackwatch.address("listening for agents");
    const agent = await Bun.connect({ hostname, port, socket: { data: () => {} } });
    const speed = async () => (await json<Status>(`${url}/api/status`)).layers.speed;
    let lines = 0;
    const send = async (count: number) => {
      agent.write(wireLines(count));
      agent.flush();
      lines += count;
      await until(speed, ({ archived_lines }) => archived_lines === lines);
    };

    await send(300);
    const away = await json<Status>(`${url}/api/status`);
    expect(away.layers.speed).toMatchObject({ committed_rows: 0, pending_lines: 300 });
    expect(away.store.state).not.toBe("ready");

    gate.open();
    await until(speed, ({ pending_lines }) => pending_lines === 0);
    for (let round = 0; round < 4; round++) {
      // Cut at whatever point of the commit it is at.
      const sent = send(200);
      gate.cut();
      await sent;
      await until(speed, ({ lag_ms }) => lag_ms > 300);
      gate.open();
      await until(speed, ({ pending_lines }) => pending_lines === 0);
    }
    expect(await speed()).toMatchObject({ committed_rows: lines, last_error: null });

    // With nothing to write it is noticed as well, both ways; the process is alive throughout.
    const ready = () => fetch(`${url}/readyz`);
    await until(ready, ({ status }) => status === 200);
    gate.cut();
    const missing = await until(ready, ({ status }) => status === 503);
    expect(await missing.text()).toContain("the hot store");
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    gate.open();
    await until(ready, ({ status }) => status === 200);
    agent.end();
    expect(await rackwatch.stop()).toBe(0);

    const verified = await run(["verify", "--json", "--data-dir", directory.path], store);
    expect(JSON.parse(verified.stdout)).toMatchObject({ same: true, runs: [{ rows: lines }] });
    await store.drop();
  });
});
