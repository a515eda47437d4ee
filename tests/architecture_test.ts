/**
 * Holds the picture of docs/ARCHITECTURE.md against the imports: which room may look into which.
 */
import { describe, expect, test } from "bun:test";
import { dirname, relative, resolve } from "node:path";
import { Glob } from "bun";

const ROOT = resolve(import.meta.dir, "..");
const BASE = ["units", "limits", "model", "runtime", "log"];
const LEAVES = ["sources", "mapping", "archive", "rollup", "alerts", "store", "live", "generator"];
/** Command line and configuration: pure, read by commands and workers only. */
const EDGE = ["settings", "cli", "config"];

/** Room → rooms it may import. Its own files always. */
const PICTURE: Readonly<Record<string, readonly string[]>> = {
  units: [],
  limits: [],
  model: ["units", "limits"],
  runtime: ["model", "limits"],
  log: ["model"],
  ...Object.fromEntries(LEAVES.map((room) => [room, BASE])),
  settings: [],
  cli: ["settings"],
  config: ["settings", "cli", "log", "runtime", "limits"],
  browser: ["model", "units"],
  islands: ["browser", "model", "units"],
  assets: ["runtime", "log"],
  // src/server/: what every route stands on. src/server.ts: the site, all routes mounted.
  // Of sources: how a body that an agent sends becomes lines.
  server: [...BASE, "sources", "store", "live", "assets"],
  routes: [...BASE, "sources", "store", "live", "server", "islands", "assets", "browser"],
  "server.ts": [...BASE, "server", "routes"],
  workers: [...BASE, ...LEAVES, ...EDGE, "assets"],
  bench: [...BASE, "cli", "generator", "workers"],
  commands: [...BASE, ...LEAVES, ...EDGE, "assets", "workers", "server.ts", "bench"],
  main: [...BASE, ...EDGE, "commands"],
};

/** `src/store/writer.ts` → store; `src/log.ts` → log; `routes/x.ts` → routes. */
function room(path: string): string {
  if (path === "src/server.ts") return "server.ts";
  const [first = "", second] = path.split("/");
  const name = first === "src" ? second ?? "" : first;
  return name.replace(/\.tsx?$/, "");
}

async function imports(path: string): Promise<string[]> {
  const text = await Bun.file(resolve(ROOT, path)).text();
  const found = text.matchAll(/(?:^|\n)\s*(?:import|export)\b[^"';]*?from\s+"(\.[^"]+)"/g);
  const bare = text.matchAll(/\bimport\s*\(?\s*"(\.[^"]+)"/g);
  return [...found, ...bare].map((match) =>
    relative(ROOT, resolve(ROOT, dirname(path), match[1]!))
  );
}

// One pattern after the other: Bun's Glob finds nothing by braces within braces.
const FILES = (await Promise.all(
  ["main.ts", "{src,routes,islands}/**/*.{ts,tsx}"].map((pattern) =>
    Array.fromAsync(new Glob(pattern).scan({ cwd: ROOT }))
  ),
)).flat().map((path) => path.replaceAll("\\", "/")).sort();

describe("the house", () => {
  test("is looked through whole", () => {
    const rooms = new Set(FILES.map(room));
    expect(Object.keys(PICTURE).filter((name) => !rooms.has(name))).toEqual([]);
  });

  test("has a place in the picture for every room", () => {
    const unknown = [...new Set(FILES.map(room))].filter((name) => !(name in PICTURE));
    expect(unknown).toEqual([]);
  });

  test("imports only in the directions of the picture", async () => {
    const wrong: string[] = [];
    for (const file of FILES) {
      const from = room(file);
      for (const target of await imports(file)) {
        const to = room(target);
        if (!/\.tsx?$/.test(target)) continue;
        if (to !== from && !PICTURE[from]?.includes(to)) wrong.push(`${file} → ${target}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test("names its JSX runtime in every file, so that it runs from any folder", async () => {
    const wrong: string[] = [];
    for (const file of FILES.filter((one) => one.endsWith(".tsx"))) {
      const [first] = (await Bun.file(resolve(ROOT, file)).text()).split("\n");
      if (first !== "/** @jsxImportSource preact */") wrong.push(file);
    }
    expect(wrong).toEqual([]);
  });

  test("imports files by their full name", async () => {
    const wrong: string[] = [];
    for (const file of FILES) {
      for (const target of await imports(file)) {
        if (!(await Bun.file(resolve(ROOT, target)).exists())) wrong.push(`${file} → ${target}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
