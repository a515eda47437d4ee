/**
 * Which column holds a metric, and in which unit. A name says what is measured; the unit is told
 * from the name, else from the values where only one unit makes them possible. Where several would
 * do, the column is left out with the candidates named: a wrong unit is worse than none.
 */
import type { Metric } from "../model/reading.ts";
import { CANONICAL_UNITS, unitsOf } from "../units/catalogue.ts";
import { type Bound, DEFAULT_BOUNDS, METRIC_QUANTITIES } from "./bounds.ts";
import { bracketed, unitInName } from "./column_names.ts";
import { isNumeric, type SampleColumn } from "./sample.ts";

export interface UnitGuess {
  readonly column: SampleColumn;
  /** Null: not to be told; see `candidates`. */
  readonly unit: string | null;
  readonly certain: boolean;
  readonly why: string;
  readonly candidates: readonly string[];
}

export interface MetricGuess {
  /** To be tried in this order; empty where nothing can be told. */
  readonly chosen: readonly UnitGuess[];
  readonly leftOut: readonly UnitGuess[];
  /** Of those, the ones without which a file is not read: sure to be the metric, of unknown unit. */
  readonly asked: readonly UnitGuess[];
}

interface Vocabulary {
  /** One of these words makes a column this metric's. */
  readonly subjects: readonly string[];
  /** So does one of these units in brackets. */
  readonly bracketed: RegExp;
  /** One of these makes it something else. */
  readonly not: readonly string[];
}

/** A limit, a switch or a number of things is no measurement, whatever it is of. */
const NEVER =
  "threshold limit critical crit fatal upper lower setpoint target alarm status state " +
  "count capacity cap requested available allocated range id name unit interval min_range delta";

const VOCABULARY: Readonly<Record<Metric, Vocabulary>> = {
  temp_c: {
    subjects: words(
      "temp temps temperature temperatures celsius fahrenheit kelvin degc degf °c °f",
    ),
    bracketed: /^[°º][CFcf]$|^℃$|^℉$/,
    not: words(NEVER),
  },
  cpu_load: {
    subjects: words("cpu load util utilization utilisation"),
    bracketed: /^$/,
    not: words(
      NEVER +
        " temp temperature celsius fahrenheit kelvin mem memory disk net network swap gpu io " +
        "cycles instructions migrations " +
        "iowait fan cores core seconds time ticks freq frequency mhz ghz clock power watts watt " +
        "voltage volts idle nice steal user irq softirq interrupt wait avg1 avg5 avg15 load1 load5 " +
        "load15 loadavg",
    ),
  },
  voltage: {
    subjects: words("voltage volt volts millivolts kilovolts"),
    bracketed: /^m?k?V$/,
    not: words(NEVER),
  },
  power_watts: {
    subjects: words("power watt watts kilowatt kilowatts wattage"),
    bracketed: /^[mkM]?W$/,
    not: words(NEVER + " factor energy kwh wh supply voltage volts"),
  },
};

/**
 * Air, boards, disks and memory: quantities beside the processor's, with other limits. The same as
 * builtin_agents.ts lets go of agents.
 */
const BESIDE_DIE = words(
  "inlet intake ambient exhaust outlet room outside outdoor board baseboard motherboard mainboard " +
    "disk drive hdd ssd nvme dimm memory ram",
);

/** Words that narrow nothing down. */
const FILLERS = words("value reading readings current total norm usage used sensor metric system");

