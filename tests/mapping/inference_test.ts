import { expect, test } from "bun:test";
import { infer, type Inference } from "../../src/mapping/inference.ts";
import { compileMapping } from "../../src/mapping/normaliser.ts";
import type { Fields } from "../../src/model/record.ts";
import { declare, readingOf } from "./support.ts";

function inferred(rows: readonly Fields[], keys = ""): Inference {
  return infer(Object.keys(rows[0] ?? {}), rows, declare(`name = "lab"\npath = "x"\n${keys}`));
}

/** `field ← column unit confidence` of each field. */
function summary(inference: Inference): string[] {
  return inference.fields.map(({ field, from, unit, confidence }) =>
    `${field} ← ${from} ${unit} ${confidence}`.replaceAll("  ", " ")
  );
}

const DEMO = [
  [
    "India",
    {
      server_code: "IND-SRV-1",
      timestamp_ist: "2025-11-21 02:42:56",
      temp_celsius: "67",
      cpu_usage_percent: "42",
    },
    [
      "timestamp ← timestamp_ist iso likely",
      "host_id ← server_code certain",
      `region ← "lab" likely`,
      "temp_c ← temp_celsius celsius certain",
      "cpu_load ← cpu_usage_percent percent certain",
    ],
    { atMs: Date.parse("2025-11-20T21:12:56Z"), temp_c: 67, cpu_load: 42 },
  ],
  [
    "USA",
    {
      instance_id: "us-cloud-1",
      time_utc: "2025-11-21T02:42:56Z",
      temp_fahrenheit: 95,
      load_fraction: 0.29,
      voltage_v: 11.93,
    },
    [
      "timestamp ← time_utc iso certain",
      "host_id ← instance_id certain",
      `region ← "lab" likely`,
      "temp_c ← temp_fahrenheit fahrenheit certain",
      "cpu_load ← load_fraction fraction certain",
      "voltage ← voltage_v volts certain",
    ],
    { atMs: Date.parse("2025-11-21T02:42:56Z"), temp_c: 35, cpu_load: 29, voltage: 11.93 },
  ],
  [
    "Germany",
    { node_name: "DE-HPC-1", epoch_time: 1763692976, temp_kelvin: 308, power_watts: 400 },
    [
      "timestamp ← epoch_time epoch_s certain",
      "host_id ← node_name certain",
      `region ← "lab" likely`,
      "temp_c ← temp_kelvin kelvin certain",
      "power_watts ← power_watts watts certain",
    ],
    { atMs: 1763692976000, temp_c: 34.9, power_watts: 400 },
  ],
] as const;

for (const [name, row, fields, reading] of DEMO) {
  test(`inference: ${name}'s columns are told from names and values`, () => {
    expect(summary(inferred([row]))).toEqual([...fields]);
  });
  test(`inference: ${name}'s row becomes the right reading`, () => {
    expect(readingOf(compileMapping(inferred([row]).declaration), row)).toMatchObject(reading);
  });
}

test("inference: units in brackets, a day-first time and decimal commas", () => {
  const inference = inferred(
    [{ Hostname: "h", "Date Time": "21/11/2025 02:42", "Die [°C]": "62,5", "In (kW)": "0,4" }],
    `decimal = ","\ntimezone = "Europe/Berlin"`,
  );
  expect(summary(inference)).toEqual([
    "timestamp ← Date Time DD/MM/YYYY HH:mm certain",
    "host_id ← Hostname certain",
    `region ← "lab" likely`,
    "temp_c ← Die [°C] celsius likely",
    "power_watts ← In (kW) kilowatts likely",
  ]);
});

test("inference: a temperature that could be °C or °F is left out with both named", () => {
  const inference = inferred([{ host: "h", ts: 1763692976, temp: 60, cpu_percent: 1 }]);
  expect(inference.declaration.metrics.temp_c).toBeNull();
  expect(inference.leftOut).toEqual([{
    field: "temp_c",
    column: "temp",
    candidates: ["celsius", "fahrenheit"],
    why: "values 60…60 could be celsius or fahrenheit",
  }]);
});

