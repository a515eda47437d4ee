/** One BMC asked by what the configuration says, on real sockets and a real clock. */
import { SILENT_LOG } from "../../../src/log.ts";
import { REAL_CLOCK } from "../../../src/runtime/clock.ts";
import { liveMapping } from "../../../src/workers/speed/live_mapping.ts";
import { Scrapers, type ScrapersOptions } from "../../../src/workers/speed/scrape/scrapers.ts";
import { until } from "../../support/rackwatch.ts";

export interface ArchivedRound {
  readonly temp_c: number | null;
  readonly power_watts: number | null;
  readonly voltage: number | null;
  readonly taken_from: Readonly<Record<string, string>>;
  readonly sensors: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** Asks until the claim holds, and stops; by default after the first round. */
export async function asked(
  table: Readonly<Record<string, unknown>>,
  holds: (scrapers: Scrapers, lines: readonly string[]) => boolean = (scrapers) =>
    scrapers.status[0]!.up !== null,
  more: Partial<Pick<ScrapersOptions, "log" | "where" | "clock">> = {},
) {
  const lines: string[] = [];
  const stop = new AbortController();
  const scrapers = new Scrapers({
    tables: { scrapes: [], redfish: [{ every_s: 60, ...table }] },
    where: "test",
    mapping: liveMapping([], "test"),
    archive: (bytes) => {
      lines.push(...new TextDecoder().decode(bytes).split("\n").filter((line) => line !== ""));
      return Promise.resolve({ kind: "archived" });
    },
    isHeld: () => false,
    clock: REAL_CLOCK,
    random: { next: () => 0 },
    log: SILENT_LOG,
    ...more,
  });
  const running = scrapers.run(stop.signal);
  await until(() => Promise.resolve(), () => holds(scrapers, lines));
  stop.abort();
  await running;
  const rounds = lines.map((line) => JSON.parse(line) as ArchivedRound);
  return { lines, rounds, status: scrapers.status[0]! };
}