/** The best columns for a metric among those given. `bound` says which values are possible. */
export function inferMetric(
  metric: Metric,
  columns: readonly SampleColumn[],
  bound: Bound,
): MetricGuess {
  const named = columns.filter((column) => isMetricName(metric, column) && isNumeric(column));
  const beside = metric === "temp_c" ? named.filter(isBesideDie) : [];
  const found = named.filter((column) => !beside.includes(column))
    .map((column) => {
      const guess = guessUnit(metric, column, bound);
      const rank = rankOf(metric, column);
      return { guess: { ...guess, certain: guess.certain && rank <= RANK_GENERIC }, rank };
    });
  const told = found.filter(({ guess }) => guess.unit !== null);
  const best = Math.min(...told.map(({ rank }) => rank));
  const first = told.filter(({ rank }) => rank === best).map(({ guess }) => guess);
  const untold = [
    ...found.filter(({ guess }) => guess.unit === null).map(({ guess }) => guess),
    ...beside.map((column) => besideDie(column, bound)),
  ];
  // Generic names are aliases of one quantity; narrowed ones (inlet, cpu) are different sensors.
  if (first.length <= 1 || best <= RANK_GENERIC) {
    const asked = first.length > 0 ? [] : askedOf(metric, found);
    return { chosen: first, leftOut: untold, asked };
  }
  const several = first.map((guess) => ({
    ...guess,
    unit: null,
    why: `one of several: ${first.map((each) => each.column.name).join(", ")}; declare which`,
  }));
  return { chosen: [], leftOut: [...several, ...untold], asked: [] };
}

/** `inlet_temp_c`, `Inlet [°C]`: no processor's, whatever else the name says. */
function isBesideDie({ name, words }: SampleColumn): boolean {
  return name !== "temp_c" && !words.includes("cpu") &&
    words.some((word) => BESIDE_DIE.includes(word));
}

function besideDie(column: SampleColumn, bound: Bound): UnitGuess {
  const { unit, candidates } = guessUnit("temp_c", column, bound);
  return {
    column,
    unit: null,
    certain: false,
    why: "the temperature of something else than the processor; declare it where it is meant",
    candidates: unit === null ? candidates : [unit],
  };
}

/**
 * The best of the columns whose unit can't be told. Any temperature is asked for; of the others
 * those whose name says nothing else: `tags.cpu` and `cpu0.p_cpu` are rather not the load. Nobody is
 * asked for the unit of a column that is empty.
 */
function askedOf(
  metric: Metric,
  found: readonly { readonly guess: UnitGuess; readonly rank: number }[],
): readonly UnitGuess[] {
  const open = found.filter(({ guess: { candidates, column } }) =>
    candidates.length > 1 && column.numbers.length > 0
  );
  const best = Math.min(...open.map(({ rank }) => rank));
  const first = open.filter(({ rank }) => rank === best).map(({ guess }) => guess);
  const isOne = best <= RANK_GENERIC || first.length === 1;
  return isOne && (metric === "temp_c" || best <= RANK_MEAN) ? first : [];
}

/** Whether a column's name says that it holds the metric. */
export function isMetricName(
  metric: Metric,
  { name, label, words }: Pick<SampleColumn, "name" | "label" | "words">,
): boolean {
  if (name === metric) return true;
  const vocabulary = VOCABULARY[metric];
  if (words.some((word) => vocabulary.not.includes(word))) return false;
  // Unix load averages count processes, not percent.
  if (
    metric === "cpu_load" && words.includes("load") && /(^|_)(avg|average|1m?|5m?|15m?)(_|$)/.test(
      words.join("_"),
    )
  ) return false;
  return words.some((word) => vocabulary.subjects.includes(word)) ||
    bracketed(label).some((text) => vocabulary.bracketed.test(text));
}

const RANK_GENERIC = 1;
const RANK_MEAN = 2;

/** 0 our own name · 1 nothing but subject and unit · 2 a mean · 3 narrowed down · 4, 5 an extreme. */
function rankOf(metric: Metric, { name, label, words }: SampleColumn): number {
  if (name === metric) return 0;
  const unit = unitInName(METRIC_QUANTITIES[metric], label);
  const rest = words.filter((word) =>
    !VOCABULARY[metric].subjects.includes(word) && !FILLERS.includes(word) &&
    word !== unit?.name && !unit?.aliases.includes(word)
  );
  if (rest.length === 0) return RANK_GENERIC;
  if (rest.some((word) => ["max", "maximum", "peak"].includes(word))) return 4;
  if (rest.some((word) => ["min", "minimum"].includes(word))) return 5;
  return rest.every((word) => ["avg", "average", "mean"].includes(word)) ? 2 : 3;
}

