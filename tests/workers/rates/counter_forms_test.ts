/** Counters of OpenTelemetry, collectd and Vector: each form's own ways of saying them. */
import { describe, expect, test } from "bun:test";
import { Pushed, START_MS, told } from "./pushed.ts";

type Attributes = Readonly<Record<string, string | number>>;

function otlp(
  metric: { name: string; unit: string; temporality: number | string },
  points: readonly {
    attributes: Attributes;
    atS: number;
    startS?: number;
    value: number;
  }[],
): string {
  const list = (attributes: Attributes) =>
    Object.entries(attributes).map(([key, value]) => ({
      key,
      value: typeof value === "string" ? { stringValue: value } : { intValue: String(value) },
    }));
  const ns = (atS: number) => `${START_MS + atS * 1_000}000000`;
  const dataPoints = points.map(({ attributes, atS, startS, value }) => ({
    attributes: list(attributes),
    timeUnixNano: ns(atS),
    ...(startS === undefined ? {} : { startTimeUnixNano: ns(startS) }),
    ...(Number.isInteger(value) ? { asInt: String(value) } : { asDouble: value }),
  }));
  const { name, unit, temporality } = metric;
  const sum = { aggregationTemporality: temporality, isMonotonic: true, dataPoints };
  const resource = { attributes: list({ "host.name": "otel-1", "cloud.region": "eu-west" }) };
  return JSON.stringify({
    resourceMetrics: [{ resource, scopeMetrics: [{ metrics: [{ name, unit, sum }] }] }],
  });
}

const CPU_TIME = { name: "system.cpu.time", unit: "s" };

describe("OTLP's system.cpu.time", () => {
  test.each([
    { cpu: "cpu", state: "state", iowait: "wait" },
    { cpu: "cpu.logical_number", state: "cpu.mode", iowait: "iowait" },
    { cpu: "system.cpu.logical_number", state: "system.cpu.state", iowait: "iowait" },
  ])("cumulative, by $cpu and $state, is a load", ({ cpu, state, iowait }) => {
    const pushed = new Pushed();
    const readings = [0, 10, 20, 30].flatMap((atS) => {
      const points = [0, 1].flatMap((number) =>
        Object.entries({ user: 0.2, system: 0.1, idle: 0.5, [iowait]: 0.1, steal: 0.1 })
          .map(([mode, share]) => ({
            attributes: { [cpu]: number, [state]: mode },
            atS,
            startS: -500,
            value: 100 + atS * share,
          }))
      );
      return pushed.push([otlp({ ...CPU_TIME, temporality: 2 }, points)], START_MS + atS * 1_000);
    });
    expect(told(readings)).toEqual([10, 20, 30].map((at_s) => ({
      host_id: "otel-1",
      at_s,
      cpu_load: 30,
    })));
    expect(readings[0]!.region).toBe("eu-west");
  });

  const modes = (atS: number, startS: number, shares: Readonly<Record<string, number>>) =>
    Object.entries(shares).map(([state, value]) => ({
      attributes: { cpu: "cpu0", state },
      atS,
      startS,
      value,
    }));

  test.each([1, "AGGREGATION_TEMPORALITY_DELTA"])(
    "of temporality %p needs no point before",
    (temporality) => {
      const pushed = new Pushed();
      const readings = [0, 10, 20, 30].flatMap((atS) =>
        pushed.push(
          [otlp(
            { ...CPU_TIME, temporality },
            modes(atS, atS - 10, { user: 2.5, system: 0.5, idle: 7 }),
          )],
          START_MS + atS * 1_000,
        )
      );
      expect(told(readings).map(({ at_s, cpu_load }) => [at_s, cpu_load]))
        .toEqual([[0, 30], [10, 30], [20, 30], [30, 30]]);
    },
  );

  test("deltas of one time that began at different ones give nothing", () => {
    const pushed = new Pushed();
    const readings = [0, 10, 20, 30].flatMap((atS) => {
      const points = [
        ...modes(atS, atS - 10, { user: 2, system: 1 }),
        ...modes(atS, atS - 20, { idle: 14 }),
      ];
      return pushed.push([otlp({ ...CPU_TIME, temporality: 1 }, points)], START_MS + atS * 1_000);
    });
    expect(readings).toEqual([]);
  });

  test("that began anew gives nothing for once, though no counter fell", () => {
    const pushed = new Pushed();
    const readings = [0, 10, 20, 30, 40, 50].flatMap((atS) => {
      const shares = { user: 100 + atS * 0.3, system: 5, idle: atS * 0.7 };
      const points = modes(atS, atS < 35 ? -500 : 35, shares);
      return pushed.push([otlp({ ...CPU_TIME, temporality: 2 }, points)], START_MS + atS * 1_000);
    });
    expect(told(readings).map(({ at_s }) => at_s)).toEqual([10, 20, 30, 50]);
  });

  test("of CPUs and of all of them together gives nothing: they would count twice", () => {
    const pushed = new Pushed();
    const readings = [0, 10, 20, 30].flatMap((atS) => {
      const points = ["cpu0", ""].flatMap((cpu) =>
        Object.entries({ user: 3, system: 0, idle: 7 }).map(([state, gained]) => ({
          attributes: cpu === "" ? { state } : { cpu, state },
          atS,
          startS: -500,
          value: gained * atS / 10,
        }))
      );
      return pushed.push([otlp({ ...CPU_TIME, temporality: 2 }, points)], START_MS + atS * 1_000);
    });
    expect(readings).toEqual([]);
  });
});

