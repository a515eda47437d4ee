/**
 * Builds the executable: one file with the program, its workers, the page and the embedded store
 * inside.
 *
 *     bun run build               dist/rackwatch, for this machine
 *     bun run build:all           dist/rackwatch-<platform> for each of TARGETS
 *     bun run build.ts TARGET…    those
 *
 * For another platform Bun takes its own runtime from the npm registry, at build time.
 */
import { mkdir, stat } from "node:fs/promises";
import { buildClient, embedClient } from "./src/assets/build_client.ts";
import { WORKER_ENTRY_POINTS } from "./src/workers/spawn.ts";

const TARGETS = {
  "linux-x64": "bun-linux-x64",
  "linux-arm64": "bun-linux-arm64",
  "darwin-arm64": "bun-darwin-arm64",
  "darwin-x64": "bun-darwin-x64",
  "windows-x64": "bun-windows-x64",
} as const satisfies Record<string, Bun.Build.CompileTarget>;

type TargetName = keyof typeof TARGETS;

/** @param target Null: this machine's. */
async function build(target: TargetName | null): Promise<void> {
  const startedMs = performance.now();
  const windows = target === null ? process.platform === "win32" : target.startsWith("windows");
  const outfile = `dist/rackwatch${target === null ? "" : `-${target}`}${windows ? ".exe" : ""}`;
  const result = await Bun.build({
    entrypoints: ["./main.ts", ...WORKER_ENTRY_POINTS.map((path) => `./${path}`)],
    target: "bun",
    minify: { syntax: true, whitespace: true, identifiers: false },
    plugins: [embedClient(await buildClient())],
    compile: {
      ...(target === null ? {} : { target: TARGETS[target] }),
      outfile,
      // What lies in the folder it is started from is no part of it.
      autoloadDotenv: false,
      autoloadBunfig: false,
    },
    throw: false,
  });
  if (!result.success) {
    throw new Error(`Cannot build ${outfile}: ${result.logs.map(String).join("; ")}`);
  }
  const megabytes = ((await stat(outfile)).size / 1e6).toFixed(0);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(`${outfile}  ${megabytes} MB  ${seconds} s`);
}

function targetsOf(words: readonly string[]): (TargetName | null)[] {
  const names = Object.keys(TARGETS) as TargetName[];
  if (words.length === 0) return [null];
  if (words.includes("all")) return names;
  const wrong = words.find((word) => !(word in TARGETS));
  if (wrong !== undefined) {
    console.error(`build: there is no target "${wrong}"; targets are all, ${names.join(", ")}`);
    process.exit(2);
  }
  return words as TargetName[];
}

await mkdir("dist", { recursive: true });
for (const target of targetsOf(process.argv.slice(2))) await build(target);
