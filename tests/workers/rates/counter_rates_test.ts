/** Prometheus' counters by remote write: what becomes a rate, and where there is none. */
import { describe, expect, test } from "bun:test";
import { LIMITS } from "../../../src/limits.ts";
import type { Reading } from "../../../src/model/reading.ts";
import { type Modes, Pushed, scrape, series, START_MS, told } from "./pushed.ts";

/** One CPU that was busy for `busy` of 10 s in each of so many tens of seconds. */
function seconds(tens: number, busy = 3): Modes {
  return { idle: 1_000 + tens * (9 - busy), iowait: tens, user: 50 + tens * busy, system: 9 };
}

/** Scrapes 10 s apart, as they come; each of so many CPUs as `cpusAt` gives. */
function scraped(
  count: number,
  cpusAt: (tens: number) => readonly Modes[] | null,
  pushed = new Pushed(),
): Reading[] {
  return Array.from({ length: count }, (_, tens) => {
    const cpus = cpusAt(tens);
    return cpus === null ? [] : pushed.push(scrape(tens * 10, cpus), START_MS + tens * 10_000);
  }).flat();
}

const timesOf = (readings: readonly Reading[]) => told(readings).map(({ at_s }) => at_s);

describe("CPU seconds", () => {
  test("become the share of time that was not idle, iowait or steal, over all CPUs", () => {
    const readings = scraped(5, (tens) => [seconds(tens, 2), seconds(tens, 5)]);
    expect(told(readings)).toEqual([10, 20, 30, 40].map((at_s) => ({
      host_id: "h:9100",
      at_s,
      cpu_load: 35,
    })));
  });

  test("give nothing until the second time of the same set is some seconds old", () => {
    const pushed = new Pushed();
    const push = (tens: number, arrivalS: number) =>
      timesOf(pushed.push(scrape(tens * 10, [seconds(tens)]), START_MS + arrivalS * 1_000));
    expect([push(0, 0), push(1, 10), push(2, 20), push(3, 24.9)]).toEqual([[], [], [], []]);
    expect(push(4, 25)).toEqual([10, 20, 30, 40]);
  });

  test("of several hosts in one body are kept apart, by all their labels", () => {
    const pushed = new Pushed();
    const readings = [0, 1, 2, 3].flatMap((tens) =>
      pushed.push([
        ...scrape(tens * 10, [seconds(tens, 1)], { instance: "a:1" }),
        ...scrape(tens * 10, [seconds(tens, 8)], { instance: "b:1", region: "Lab" }),
      ], START_MS + tens * 10_000)
    );
    expect(readings.map(({ host_id, region, cpu_load }) => [host_id, region, cpu_load])).toEqual([
      ...Array<(string | number)[]>(3).fill(["a:1", "Unknown", 10]),
      ...Array<(string | number)[]>(3).fill(["b:1", "Lab", 80]),
    ]);
  });

  test("that fell give nothing for once", () => {
    const readings = scraped(7, (tens) => [seconds(tens < 4 ? tens + 100 : tens - 4)]);
    expect(timesOf(readings)).toEqual([10, 20, 30, 50, 60]);
  });

  test("of a CPU that came are of those before it, then nothing for once", () => {
    const readings = scraped(
      9,
      (tens) => tens < 4 ? [seconds(tens, 1)] : [seconds(tens, 1), seconds(tens, 7)],
    );
    expect(told(readings).map(({ at_s, cpu_load }) => [at_s, cpu_load])).toEqual([
      [10, 10],
      [20, 10],
      [30, 10],
      [40, 10],
      [60, 40],
      [70, 40],
      [80, 40],
    ]);
  });

  test("of a CPU that went give nothing until it is out of the set, and go on", () => {
    const readings = scraped(
      13,
      (tens) => tens < 4 ? [seconds(tens, 1), seconds(tens, 7)] : [seconds(tens, 1)],
    );
    const after = told(readings).filter(({ at_s }) => at_s > 30);
    expect(new Set(after.map(({ cpu_load }) => cpu_load))).toEqual(new Set([10]));
    expect(after.map(({ at_s }) => at_s)).toEqual([80, 90, 100, 110, 120]);
  });

  test("over a gap longer than the limit give nothing", () => {
    const gap = LIMITS.counterGapMsMax / 10_000;
    const readings = scraped(
      gap + 8,
      (tens) => tens > 3 && tens <= gap + 3 ? null : [seconds(tens)],
    );
    const after = timesOf(readings).filter((at) => at > 30);
    expect(after[0]).toBe((gap + 5) * 10);
  });

  test("over a shorter gap are a rate over the gap", () => {
    const readings = scraped(8, (tens) => tens > 3 && tens < 6 ? null : [seconds(tens)]);
    expect(timesOf(readings)).toEqual([10, 20, 30, 60, 70]);
  });

  test("of which a sample is missing give nothing for that time", () => {
    const readings = scraped(6, (tens) => {
      const { iowait: _iowait, ...rest } = seconds(tens);
      return [tens === 4 ? rest : seconds(tens)];
    });
    expect(timesOf(readings)).toEqual([10, 20, 30, 50]);
  });

  test("that come again, or late, change nothing", () => {
    const pushed = new Pushed();
    const all = Array.from({ length: 6 }, (_, tens) => {
      const body = scrape(tens * 10, [seconds(tens)]);
      const late = tens < 2 ? [] : scrape(tens * 10 - 20, [seconds(9)]);
      return pushed.push([...body, ...late, ...body], START_MS + tens * 10_000);
    });
    expect(told(all.flat()).map(({ at_s, cpu_load }) => [at_s, cpu_load]))
      .toEqual([[10, 30], [20, 30], [30, 30], [40, 30], [50, 30]]);
  });

  test("after a restart in the middle of a body give no rate over a part of the CPUs", () => {
    const pushed = new Pushed();
    const cpus = (tens: number) => [seconds(tens, 1), seconds(tens, 7)];
    const readings = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((tens) => {
      const lines = scrape(tens * 10, cpus(tens));
      const arrivalMs = START_MS + tens * 10_000;
      if (tens !== 3) return pushed.push(lines, arrivalMs);
      pushed.restart();
      return pushed.push(lines.slice(5), arrivalMs);
    });
    expect(told(readings).map(({ at_s, cpu_load }) => [at_s, cpu_load]))
      .toEqual([[50, 40], [60, 40], [70, 40]]);
  });

  test("of which only the unused modes are sent are a share of the time that went by", () => {
    const readings = scraped(4, (tens) => {
      const { idle, iowait } = seconds(tens, 4) as { idle: number; iowait: number };
      return [{ idle, iowait }, { idle, iowait }];
    });
    expect(told(readings).map(({ cpu_load }) => cpu_load)).toEqual([40, 40, 40]);
  });

  test("without idle time, or without user time beside system's, give nothing", () => {
    expect(scraped(6, (tens) => [{ user: tens, system: tens, iowait: tens }])).toEqual([]);
    expect(scraped(6, (tens) => [{ idle: tens * 9, system: tens }])).toEqual([]);
  });

  test("that gained far less, or more, than the time that went by give nothing", () => {
    expect(scraped(6, (tens) => [{ idle: tens * 2, user: tens, system: 1 }])).toEqual([]);
    expect(scraped(6, (tens) => [{ idle: tens * 20, user: tens, system: 1 }])).toEqual([]);
  });

  test("of a host whose clock was set back begin anew once that has lasted", () => {
    const pushed = new Pushed();
    const times = Array.from({ length: 70 }, (_, tens) => {
      const atS = tens * 10 - (tens < 5 ? 0 : 7_200);
      return timesOf(pushed.push(scrape(atS, [seconds(tens)]), START_MS + tens * 10_000));
    });
    expect(times.slice(5, 65).flat()).toEqual([]);
    expect(times.at(-1)).toEqual([690 - 7_200]);
  });
});