describe("OTLP's hw.energy", () => {
  const powers = (name: string, attributes: Attributes) => {
    const pushed = new Pushed();
    const readings = [0, 10, 20, 30].flatMap((atS) => {
      const points = [{ attributes, atS, startS: -500, value: 7_000 + 312 * atS }];
      const line = otlp({ name, unit: "J", temporality: 2 }, points);
      return pushed.push([line], START_MS + atS * 1_000);
    });
    return told(readings).map(({ power_watts }) => power_watts);
  };

  test("of a host becomes watts", () => {
    expect(powers("hw.energy", { "hw.type": "host", "hw.id": "h" })).toEqual([312, 312, 312]);
    expect(powers("hw.host.energy", { "hw.id": "h" })).toEqual([312, 312, 312]);
  });

  test("of a part of it is let go", () => {
    expect(powers("hw.energy", { "hw.type": "physical_disk", "hw.id": "d" })).toEqual([]);
  });
});

describe("collectd's ticks", () => {
  function values(atS: number, ticks: Readonly<Record<string, number>>, drift = 0.001): string {
    return JSON.stringify(
      ["0", "1"].flatMap((cpu) =>
        Object.entries(ticks).map(([state, value]) => [cpu, state, value])
      )
        .map(([cpu, state, value], index) => ({
          values: [value],
          dstypes: ["derive"],
          dsnames: ["value"],
          time: START_MS / 1_000 + atS + index * drift,
          interval: 10,
          host: "IND-a",
          plugin: "cpu",
          plugin_instance: cpu,
          type: "cpu",
          type_instance: state,
        })),
    );
  }

  test("are a load, though each value has a time of its own", () => {
    const pushed = new Pushed();
    const readings = [0, 10, 20, 30, 40].flatMap((atS) => {
      const ticks = { idle: 500 + 60 * atS, wait: 5 * atS, user: 30 * atS, system: 5 * atS };
      return pushed.push([values(atS, ticks)], START_MS + atS * 1_000);
    });
    expect(told(readings)).toEqual([10, 20, 30, 40].map((at_s) => ({
      host_id: "IND-a",
      at_s: at_s + 0.007,
      cpu_load: 35,
    })));
  });

  test("that are rates (StoreRates true) give nothing, though some of them rise", () => {
    const pushed = new Pushed();
    const readings = Array.from({ length: 8 }, (_, index) => {
      const ticks = { idle: 60, wait: 0, user: 30 + index, system: 5 + index };
      return pushed.push([values(index * 10, ticks)], START_MS + index * 10_000);
    }).flat();
    expect(readings).toEqual([]);
  });

  test("of two readings are never taken for one", () => {
    const pushed = new Pushed();
    const readings = Array.from({ length: 12 }, (_, index) => {
      // From the fifth on it reads half an interval later: near the border between two.
      const atS = index * 10 + (index < 5 ? 0 : 4.998);
      const ticks = { idle: 500 + 70 * atS, user: 25 * atS, system: 5 * atS };
      return pushed.push([values(atS, ticks)], START_MS + index * 10_000);
    }).flat();
    for (const { cpu_load } of readings) expect(cpu_load).toBeWithin(29.8, 30.2);
    expect(readings.length).toBeGreaterThan(5);
  });
});

describe("Vector's cpu_seconds_total", () => {
  const gained: Readonly<Record<string, number>> = {
    idle: 6,
    io_wait: 1,
    nice: 0,
    system: 1,
    user: 2,
  };
  const counter = (atS: number, tags: Attributes, value: number, above: Attributes = {}) =>
    JSON.stringify({
      name: "cpu_seconds_total",
      namespace: "host",
      tags: { collector: "cpu", ...tags },
      timestamp: new Date(START_MS + atS * 1_000).toISOString().replace("Z", "540933Z"),
      kind: "absolute",
      counter: { value },
      ...above,
    });
  function scrapes(host: { tags?: Attributes; above?: Attributes }): string[][] {
    return [0, 15, 30, 45].map((atS) =>
      ["0", "1"].flatMap((cpu) =>
        Object.entries(gained).map(([mode, tenth]) =>
          counter(atS, { cpu, mode, ...host.tags }, 100 + tenth * atS / 10, host.above)
        )
      ).concat(counter(atS, { mode: "logical_cpus", ...host.tags }, 2, host.above))
    );
  }

  test.each([
    ["among the tags", { tags: { host: "edge-1", region: "Lab" } }],
    ["above them, where metric_to_log puts it", {
      above: { host: "edge-1" },
      tags: { region: "Lab" },
    }],
  ])("is a load, with the host %s", (_where, host) => {
    const pushed = new Pushed();
    const readings = scrapes(host).flatMap((lines, index) =>
      pushed.push(lines, START_MS + index * 15_000)
    );
    expect(told(readings)).toEqual([15, 30, 45].map((at_s) => ({
      host_id: "edge-1",
      at_s,
      cpu_load: 30,
    })));
    expect(readings[0]!.region).toBe("Lab");
  });
});
