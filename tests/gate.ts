/**
 * The one gate: format, lint, types, tests on the embedded store and on a real PostgreSQL, the page
 * in a real Chromium, and the built executable. What can't be had is named loudly; with CI=true
 * that is a failure. Ends with the line `N passed, N failed`.
 */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { executableName } from "../build.ts";
import { missingAgents } from "./support/agents.ts";
import { findChromium } from "./support/chromium.ts";
import { type RunningPostgres, startPostgres } from "./support/postgres.ts";
import { countsOf } from "./support/test_counts.ts";

const ROOT = resolve(import.meta.dir, "..");
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

/** Runs `bun test` and adds its own counts; a run that did not come to its end is a failure. */
async function tests(): Promise<void> {
  say("tests: bun test");
  const child = Bun.spawn([process.execPath, "test", "--timeout", "60000"], {
    cwd: ROOT,
    env: environment,
    stdout: "pipe",
    stderr: "pipe",
  });
  const [, said] = await Promise.all([passOn(child.stdout), passOn(child.stderr)]);
  const code = await child.exited;
  const counts = countsOf(said);
  if (counts === null) {
    failed++;
    console.log(`-- the tests ended before their end, with exit code ${code}`);
    return;
  }
  passed += counts.passed;
  failed += counts.failed;
  if (counts.skipped > 0) missing.push(`${counts.skipped} tests were skipped`);
  if (counts.passed === 0 || (code !== 0 && counts.failed === 0)) {
    failed++;
    console.log(`-- the tests ended with exit code ${code}`);
  }
}

async function passOn(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    process.stdout.write(chunk);
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
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