describe("RAPL's joules", () => {
  const zones = (at: number, watts: Modes) =>
    Object.entries(watts).map(([zone, each], index) =>
      series(
        {
          __name__: `node_rapl_${zone.replace(/\d/, "")}_joules_total`,
          index: String(index),
          path: `/sys/class/powercap/intel-rapl:${index}`,
          instance: "h:9100",
        },
        at,
        1_000 + each * at,
      )
    );
  const powersOf = (watts: Modes) => {
    const pushed = new Pushed();
    const readings = [0, 10, 20, 30, 40]
      .flatMap((at) => pushed.push(zones(at, watts), START_MS + at * 1_000));
    return told(readings).map(({ power_watts }) => power_watts);
  };

  test("become watts, of the packages and their memory together", () => {
    const watts = { package0: 60, package1: 55.5, dram0: 8, core0: 40, uncore0: 3 };
    expect(powersOf(watts)).toEqual([123.5, 123.5, 123.5, 123.5]);
  });

  test("of the whole platform stand for all others", () => {
    expect(powersOf({ package: 20, psys: 31, dram: 2 })).toEqual([31, 31, 31, 31]);
  });

  test("give none where the host tells what it draws", () => {
    const pushed = new Pushed();
    const ipmi = { __name__: "ipmi_dcmi_power_consumption_watts", instance: "h:9100" };
    const made = [0, 10, 20, 30, 40].flatMap((at) =>
      pushed.push([series(ipmi, at, 300), ...zones(at, { package: 60 })], START_MS + at * 1_000)
    );
    expect(made).toEqual([]);
  });
});

