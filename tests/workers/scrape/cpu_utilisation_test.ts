import { expect, test } from "bun:test";
import type { ExpositionSample } from "../../../src/sources/exposition.ts";
import { CpuUtilisation } from "../../../src/workers/speed/scrape/cpu_utilisation.ts";

function scrape(cpus: Readonly<Record<string, Readonly<Record<string, number>>>>) {
  return Object.entries(cpus).flatMap(([cpu, modes]) =>
    Object.entries(modes).map(([mode, value]): ExpositionSample => ({
      labels: { __name__: "node_cpu_seconds_total", cpu, mode },
      value,
      atMs: null,
    }))
  );
}

test("two scrapes give the share that was not idle, iowait or steal, over all CPUs", () => {
  const cpu = new CpuUtilisation();
  const before = scrape({
    0: { idle: 100, user: 50, iowait: 1, steal: 0 },
    1: { idle: 10, user: 5 },
  });
  expect(cpu.next(before)).toBeNull();
  const after = scrape({
    0: { idle: 106, user: 52, iowait: 2, steal: 1 },
    1: { idle: 12, user: 13 },
  });
  // 10 of 20 seconds.
  expect(cpu.next(after)).toBe(0.5);
});

test("a counter that fell gives nothing for once, and the next scrape does again", () => {
  const cpu = new CpuUtilisation();
  cpu.next(scrape({ 0: { idle: 100, user: 50 } }));
  expect(cpu.next(scrape({ 0: { idle: 1, user: 1 } }))).toBeNull();
  expect(cpu.next(scrape({ 0: { idle: 2, user: 4 } }))).toBe(0.75);
});

test("a CPU that came or went gives nothing for once", () => {
  const cpu = new CpuUtilisation();
  cpu.next(scrape({ 0: { idle: 100, user: 50 } }));
  expect(cpu.next(scrape({ 0: { idle: 101, user: 51 }, 1: { idle: 1, user: 1 } }))).toBeNull();
  expect(cpu.next(scrape({ 1: { idle: 2, user: 2 }, 2: { idle: 1, user: 1 } }))).toBeNull();
});

test("without such counters, or without time between, there is nothing", () => {
  const cpu = new CpuUtilisation();
  expect([cpu.next([]), cpu.next([])]).toEqual([null, null]);
  const same = scrape({ 0: { idle: 1 } });
  cpu.next(same);
  expect(cpu.next(same)).toBeNull();
});