const ASKED = "could be celsius or fahrenheit";
const TEMPERATURES: readonly (readonly [number, number, string])[] = [
  [20, 25, ASKED],
  [60, 110, ASKED],
  [120, 125, ASKED],
  [126, 200, "fahrenheit"],
  [234, 240, "could be fahrenheit or kelvin"],
  [258, 370, "kelvin"],
];
for (const [low, high, unit] of TEMPERATURES) {
  test(`inference: a temperature without a unit of ${low} to ${high}: ${unit}`, () => {
    const { declaration, problems } = inferred([
      { host: "h", ts: 1763692976, temperature: low, cpu_percent: 1 },
      { host: "h", ts: 1763692976, temperature: high, cpu_percent: 1 },
    ]);
    if (unit.startsWith("could")) expect(problems.join()).toContain(unit);
    else expect(declaration.metrics.temp_c?.[0]?.unit).toBe(unit);
  });
}

test("inference: a unit that can't be told is asked for, with the lines to choose from", () => {
  const row = { host: "h", ts: 1763692976, temperature: 70, cpu_percent: 1 };
  const { problems, choices } = inferred([row]);
  expect(problems).toEqual([
    "temp_c: temperature names no unit, and its values 70…70 could be celsius or fahrenheit; " +
    `add the line that is so: ${choices.join(" or ")}`,
  ]);
  const outcomes = choices.map((line) => {
    const { declaration } = inferred([row], line);
    return readingOf(compileMapping(declaration), row).temp_c;
  });
  expect(outcomes).toEqual([70, 21.1, null]);
});

test("inference: bounds that are declared say what a temperature can be", () => {
  const { problems, declaration } = inferred(
    [{ host: "h", ts: 1763692976, temperature: 140 }],
    "bounds = { temp_c = [0, 200] }",
  );
  expect(problems.join()).toContain(ASKED);
  expect(declaration.metrics.temp_c).toBeNull();
});

test("inference: the unit of an empty column is not asked for", () => {
  const { problems, leftOut } = inferred([
    { host: "h", ts: 1763692976, temperature: "", cpu_percent: 1 },
  ]);
  expect(problems).toEqual([]);
  expect(leftOut.map(({ column }) => column)).toEqual(["temperature"]);
});

test("inference: a core's share or a label is not asked for", () => {
  const { problems } = inferred([
    { host: "h", ts: 1763692976, temp_c: 50, tags: { cpu: "0" }, "cpu0.p_cpu": 1 },
  ]);
  expect(problems).toEqual([]);
});

const DECIMALS: readonly (readonly [string, readonly string[], boolean | "asked"])[] = [
  ["with one decimal", ["41,5", "42"], true],
  ["with groups of three", ["1.041,5", "2.000"], true],
  ["with a leading zero", ["0,415", "0,420"], true],
  ["with points", ["41.5", "42.25"], false],
  ["of three digits after a comma alone", ["1,415", "2,420"], "asked"],
];
for (const [what, values, outcome] of DECIMALS) {
  test(`inference: numbers ${what} have a decimal ${outcome === true ? "comma" : "?"}`, () => {
    const { declaration, problems, choices } = inferred(
      values.map((power_w) => ({ host: "h", ts: 1763692976, power_w })),
    );
    expect(declaration.decimalComma).toBe(outcome === true);
    if (outcome !== "asked") return expect(problems).toEqual([]);
    expect(problems[0]).toContain("1,415 in power_w may be a decimal comma or thousands");
    expect(choices).toContain(`decimal = ","`);
  });
}

test("inference: what is declared as a whole is not read with a decimal comma", () => {
  const { declaration } = inferred(
    [{ host: "h", ts: 1763692976, power_w: "41,5" }],
    `power_watts = "power_w"\ntemp_c = false\ncpu_load = false\nvoltage = false`,
  );
  expect(declaration.decimalComma).toBe(false);
});

test("inference: where nothing is told, the columns that hold numbers are", () => {
  const { problems, choices } = inferred([
    { host: "h", ts: 1763692976, column_2: "52", Fans: [{ Reading: 9 }] },
  ]);
  expect(problems[0]).toContain("numbers stand in column_2 (52…52)");
  expect(problems[0]).toContain("a path, like Fans[0].Reading");
  expect(choices).toContain(`power_watts = { column = "column_2", unit = "watts" }`);
});

test("inference: a temperature that only kelvin makes possible is kelvin", () => {
  const inference = inferred([{ host: "h", ts: 1763692976, temp: 310 }, { temp: 330 }]);
  expect(inference.declaration.metrics.temp_c?.[0]?.unit).toBe("kelvin");
});

test("inference: a date that could be day-first or month-first is a problem that names both", () => {
  const { problems } = inferred([{ host: "h", time: "05/06/2025 02:42", temp_c: 1 }]);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain("DD/MM/YYYY HH:mm or MM/DD/YYYY HH:mm");
});