function guessUnit(metric: Metric, column: SampleColumn, bound: Bound): UnitGuess {
  const quantity = METRIC_QUANTITIES[metric];
  const told = (unit: string, certain: boolean, why: string): UnitGuess => ({
    column,
    unit,
    certain,
    why,
    candidates: [],
  });
  const untold = (candidates: readonly string[], why: string): UnitGuess => ({
    column,
    unit: null,
    certain: false,
    why,
    candidates,
  });
  const named = unitInName(quantity, column.label);
  if (column.name === metric && (column.label === column.name || named === null)) {
    return told(CANONICAL_UNITS[quantity], true, "rackwatch's own name");
  }
  const { low, high, fractional } = spread(column.numbers);
  if (named !== null) {
    // Metricbeat and others write fractions, summed over cores, under "pct".
    if (named.name !== "percent" || !column.words.includes("pct")) {
      const where = unitInName(quantity, column.name) === named
        ? "its name"
        : "the row below its name";
      return told(named.name, true, `${where} says ${named.name}`);
    }
    return fractional && high <= 2
      ? untold(["percent", "fraction"], `values up to ${high} could be either, whatever pct says`)
      : told(named.name, false, "its name says percent");
  }
  if (column.numbers.length === 0) {
    return untold(
      unitsOf(quantity).map((unit) => unit.name),
      "neither name nor values tell a unit",
    );
  }
  const seen = `values ${low}…${high}`;
  switch (metric) {
    case "temp_c": {
      const { possible, range } = possibleUnits(low, high, bound);
      return possible.length === 1
        ? told(possible[0]!, false, `${seen} lie in ${range} °C in ${possible[0]} alone`)
        : untold(possible, `${seen} could be ${possible.join(" or ") || "no temperature at all"}`);
    }
    case "cpu_load":
      if (low < 0 || high > 100.5) return untold([], `${seen} are no percent`);
      if (high > 1.5) return told("percent", false, `${seen}`);
      return fractional && high <= 1
        ? told("fraction", false, `${seen}, not whole`)
        : untold(["percent", "fraction"], `${seen} could be either`);
    case "voltage":
      return low >= bound.min && high <= bound.max
        ? told("volts", false, `${seen}`)
        : untold(["volts", "millivolts"], `${seen} are no volts of a server`);
    case "power_watts":
      // 20 kW is beyond any one server, 20 W below nearly all.
      return low >= 0 && high >= 20
        ? told("watts", false, `${seen}`)
        : untold(["watts", "kilowatts"], `${seen} could be either`);
  }
}

/**
 * What a temperature sensor of a server reports: JEDEC's sensor of memory modules (TSE2004av) is
 * specified for −40…125 °C, and processors throttle below that. 140 is no °C then, but °F; 70 may be
 * either, as may 20: °F of an outdoor cabinet in winter.
 */
const SENSOR_RANGE = { min: -40, max: 125 } as const;

/** Units in which all values are what a sensor reports; where there are none, what is possible. */
function possibleUnits(low: number, high: number, bound: Bound) {
  const within = ({ min, max }: { readonly min: number; readonly max: number }) => ({
    possible: unitsOf("temperature").filter((unit) =>
      unit.toCanonical(low) >= min && unit.toCanonical(high) <= max
    ).map((unit) => unit.name),
    range: `${min}…${max}`,
  });
  // Bounds that were declared are taken at their word.
  if (bound !== DEFAULT_BOUNDS.temp_c) return within(bound);
  const found = within(SENSOR_RANGE);
  return found.possible.length > 0 ? found : within(bound);
}

function spread(numbers: readonly number[]): { low: number; high: number; fractional: boolean } {
  return {
    low: Math.min(...numbers),
    high: Math.max(...numbers),
    fractional: numbers.some((value) => !Number.isInteger(value)),
  };
}

function words(text: string): readonly string[] {
  return text.split(" ");
}
