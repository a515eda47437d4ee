/** Two benchmarks for real, as small as they come, on the embedded store. Never a word on speed. */
import { expect, setDefaultTimeout, test } from "bun:test";
import type { BenchResult } from "../../src/bench/result.ts";
import { run, temporaryDirectory } from "../support/rackwatch.ts";

setDefaultTimeout(120_000);

async function bench(words: readonly string[]): Promise<BenchResult> {
  await using directory = await temporaryDirectory();
  const { code, stdout, stderr } = await run(["bench", ...words, "--json"], {
    // Whatever it makes for itself lies in here, and is looked at below.
    environment: { TMPDIR: directory.path },
  });
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  const left = await Array.fromAsync(
    new Bun.Glob("rackwatch-bench-*").scan({ cwd: directory.path, onlyFiles: false }),
  );
  expect(left).toEqual([]);
  return JSON.parse(stdout) as BenchResult;
}

const goalNamed = (result: BenchResult, name: string) =>
  result.goals.find((goal) => goal.name === name);

test("bench latency sees every probe in a frame, hears of alerts, and verify agrees", async () => {
  const result = await bench([
    "latency",
    ...["--embedded", "--seconds", "1", "--rate", "100", "--hosts", "30"],
  ]);
  expect(result).toMatchObject({ bench: "latency", machine: expect.stringContaining("Bun") });
  expect(result.figures["probes"]).toBeGreaterThan(0);
  expect(result.figures["alerts"]).toBeGreaterThan(0);
  expect(goalNamed(result, "probes that a frame never held")).toMatchObject({
    value: 0,
    met: true,
  });
  expect(goalNamed(result, "runs that verify finds different")).toMatchObject({ met: true });
});

test("bench start sees the chart move on a fresh directory and on that one again", async () => {
  const result = await bench(["start", "--runs", "1"]);
  expect(result.figures).toMatchObject({
    "runs": 1,
    "fresh data directory, seconds to a moving chart": expect.any(Number),
    "existing one, seconds to a moving chart": expect.any(Number),
  });
  expect(result.goals).toHaveLength(3);
  expect(goalNamed(result, "runs that verify finds different")).toMatchObject({ met: true });
});
