import { describe, expect, test } from "bun:test";
import type { UpkeepWork } from "../../src/server/context.ts";
import { errorCode, testServer } from "./context.ts";

const JSON_TYPE = { "Content-Type": "application/json" };

async function* done(work: UpkeepWork) {
  yield { progress: { step: "starting", fraction: 0, lines: 0, what: "" } };
  yield { result: { job: work } };
}

function post(
  path: string,
  body: string,
  headers: Record<string, string> = JSON_TYPE,
  busy = false,
) {
  const { app } = testServer({ upkeep: (work) => busy ? null : done(work) });
  return app.request(path, { method: "POST", body, headers });
}

describe("work on the whole store", () => {
  test("is told as NDJSON, the result last", async () => {
    const response = await post("/api/verify", "{}");
    expect(response.headers.get("content-type")).toContain("application/x-ndjson");
    const lines = (await response.text()).trim().split("\n").map((line) => JSON.parse(line));
    expect(lines).toMatchObject([{ progress: { fraction: 0 } }, { result: { job: "verify" } }]);
  });

  test("a rebuild with dry_run is a preview", async () => {
    expect(await (await post("/api/rebuild", '{"dry_run":true}')).text()).toContain('"preview"');
    expect(await (await post("/api/rebuild", "")).text()).toContain('"rebuild"');
  });

  test.each([
    ["/api/verify", '{"dry_run":true}'],
    ["/api/rebuild", '{"dry_run":1}'],
    ["/api/rebuild", '{"dryrun":true}'],
    ["/api/rebuild", "[]"],
  ])("%s refuses the body %s", async (path, body) => {
    const response = await post(path, body);
    expect(response.status).toBe(400);
    expect(await errorCode(response)).toBe("invalid_body");
  });

  test("a form of another site can't start it", async () => {
    expect((await post("/api/rebuild", "", { "Content-Type": "text/plain" })).status).toBe(415);
  });

  test("a second one is told to wait", async () => {
    const response = await post("/api/rebuild", "{}", JSON_TYPE, true);
    expect(response.status).toBe(409);
    expect(await errorCode(response)).toBe("busy");
  });

  test("a process that only reads the store refuses", async () => {
    const { app } = testServer();
    const response = await app.request("/api/verify", {
      method: "POST",
      body: "{}",
      headers: JSON_TYPE,
    });
    expect(await errorCode(response)).toBe("not_the_writer");
  });
});
