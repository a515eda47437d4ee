/**
 * Builds the executable: one file with the program, its workers, the page and the embedded store
 * inside.
 *
 *     bun run build                     dist/rackwatch, for this machine
 *     bun run build:all                 dist/rackwatch-<platform> for each of TARGETS
 *     bun run build.ts TARGET…          those
 *     bun run build.ts --outdir DIR …   into another directory
 *
 * For another platform Bun takes its own runtime from the npm registry, at build time.
 */
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { buildClient, embedClient } from "./src/assets/build_client.ts";
import { WORKER_ENTRY_POINTS } from "./src/workers/spawn.ts";

export const TARGETS = {
  "linux-x64": "bun-linux-x64",
  "linux-arm64": "bun-linux-arm64",
  "darwin-arm64": "bun-darwin-arm64",
  "darwin-x64": "bun-darwin-x64",
  "windows-x64": "bun-windows-x64",
} as const satisfies Record<string, Bun.Build.CompileTarget>;

type TargetName = keyof typeof TARGETS;

/** What the executable of a target is called; null: this machine's. */
export function executableName(target: TargetName | null): string {
  const windows = target === null ? process.platform === "win32" : target.startsWith("windows");
  return `rackwatch${target === null ? "" : `-${target}`}${windows ? ".exe" : ""}`;
}

/** @param target Null: this machine's. */
async function build(target: TargetName | null, directory: string): Promise<void> {
  const startedMs = performance.now();
  const outfile = join(directory, executableName(target));
  const result = await Bun.build({
    entrypoints: ["main.ts", ...WORKER_ENTRY_POINTS].map((path) => join(import.meta.dir, path)),
    root: import.meta.dir,
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

/** Takes `--outdir DIR` out of the words. */
function directoryOf(words: string[]): string {
  const at = words.indexOf("--outdir");
  if (at < 0) return "dist";
  const [, directory] = words.splice(at, 2);
  if (directory !== undefined) return directory;
  console.error("build: --outdir needs a directory: --outdir DIR");
  process.exit(2);
}

if (import.meta.main) {
  const words = process.argv.slice(2);
  const directory = directoryOf(words);
  const targets = targetsOf(words);
  await mkdir(directory, { recursive: true });
  for (const target of targets) await build(target, directory);
}
