/**
 * Runs worlds by their seeds: `bun tests/simulation/run.ts --seeds 1000 [--from 0]`, or one of them
 * again, with all that happened in it: `--seed 42`. Exits 1 at the end where a check failed.
 */
import { runWorld, type WorldOptions } from "./world.ts";

const PROGRESS_MS = 10_000;
const SHOWN_MAX = 10;
const SLICE_SEEDS = 5_000;

const given = (name: string) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? null : process.argv[at + 1] ?? null;
};
const without = given("--without") as NonNullable<WorldOptions["without"]> | null ?? undefined;

async function replay(seed: number): Promise<boolean> {
  const first = await runWorld(seed, { without, onTrace: (line) => console.log(line) });
  const second = await runWorld(seed, { without });
  console.log(first);
  const isSame = first.traceHash === second.traceHash && first.events === second.events;
  console.log(isSame ? "the same twice" : "NOT the same twice: something in it is not simulated");
  return isSame && first.faults.length === 0;
}

async function runSeeds(from: number, count: number): Promise<boolean> {
  const startedMs = performance.now();
  let nextMs = startedMs + PROGRESS_MS, failed = 0, lines = 0, lives = 0;
  const told = (done: number) => {
    const seconds = (performance.now() - startedMs) / 1_000;
    console.log(
      `${done} seeds, ${failed} failed; ${lives} lives, ${lines} lines; ` +
        `${seconds.toFixed(0)} s, ${(done / seconds).toFixed(1)} seeds/s`,
    );
  };
  for (let seed = from; seed < from + count; seed++) {
    const result = await runWorld(seed, { without });
    lines += result.lines;
    lives += result.lives;
    if (result.faults.length > 0 && failed++ < SHOWN_MAX) {
      console.log(`seed ${seed} failed; again with --seed ${seed}`);
      for (const fault of result.faults.slice(0, SHOWN_MAX)) console.log(`  ${fault}`);
    }
    if (performance.now() < nextMs) continue;
    nextMs = performance.now() + PROGRESS_MS;
    told(seed - from + 1);
  }
  told(count);
  return failed === 0;
}

/** A process each: a killed life leaves promises that nobody settles, a quarter of a megabyte a world. */
async function runSlices(from: number, count: number): Promise<boolean> {
  let isWell = true;
  for (let first = from; first < from + count; first += SLICE_SEEDS) {
    const seeds = Math.min(SLICE_SEEDS, from + count - first);
    const defence = without === undefined ? [] : ["--without", without];
    const words = ["--from", String(first), "--seeds", String(seeds), ...defence];
    const child = Bun.spawn([process.execPath, import.meta.path, ...words], {
      stdout: "inherit",
      stderr: "inherit",
    });
    isWell = await child.exited === 0 && isWell;
  }
  return isWell;
}

function runMany(from: number, count: number): Promise<boolean> {
  return count <= SLICE_SEEDS ? runSeeds(from, count) : runSlices(from, count);
}

const one = given("--seed");
const isWell = one === null
  ? await runMany(Number(given("--from") ?? 0), Number(given("--seeds") ?? 300))
  : await replay(Number(one));
process.exit(isWell ? 0 : 1);
