/**
 * Runs worlds by their seeds: `bun tests/simulation/run.ts --seeds 1000 [--from 0]`, or one of them
 * again, with all that happened in it: `--seed 42`. Exits 1 at the end where a check failed.
 */
import { runWorld, type WorldOptions } from "./world.ts";

const PROGRESS_MS = 10_000;
const SHOWN_MAX = 10;

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

const one = given("--seed");
const isWell = one === null
  ? await runSeeds(Number(given("--from") ?? 0), Number(given("--seeds") ?? 300))
  : await replay(Number(one));
process.exit(isWell ? 0 : 1);
