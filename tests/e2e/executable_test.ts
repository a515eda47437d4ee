/** The built executable where nothing else is: an empty folder, no PATH, no HOME. */
import { afterAll, describe, expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import packageJson from "../../package.json";
import type { Status } from "../../src/model/status.ts";
import { builtExecutable } from "../support/executable.ts";
import { json, run, start, type Started, temporaryDirectory, until } from "../support/rackwatch.ts";
import { HOT_STORES } from "./support/hot_stores.ts";

// The default command on addresses of its own; naming a feed would turn the demo off.
const DEMO = ["up", "--demo", "--http", "127.0.0.1:0", "--feed", "tcp://127.0.0.1:0"];

const built = await builtExecutable();
if (built !== null) {
  afterAll(() => built.remove());
  describe("the executable, in an empty folder without PATH and HOME", () => tests(built.path));
}

async function alone(path: string, words: readonly string[], directory: string) {
  const done = await run(words, { executable: path, directory, bare: true });
  expect([words.join(" "), done.code, done.stderr.includes('"level":"error"')])
    .toEqual([words.join(" "), 0, false]);
  return done.stdout;
}

function tests(path: string): void {
  test("says its version and its help, and leaves the folder empty", async () => {
    await using directory = await temporaryDirectory();
    expect(await alone(path, ["--version"], directory.path)).toBe(`${packageJson.version}\n`);
    expect(await alone(path, ["help"], directory.path)).toContain("generate history");
    expect(await readdir(directory.path)).toEqual([]);
  });

  test("generates history, inspects it, loads it with its own store, and once only", async () => {
    await using directory = await temporaryDirectory();
    const generated = await alone(path, ["generate", "history"], directory.path);
    const files = [...generated.matchAll(/ (\S+\.(?:csv|json|parquet))$/gm)].map((one) => one[1]!);
    expect(files.length).toBe(3);
    for (const file of files) {
      const inspected = await alone(path, ["inspect", "--json", file], directory.path);
      expect(JSON.parse(inspected)).toMatchObject({ file });
    }
    const batch = async () =>
      JSON.parse(await alone(path, ["batch", "--json"], directory.path)) as unknown;
    expect(await batch()).toMatchObject({ rowsRead: 30_000, rowsLoaded: 30_000, rowsRejected: 0 });
    expect(await batch()).toMatchObject({ rowsLoaded: 0 });
  }, 60_000);

  for (const kind of HOT_STORES) {
    test(
      `shows the demo on ${kind.name}: history, live lines, the page with its files`,
      async () => {
        await using directory = await temporaryDirectory();
        const store = kind.make();
        await using rackwatch = start([...DEMO, "--rate", "50"], {
          executable: path,
          directory: directory.path,
          environment: store.environment,
          bare: true,
        });
        const url = await rackwatch.url();
        const { layers, mode, version } = await until(
          () => json<Status>(`${url}/api/status`),
          ({ layers: { batch, speed } }) => batch.files === 3 && speed.committed_rows > 50,
        );
        expect({ mode, version }).toEqual({ mode: "demo", version: packageJson.version });
        expect(layers.batch).toMatchObject({ rows_loaded: 30_000, rows_rejected: 0 });
        await expectPage(url);
        expect(await readdir(directory.path)).toEqual(["data"]);
        await expectStop(rackwatch);
        await store.drop();
      },
      60_000,
    );
  }
}

/** Everything that the document names is there, with its own type. */
async function expectPage(url: string): Promise<void> {
  const page = await fetch(`${url}/`);
  expect(page.headers.get("content-type")).toStartWith("text/html");
  const text = await page.text();
  const named = [...text.matchAll(/<(?:script|link)\b[^>]*?(?:src|href)="([^"]+)"/g)];
  const types: string[] = [];
  for (const [, path] of named) {
    const file = await fetch(new URL(path!, url));
    expect([path, file.status]).toEqual([path, 200]);
    expect((await file.text()).length).toBeGreaterThan(100);
    types.push((file.headers.get("content-type") ?? "").split(";")[0]!);
  }
  expect([...new Set(types)].sort()).toEqual(["image/svg+xml", "text/css", "text/javascript"]);
}

async function expectStop(rackwatch: Started): Promise<void> {
  expect(await rackwatch.stop()).toBe(0);
  expect(rackwatch.logLines.filter((line) => line.level === "error")).toEqual([]);
}