describe("a recording rule that is sent as well", () => {
  test("counts, and nothing is made beside it", () => {
    const pushed = new Pushed();
    const rule = { __name__: "instance:node_cpu_utilisation:rate5m", instance: "h:9100" };
    const made = [0, 1, 2, 3, 4].flatMap((tens) =>
      pushed.push(
        [...scrape(tens * 10, [seconds(tens)]), series(rule, tens * 10, 0.2)],
        START_MS + tens * 10_000,
      )
    );
    expect(made).toEqual([]);
  });
});

describe("more counters than the limit", () => {
  const hosts = (tens: number, count: number) =>
    Array.from(
      { length: count },
      (_, host) => scrape(tens * 10, [seconds(tens)], { instance: `h${host}:1` }),
    ).flat();

  test("leave out whole hosts, counted, and hold no more", () => {
    const pushed = new Pushed({ countersMax: 20 });
    const readings = Array.from({ length: 6 }, (_, tens) => {
      const made = pushed.push(hosts(tens, 10), START_MS + tens * 10_000);
      expect(pushed.rates.size).toBeLessThanOrEqual(20);
      return made;
    }).flat();
    expect(new Set(readings.map(({ cpu_load }) => cpu_load))).toEqual(new Set([30]));
    expect(readings.length).toBeGreaterThan(3);
    expect(pushed.rates.leftOut).toBeGreaterThan(0);
  });

  test("are taken once those that went silent are forgotten", () => {
    const pushed = new Pushed({ countersMax: 20 });
    for (let tens = 0; tens < 3; tens++) pushed.push(hosts(tens, 10), START_MS + tens * 10_000);
    const from = LIMITS.counterGapMsMax / 10_000 + 10;
    const readings = [0, 1, 2, 3].flatMap((more) => {
      const tens = from + more;
      const lines = scrape(tens * 10, [seconds(tens)], { instance: "new:1" });
      return pushed.push(lines, START_MS + tens * 10_000);
    });
    expect(told(readings).map(({ host_id }) => host_id)).toEqual(["new:1", "new:1", "new:1"]);
  });

  test("and a host's name that is too long is left out, counted", () => {
    const pushed = new Pushed();
    const labels = { instance: "h:1", note: "x".repeat(LIMITS.counterHostCharsMax) };
    pushed.push(scrape(0, [seconds(0)], labels), START_MS);
    expect([pushed.rates.size, pushed.rates.leftOut]).toEqual([0, 4]);
  });
});

test("what another agent tells of the host is not made of counters, too", () => {
  const pushed = new Pushed();
  const watts = [0, 1, 2, 3].flatMap((tens) => {
    const joules = series(
      { __name__: "node_rapl_package_joules_total", index: "0", path: "/r/0", instance: "rack-7" },
      tens * 10,
      tens * 1_000,
    );
    const bmc = `{"host_id": "rack-7", "timestamp": ${START_MS + tens * 10_000}, ` +
      `"power_watts": 280}`;
    return pushed.push([joules, bmc], START_MS + tens * 10_000);
  });
  expect(watts).toEqual([]);
  expect(pushed.rates.made).toBe(0);
});

test("the other way to read the same package is not added to it", () => {
  const pushed = new Pushed();
  const watts = [0, 1, 2, 3].flatMap((tens) =>
    pushed.push(
      ["intel-rapl:0", "intel-rapl-mmio:0"].map((path) =>
        series(
          { __name__: "node_rapl_package_joules_total", index: "0", path, instance: "rack-7" },
          tens * 10,
          tens * 500,
        )
      ),
      START_MS + tens * 10_000,
    )
  );
  expect(told(watts).map(({ power_watts }) => power_watts)).toEqual([50, 50, 50]);
});

test("a host's counters whose record is too long are left out, and hold nothing", () => {
  const pushed = new Pushed();
  const line = JSON.stringify({
    values: [1],
    dstypes: ["derive"],
    dsnames: ["x".repeat(LIMITS.counterRecordCharsMax)],
    time: START_MS / 1_000,
    interval: 10,
    host: "rack-7",
    plugin: "cpu",
    plugin_instance: "0",
    type: "cpu",
    type_instance: "idle",
  });
  pushed.push([line], START_MS);
  expect([pushed.rates.leftOut, pushed.rates.size]).toEqual([1, 0]);
});
