/** An agent's token from its creation to its end, by the commands, beside a running process. */
import { expect, test } from "bun:test";
import type { Status } from "../../src/model/status.ts";
import { json, run, start, temporaryDirectory, until } from "../support/rackwatch.ts";
import { connectAgent, lineNow } from "./support/agent.ts";

test("an agent with a token of its own is let in until it is taken back", async () => {
  await using directory = await temporaryDirectory();
  const dataDir = ["--data-dir", directory.path];
  await using rackwatch = start([
    ...["up", "--no-demo", "--no-open", "--feed", "none", ...dataDir],
    ...["--http", "127.0.0.1:0", "--listen", "127.0.0.1:0"],
  ]);
  const url = await rackwatch.url();
  const at = await rackwatch.address("listening for agents");
  const created = await run(["token", "create", "rack-7", ...dataDir]);
  const token = created.stdout.trim();
  expect(token).toMatch(/^rwa_[\w-]{43}$/);
  expect((await run(["token", "list", "--json", ...dataDir])).stdout).toContain('"name":"rack-7"');

  using agent = await connectAgent(at);
  await agent.send([JSON.stringify({ token }), lineNow("rack-7-a")]);
  // From the first token on, whoever has none is not let in.
  using stranger = await connectAgent(at);
  await stranger.send([lineNow("stranger")]);
  const { layers: { speed } } = await until(
    () => json<Status>(`${url}/api/status`),
    (status) => status.layers.speed.committed_rows === 1,
  );
  expect(speed.received_lines).toBe(1);
  await rackwatch.log((line) => line.message === "agent refused");

  const revoked = await run(["token", "revoke", "rack-7", ...dataDir]);
  expect(revoked.code).toBe(0);
  expect(revoked.stderr).toContain("it was the last one");
  const cut = await rackwatch.log((line) => line["reason"] === "the token was revoked");
  expect(cut["code"]).toBe("unauthorized");
  // Nor is it by HTTP, though no token is left to be asked for.
  const headers = { Authorization: `Bearer ${token}` };
  const body = lineNow("rack-7-a");
  for (const request of [{ headers, body }, { body }]) {
    expect((await fetch(`${url}/ingest`, { method: "POST", ...request })).status).toBe(401);
  }
  expect((await run(["token", "revoke", "rack-7", ...dataDir])).code).toBe(2);
}, 60_000);
