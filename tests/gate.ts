/**
 * The one gate: format, lint, types, tests on the embedded store and on a real PostgreSQL, the page
 * in a real Chromium, and the built executable. What can't be had is named loudly; with CI=true
 * that is a failure. Ends with the line `N passed, N failed`.
 */
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { executableName } from "../build.ts";
import { missingAgents } from "./support/agents.ts";
import { findChromium } from "./support/chromium.ts";
import { type RunningPostgres, startPostgres } from "./support/postgres.ts";
import { type PortionRun, portionRun, portionsOf, runPortions } from "./support/test_portions.ts";

const ROOT = resolve(import.meta.dir, "..");
/** Each has a browser, a server and an embedded store at times. */
const JOBS_MAX = 4;
const PORTION_MS_MAX = 900_000;
const PIPES_MS_MAX = 5_000;
const CI = process.env["CI"] === "true";
const environment: Record<string, string> = { ...process.env as Record<string, string> };
let passed = 0;
let failed = 0;
const missing: string[] = [];

function say(text: string): void {
  console.log(`\n== ${text}`);
}

async function step(name: string, command: string[]): Promise<void> {
  say(`${name}: ${command.join(" ")}`);
  const child = Bun.spawn(command, {
    cwd: ROOT,
    env: environment,
    stdout: "inherit",
    stderr: "inherit",
  });
  if (await child.exited === 0) passed++;
  else {
    failed++;
    console.log(`-- ${name} failed`);
  }
}

/** Runs all test files and adds their counts; what failed is named once more at the end. */
async function tests(): Promise<void> {
  const glob = new Bun.Glob("tests/**/*_test.ts");
  const portions = portionsOf(await Array.fromAsync(glob.scan({ cwd: ROOT })));
  const jobs = Math.min(availableParallelism(), JOBS_MAX);
  say(`tests: bun test, ${portions.length} portions, ${jobs} at a time`);
  const result = await runPortions(portions, { jobs, run: testsOf });
  passed += result.passed;
  failed += result.failed;
  if (result.skipped > 0) missing.push(`${result.skipped} tests were skipped`);
  if (result.passed === 0) failed++;
  for (const file of result.unsteady) {
    console.log(`!! UNSTEADY: ${file} failed beside others and passed when it was run again`);
  }
  for (const file of result.failedFiles) console.log(`-- ${file} failed twice`);
}

/** In a process of their own; what it says is shown in one piece, once it has ended. */
async function testsOf(files: readonly string[]): Promise<PortionRun> {
  const paths = files.map((file) => `./${file}`);
  const words = ["test", "--timeout", "60000", "--pass-with-no-tests", ...paths];
  const child = Bun.spawn([process.execPath, ...words], {
    cwd: ROOT,
    env: environment,
    stdout: "pipe",
    stderr: "pipe",
    // One that hangs, beyond the time that Bun gives each test.
    timeout: PORTION_MS_MAX,
    killSignal: "SIGKILL",
  });
  const out = collected(child.stdout), said = collected(child.stderr);
  const code = await child.exited;
  // What it started may hold its pipes, and outlive it.
  await Promise.race([Promise.all([out.ended, said.ended]), Bun.sleep(PIPES_MS_MAX)]);
  process.stdout.write(`${out.text()}${said.text()}\n`);
  if (child.signalCode !== null) {
    console.log(`-- ${files.join(", ")}: ended by ${child.signalCode}`);
  }
  return portionRun(files, said.text(), code);
}

function collected(stream: ReadableStream<Uint8Array>) {
  const decoder = new TextDecoder();
  let text = "";
  const ended = (async () => {
    for await (const chunk of stream) text += decoder.decode(chunk, { stream: true });
  })();
  return { ended, text: () => text };
}

/** With CI=true a missing server is an error; here it is told like everything that is missing. */
async function postgresOrNull(): Promise<RunningPostgres | null> {
  try {
    const running = await startPostgres();
    if (running !== null) return running;
    missing.push("PostgreSQL: install the package postgresql, or set TEST_DATABASE_URL");
  } catch (error) {
    missing.push(`PostgreSQL: ${(error as Error).message}`);
  }
  return null;
}

const startedMs = performance.now();
const deno = resolve(ROOT, "node_modules/.bin/deno");
await step("format", [deno, "fmt", "--check", "--quiet"]);
await step("lint", [deno, "lint", "--quiet"]);
await step("types", [resolve(ROOT, "node_modules/.bin/tsc"), "-p", "."]);
await step("build", [process.execPath, "run", "build.ts"]);
const executable = resolve(
  ROOT,
  "dist",
  executableName(null),
);
if (existsSync(executable)) environment["RACKWATCH_EXECUTABLE"] = executable;
else missing.push("the executable: the build made none");

const postgres = await postgresOrNull();
if (postgres !== null) environment["TEST_DATABASE_URL"] = postgres.url;
const chromium = findChromium();
if (chromium === null) missing.push("Chromium: install the package chromium, or set CHROMIUM_PATH");
else environment["CHROMIUM_PATH"] = chromium;
const agents = missingAgents();
if (agents.length > 0) {
  missing.push(
    `Agents: install ${agents.join(", ")} (Debian: collectd-core with libyajl2 for the first)`,
  );
}
await tests();
await postgres?.stop();

for (const what of missing) {
  console.log(`!! NOT TESTED: ${what}`);
  if (CI) failed++;
}
console.log(`\n${((performance.now() - startedMs) / 60_000).toFixed(1)} min`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
