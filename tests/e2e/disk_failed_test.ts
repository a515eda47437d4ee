/** A disk that fails for good under the real process: a file size limit is such an error (EFBIG). */
import { describe, expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { RunVerdict } from "../../src/workers/verify_run.ts";
import { json, run, start, temporaryDirectory, until } from "../support/rackwatch.ts";
import { wireLines } from "../workers/support/speed_lives.ts";
import { connectAgent } from "./support/agent.ts";
import { HOT_STORES } from "./support/hot_stores.ts";

const BASH = process.platform === "linux" ? Bun.which("bash") : null;
// The embedded store's own files are larger than the limit.
const postgres = HOT_STORES.find((kind) => kind.name === "PostgreSQL");

describe.if(BASH !== null && postgres !== undefined)("a disk that fails", () => {
  test("ends the process with 74, and the next start has all that was archived, once", async () => {
    await using directory = await temporaryDirectory();
    const store = postgres!.make();
    const words = [
      ...["up", "--no-demo", "--no-open", "--feed", "none", "--http", "127.0.0.1:0"],
      ...["--listen", "127.0.0.1:0", "--data-dir", directory.path],
    ];
    const limited = start(words, { ...store, enter: [BASH!, "-c", LIMITED, "bash"] });
    using agent = await connectAgent(await limited.address("listening for agents"));
    const text = wireLines(8_000);
    expect(text.length).toBeGreaterThan(LIMIT_BYTES);
    void agent.send(text.trimEnd().split("\n"));
    expect(await limited.process.exited).toBe(74);
    expect(limited.logLines.map((line) => line.message)).toContain("archive failed");
    const [runId] = await readdir(join(directory.path, "live_data"));
    const bytes = Bun.file(join(directory.path, "live_data", runId!, "part-000000.ndjson")).size;

    const again = start(words, store);
    const url = await again.url();
    await until(() => fetch(`${url}/readyz`), (response) => response.ok);
    const [archived] = (await json<{ run_id: string; lines: number }[]>(`${url}/api/runs`))
      .filter((one) => one.run_id === runId);
    expect(archived!.lines).toBeGreaterThan(0);
    await until(
      () => json<{ rows: number }[]>(`${url}/api/regions`),
      (regions) => regions.reduce((sum, one) => sum + one.rows, 0) === archived!.lines,
    );
    expect(bytes).toBeLessThanOrEqual(LIMIT_BYTES);
    expect(await again.stop()).toBe(0);
    const { code, stdout } = await run(["verify", "--json", "--data-dir", directory.path], store);
    expect(JSON.parse(stdout).runs.flatMap((one: RunVerdict) => one.differences)).toEqual([]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).runs[0]).toMatchObject({ run: runId, rows: archived!.lines });
    await store.drop();
  }, 60_000);
});

const LIMIT_BYTES = 512 * 1_024;
/** Without the trap the kernel ends the process by SIGXFSZ. */
const LIMITED = `trap '' XFSZ; ulimit -f ${LIMIT_BYTES / 1_024}; exec "$@"`;
