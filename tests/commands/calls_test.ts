/** Calls that need no store: exit codes, what goes to stdout, files written. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run, temporaryDirectory } from "../support/rackwatch.ts";

setDefaultTimeout(60_000);

const HISTORY = ["generate", "history", "--rows", "300", "--hosts", "3"];
const FILES = [
  "india_lab/server_metrics.csv",
  "us_cloud/cloud_metrics.json",
  "germany_hpc/cluster_metrics.parquet",
];

describe("a wrong call exits 2 with one line that says what would be right", () => {
  const calls: [string, string[], string][] = [
    ["an unknown flag", ["up", "--htp", "x"], "--http"],
    ["an unknown command", ["btach"], "batch"],
    ["a file that is not there", ["inspect", "/nowhere.csv"], "/nowhere.csv"],
    ["a benchmark that is not there", ["bench", "egress"], "ingest"],
    ["a word too many", ["verify", "me"], "me"],
    ["a replay of no live run", ["replay", "yesterday"], "stream_run_"],
    ["no rows at all", [...HISTORY, "--rows", "0"], "1–10000000"],
    ["a time without zone", [...HISTORY, "--end", "2026-01-31"], "2026-01-31T12:00:00Z"],
    ["another machine's interface without token", ["up", "--http", "0.0.0.0:0"], "RACKWATCH_TOKEN"],
    ["a feed that is no address", ["stream", "--feed", "here"], "--feed"],
  ];
  for (const [what, words, right] of calls) {
    test(what, async () => {
      await using directory = await temporaryDirectory();
      const { code, stdout, stderr } = await run([...words, "--data-dir", directory.path]);
      expect({ code, stdout, lines: stderr.trimEnd().split("\n").length })
        .toEqual({ code: 2, stdout: "", lines: 1 });
      expect(stderr).toContain(right);
    });
  }

  for (const command of [["up"], ["batch"], ["stream"], ["rebuild"], ["verify"]]) {
    test(`a declaration that is none: ${command}`, async () => {
      await using directory = await temporaryDirectory();
      const config = join(directory.path, "rackwatch.toml");
      await writeFile(config, `[[source]]\nname = "lab"\npath = "x.csv"\ntimezon = "UTC"\n`);
      const { code, stderr } = await run([
        ...command,
        ...["--config", config, "--data-dir", directory.path, "--http", "127.0.0.1:0"],
      ]);
      expect(code).toBe(2);
      expect(stderr).toContain("timezon");
      expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    });
  }
});

test("help fits a screen and names every command", async () => {
  const { code, stdout } = await run(["help"]);
  expect(code).toBe(0);
  const lines = stdout.trimEnd().split("\n");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
  for (const name of ["up", "batch", "replay RUN", "verify", "--data-dir", "RACKWATCH_TOKEN"]) {
    expect(stdout).toContain(name);
  }
});

describe("generate history", () => {
  test("the same seed and end give the same bytes, another seed gives others", async () => {
    await using directory = await temporaryDirectory();
    const words = [...HISTORY, "--end", "2026-01-31T12:00:00Z"];
    const written = async (name: string, seed: string) => {
      const dataDir = join(directory.path, name);
      const { code } = await run([...words, "--seed", seed, "--data-dir", dataDir]);
      expect(code).toBe(0);
      return await Promise.all(FILES.map((file) => readFile(join(dataDir, file))));
    };
    const first = await written("first", "7");
    expect(await written("second", "7")).toEqual(first);
    const other = await written("other", "8");
    other.forEach((bytes, index) => expect(bytes.equals(first[index]!)).toBe(false));
  });
});

describe("inspect", () => {
  test("--json prints one object on stdout, and nothing is written", async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, "rack.csv");
    await writeFile(path, "host,time,temp_fahrenheit\na,2026-01-31T12:00:00Z,212\nb,,1\n");
    const { code, stdout } = await run(["inspect", path, "--json", "--data-dir", directory.path]);
    expect(code).toBe(0);
    const inspection = JSON.parse(stdout);
    expect(inspection).toMatchObject({ format: "csv", accepted: 1, rejected: 1 });
    expect(inspection.rows[0].reading).toMatchObject({ host_id: "a", temp_c: 100 });
    expect(inspection.rejects[0]).toMatchObject({ code: "missing_field" });
  });

  test("of a URL, it is the same as of the file that it serves", async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, "rack.csv");
    await writeFile(path, "host,time,temp_fahrenheit\na,2026-01-31T12:00:00Z,212\n");
    const site = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => new Response(Bun.file(path)),
    });
    try {
      const inspected = async (what: string) => {
        const words = ["inspect", what, "--json", "--data-dir", directory.path];
        return JSON.parse((await run(words)).stdout) as Record<string, unknown>;
      };
      const { file, toml, ...told } = await inspected(`${site.url}lake/rack.csv`);
      expect(file).toBe(`${site.url}lake/rack.csv`);
      const of = await inspected(path);
      expect(toml).toBe(
        `# Save it in the data directory, and write its path there:\n${of["toml"]}`,
      );
      expect(of).toEqual({ ...told, file: path, toml: of["toml"] });
    } finally {
      await site.stop(true);
    }
  });

  test("of a damaged file says that it would be refused, and exits 1", async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, "cut.parquet");
    await writeFile(path, "PAR1 and then nothing");
    const { code, stdout, stderr } = await run(["inspect", path, "--json"]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ file: path, refused: expect.any(String) });
    expect(stderr).toContain("refused");
  });
});

test("a replay of a run that is not there exits 1 and names it", async () => {
  await using directory = await temporaryDirectory();
  const run_id = "stream_run_2026-01-31_12-00-00";
  const { code, stderr } = await run(["replay", run_id, "--data-dir", directory.path]);
  expect(code).toBe(1);
  expect(stderr).toContain(run_id);
});
