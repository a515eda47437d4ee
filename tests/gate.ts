/**
 * The one gate: format, lint, types, tests on the embedded store and on a real PostgreSQL, the page
 * in a real Chromium, and the built executable. What can't be had is named loudly; with CI=true
 * that is a failure. Ends with the line `N passed, N failed`.
 */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { findChromium } from "./support/chromium.ts";
import { startPostgres } from "./support/postgres.ts";

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

/** Runs `bun test` and adds its own counts; a run that counted nothing is a failure. */
async function tests(): Promise<void> {
  say("tests: bun test");
  const child = Bun.spawn(["bun", "test", "--timeout", "60000"], {
    cwd: ROOT,
    env: environment,
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err] = await Promise.all([passOn(child.stdout), passOn(child.stderr)]);
  const code = await child.exited;
  const text = out + err;
  const count = (word: string) =>
    [...text.matchAll(new RegExp(`^\\s*(\\d+) ${word}$`, "gm"))].reduce(
      (n, m) => n + Number(m[1]),
      0,
    );
  passed += count("pass");
  failed += count("fail");
  const skipped = count("skip");
  if (skipped > 0) missing.push(`${skipped} tests were skipped`);
  if (count("pass") === 0 || (code !== 0 && count("fail") === 0)) failed++;
}

async function passOn(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    process.stdout.write(chunk);
    text += decoder.decode(chunk, { stream: true });
  }
  // deno-lint-ignore no-control-regex
  return text.replace(/\u001b\[[0-9;]*m/g, "");
}

const deno = resolve(ROOT, "node_modules/.bin/deno");
await step("format", [deno, "fmt", "--check", "--quiet"]);
await step("lint", [deno, "lint", "--quiet"]);
await step("types", [resolve(ROOT, "node_modules/.bin/tsc"), "-p", "."]);
await step("build", ["bun", "run", "build"]);
const executable = resolve(
  ROOT,
  process.platform === "win32" ? "dist/rackwatch.exe" : "dist/rackwatch",
);
if (existsSync(executable)) environment["RACKWATCH_EXECUTABLE"] = executable;
else missing.push("the executable: the build made none");

const postgres = await startPostgres();
if (postgres === null) {
  missing.push("PostgreSQL: install the package postgresql, or set TEST_DATABASE_URL");
} else environment["TEST_DATABASE_URL"] = postgres.url;
const chromium = findChromium();
if (chromium === null) missing.push("Chromium: install the package chromium, or set CHROMIUM_PATH");
else environment["CHROMIUM_PATH"] = chromium;
await tests();
await postgres?.stop();

for (const what of missing) {
  console.log(`!! NOT TESTED: ${what}`);
  if (CI) failed++;
}
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