test("inference: one day beyond the twelfth settles day-first", () => {
  const rows = ["05/06/2025 02:42", "25/06/2025 02:42"].map((time) => ({
    host: "h",
    time,
    temp_c: 1,
  }));
  expect(inferred(rows).declaration.timestamp?.[0]?.format).toBe("DD/MM/YYYY HH:mm");
});

for (
  const [digits, format] of [[0, "epoch_s"], [3, "epoch_ms"], [6, "epoch_us"], [
    9,
    "epoch_ns",
  ]] as const
) {
  test(`inference: the magnitude of an epoch time tells ${format}`, () => {
    const row = { host: "h", timestamp: `1763692976${"0".repeat(digits)}`, temp_c: 1 };
    expect(inferred([row]).declaration.timestamp?.[0]?.format).toBe(format);
  });
}

test("inference: a load is a percent or a fraction by its values", () => {
  const unit = (values: readonly number[]) =>
    inferred(values.map((cpu) => ({ host: "h", ts: 1763692976, cpu, temp_c: 1 })))
      .declaration.metrics.cpu_load?.[0]?.unit;
  expect(unit([3, 55])).toBe("percent");
  expect(unit([0.03, 0.55])).toBe("fraction");
  expect(unit([0, 1])).toBeUndefined();
});

test("inference: Unix load averages are no percent", () => {
  const { declaration } = inferred([{
    host: "h",
    ts: 1763692976,
    load1: 3.5,
    load_avg: 7,
    temp_c: 1,
  }]);
  expect(declaration.metrics.cpu_load).toBeNull();
});

test("inference: of several sensors none is picked, and all are named", () => {
  const { leftOut, declaration } = inferred([
    { host: "h", ts: 1763692976, cpu1_temp_c: 58, cpu_temp_c: 60, cpu_load: 1 },
  ]);
  expect(declaration.metrics.temp_c).toBeNull();
  expect(leftOut.map(({ column }) => column)).toEqual(["cpu1_temp_c", "cpu_temp_c"]);
});

test.each(["Inlet [°C]", "ambient_temp_c", "System Board Temp (C)", "disk.temp_celsius"])(
  "inference: %s is another quantity than the processor's, and is never it",
  (column) => {
    const { declaration, leftOut } = inferred([
      { host: "h", ts: 1763692976, [column]: 20, cpu_load: 1 },
    ]);
    expect(declaration.metrics.temp_c).toBeNull();
    expect(leftOut).toEqual([{
      field: "temp_c",
      column,
      candidates: ["celsius"],
      why: "the temperature of something else than the processor; declare it where it is meant",
    }]);
  },
);

test("inference: of an inlet and a processor the processor is taken", () => {
  const { declaration } = inferred([
    { host: "h", ts: 1763692976, inlet_temp_c: 20, cpu_temp_c: 60, cpu_load: 1 },
  ]);
  expect(declaration.metrics.temp_c?.map(({ column }) => column)).toEqual(["cpu_temp_c"]);
});

test("inference: a file of inlets alone is refused, with the line that takes them", () => {
  const { problems, choices } = inferred([{
    host: "h",
    ts: 1763692976,
    Inlet_C: 1,
    "Inlet [°C]": 20,
  }]);
  expect(problems).toEqual([
    "no column could be told to be one of temp_c, cpu_load, voltage, power_watts; declare one; " +
    "Inlet [°C]: the temperature of something else than the processor; declare it where it is meant",
  ]);
  expect(choices).toEqual([`temp_c = { column = "Inlet [°C]", unit = "celsius" }`]);
});

test("inference: a mean is preferred to its extremes", () => {
  const { declaration } = inferred([
    { host: "h", ts: 1763692976, power_w_max: 500, power_w_avg: 400, power_w_min: 300 },
  ]);
  expect(declaration.metrics.power_watts?.map(({ column }) => column)).toEqual(["power_w_avg"]);
});

test("inference: thresholds and capacities are no measurements", () => {
  const { declaration } = inferred([{
    host: "h",
    ts: 1763692976,
    temp_threshold_c: 90,
    power_capacity_watts: 800,
    cpu_percent: 5,
  }]);
  expect(declaration.metrics).toMatchObject({ temp_c: null, power_watts: null });
});

test("inference: what is declared stays, and its column is not taken twice", () => {
  const { declaration } = inferred(
    [{ h: "x", ts: 1763692976, temp_celsius: 20, temp_fahrenheit: 68 }],
    `host_id = "h"\ntemp_c = "temp_celsius"\nvoltage = false`,
  );
  expect(declaration.metrics.temp_c?.map(({ column }) => column)).toEqual(["temp_celsius"]);
  expect(declaration.metrics.voltage).toEqual([]);
  expect(declaration.hostId).toEqual([{ column: "h" }]);
});

test("inference: a footer under a few rows hides neither times nor numbers", () => {
  const { declaration, problems } = inferred([
    { host: "h", Zeit: "21.11.2025 09:00", power_w: "300" },
    { host: "h", Zeit: "22.11.2025 09:00", power_w: "310" },
    { host: "Sum", Zeit: "2 rows", power_w: "all" },
  ]);
  expect(problems).toEqual([]);
  expect(declaration.timestamp?.[0]?.format).toBe("DD.MM.YYYY HH:mm");
});

test("inference: a declared time column gets the pattern that its values have", () => {
  const { declaration } = inferred(
    [{ h: "x", when: "25.06.2025 02:42", temp_c: 20 }],
    `host_id = "h"\ntimestamp = "when"`,
  );
  expect(declaration.timestamp?.[0]?.format).toBe("DD.MM.YYYY HH:mm");
});

test("inference: nested JSON is opened into paths", () => {
  const { declaration, unknownColumns } = inferred([{
    "@timestamp": "2025-11-21T02:42:56Z",
    host: { name: "h" },
    sensors: { die: { temp_celsius: 40 } },
    other: { deep: { thing: 1 } },
  }]);
  expect(declaration.hostId).toEqual([{ column: "host.name" }]);
  expect(declaration.metrics.temp_c?.[0]?.column).toBe("sensors.die.temp_celsius");
  expect(unknownColumns).toEqual(["other"]);
});

test("inference: a column of another name than region is no region", () => {
  const { declaration } = inferred([{ host: "h", ts: 1763692976, temp_c: 1, dc: "eu" }]);
  expect(declaration.region).toEqual([{ value: "lab" }]);
});

test("inference: a region column is taken, with the source's name where it is blank", () => {
  const { declaration } = inferred([{ host: "h", ts: 1763692976, temp_c: 1, region: "eu" }]);
  expect(declaration.region).toEqual([{ column: "region", prefixes: null, fallback: "lab" }]);
});

test("inference: ignored columns are neither taken nor unknown", () => {
  const inference = inferred(
    [{ host: "h", ts: 1763692976, temp_c: 1, cpu_percent: 5, junk: 1 }],
    `ignore = ["cpu_percent", "junk"]`,
  );
  expect(inference.declaration.metrics.cpu_load).toBeNull();
  expect(inference.unknownColumns).toEqual([]);
});

test("inference: a file of one host without a host column is a problem with a way out", () => {
  const { problems } = inferred([{ ts: 1763692976, temp_c: 1 }]);
  expect(problems[0]).toContain(`host_id = { value = "name" }`);
});

test("inference: a column whose name is blank is not offered", () => {
  const { choices } = inferred([{ host: "h", ts: 1763692976, "": 4, " ": "x", boxes: 5 }]);
  expect(choices).toContain(`power_watts = { column = "boxes", unit = "watts" }`);
});

test("inference: where no column is a host's by name, texts, parts of the path, a constant are", () => {
  const row = { box: "b", ts: 1763692976, temp_c: 20 };
  const { choices } = infer(Object.keys(row), [row], declare(`name = "lab"\npath = "x"`), {
    rack: "r1",
  });
  expect(choices).toEqual([
    `host_id = "box"`,
    `host_id = { path = "rack" }`,
    `host_id = { value = "name" }`,
  ]);
});

test("inference: a host and a region in the path are taken where no column has them", () => {
  const row = { ts: 1763692976, temp_c: 20 };
  const { declaration, problems } = infer(
    Object.keys(row),
    [row],
    declare(`name = "a"\npath = "x"`),
    {
      vm_region: "eastus",
      host: "a1",
    },
  );
  expect(problems).toEqual([]);
  expect(declaration.hostId).toEqual([{ path: "host" }]);
  expect(declaration.region).toEqual([{ path: "vm_region", prefixes: null, fallback: null }]);
});

test("inference: an empty file leaves problems and no exception", () => {
  expect(inferred([]).problems).toHaveLength(3);
});
