/**
 * The one code path from a raw record to a reading, for batch and speed alike. A record becomes a
 * `Reading` or a `DeadLetter` that says which field, which rule and which value; nothing is thrown
 * and nothing is dropped: records = readings + dead letters.
 *
 * The hot path only finds out whether a record is good. Why a bad one is bad is worked out
 * afterwards, by reading it again.
 */
import { LIMITS } from "../limits.ts";
import type { Slot } from "../model/line_values.ts";
import { FLAG_DST, FLAG_FUTURE, FLAG_LATE, METRICS } from "../model/reading.ts";
import {
  type DeadLetter,
  type DeadLetterCode,
  type Fields,
  type Normalised,
  type RawRecord,
  rawText,
} from "../model/record.ts";
import type { SourceDeclaration } from "./declaration.ts";
import { DeclarationError } from "./declaration_check.ts";
import { describeMapping, type FieldDescription, mappingVersion } from "./description.ts";
import { HostField } from "./host_field.ts";
import { MetricField } from "./metric_field.ts";
import type { Refusal } from "./refusal.ts";
import { RegionField } from "./region_field.ts";
import { SensorsField } from "./sensors_field.ts";
import { TemplateReader } from "./template_reader.ts";
import { cutToBytes } from "./text.ts";
import { TimeField } from "./time_field.ts";
import { UnknownColumns } from "./unknown_columns.ts";
import { describeWhen } from "./when.ts";

export interface MappingCounters {
  readonly records: number;
  readonly readings: number;
  readonly dead_letters: number;
  /** Local times that a clock change repeated, or skipped, and the rule decided. */
  readonly dst_repeated: number;
  readonly dst_skipped: number;
  readonly late: number;
  readonly future: number;
  /** Values within a bound's slack, stored as the bound. */
  readonly clamped: number;
  readonly rejects: Readonly<Partial<Record<DeadLetterCode, number>>>;
}

/** Compiles a complete declaration (see inference.ts). Throws a DeclarationError for a partial one. */
export function compileMapping(declaration: SourceDeclaration): Mapping {
  return new Mapping(declaration);
}

export class Mapping {
  readonly declaration: SourceDeclaration;
  /** sha256 (hex) of what the declaration means: the same version, the same readings. */
  readonly version: string;

  readonly #host: HostField;
  readonly #region: RegionField;
  readonly #time: TimeField;
  readonly #temperature: MetricField;
  readonly #cpu: MetricField;
  readonly #voltage: MetricField;
  readonly #power: MetricField;
  readonly #sensors: SensorsField | null;
  readonly #unknown: UnknownColumns;
  readonly #rejects: Partial<Record<DeadLetterCode, number>> = {};
  #records = 0;
  #deadLetters = 0;
  #repeated = 0;
  #skipped = 0;
  #late = 0;
  #future = 0;

  constructor(declaration: SourceDeclaration) {
    const { hostId, timestamp, region, timezone } = declaration;
    if (hostId === null) incomplete(declaration, `host_id = "column" or { value = "name" }`);
    if (timestamp === null) incomplete(declaration, `timestamp = "column"`);
    if (METRICS.every((metric) => (declaration.metrics[metric] ?? []).length === 0)) {
      incomplete(declaration, `one of ${METRICS.join(", ")}`);
    }
    this.declaration = declaration;
    this.version = mappingVersion(declaration);
    this.#host = new HostField(hostId);
    // Without a region declared there is one of its own: the source's name, never a guess.
    this.#region = new RegionField(region ?? [{ value: declaration.name }]);
    this.#time = new TimeField(timestamp, timezone ?? "UTC");
    this.#temperature = new MetricField("temp_c", declaration);
    this.#cpu = new MetricField("cpu_load", declaration);
    this.#voltage = new MetricField("voltage", declaration);
    this.#power = new MetricField("power_watts", declaration);
    this.#sensors = declaration.sensors === undefined
      ? null
      : new SensorsField(declaration.sensors);
    this.#unknown = new UnknownColumns(declaration);
  }

  /** Whether the record measures nothing that a rule is of, and the declaration lets such ones go. */
  ignores(fields: Fields): boolean {
    return this.declaration.others === "ignore" && !this.#temperature.hasRuleFor(fields) &&
      !this.#cpu.hasRuleFor(fields) && !this.#voltage.hasRuleFor(fields) &&
      !this.#power.hasRuleFor(fields);
  }

  /** `arrivalMs`: wall clock when the record came in; null for history, which is never late. */
  normalise(record: RawRecord, arrivalMs: number | null): Normalised {
    this.#records++;
    const fields = record.fields;
    const host_id = this.#host.read(fields);
    if (host_id === null) return this.#refuse(record, this.#host.refusal(fields));
    const atMs = this.#time.read(fields);
    if (!(atMs >= LIMITS.timeMsMin)) return this.#refuse(record, this.#time.refusal(fields));
    const region = this.#region.read(fields, host_id);
    if (region === null) return this.#refuse(record, this.#region.refusal(fields, host_id));
    const temp_c = this.#temperature.read(fields);
    if (temp_c !== temp_c) return this.#refuse(record, this.#temperature.refusal(fields));
    const cpu_load = this.#cpu.read(fields);
    if (cpu_load !== cpu_load) return this.#refuse(record, this.#cpu.refusal(fields));
    const voltage = this.#voltage.read(fields);
    if (voltage !== voltage) return this.#refuse(record, this.#voltage.refusal(fields));
    const power_watts = this.#power.read(fields);
    if (power_watts !== power_watts) return this.#refuse(record, this.#power.refusal(fields));
    if (temp_c === null && cpu_load === null && voltage === null && power_watts === null) {
      return this.#refuse(record, this.#noMetrics());
    }
    const flags = this.#flags(atMs, arrivalMs);
    const offset = record.offset;
    const reading = {
      host_id,
      region,
      atMs,
      temp_c,
      cpu_load,
      voltage,
      power_watts,
      flags,
      offset,
    };
    const sensors = this.#sensors?.read(fields);
    return { kind: "reading", reading: sensors === undefined ? reading : { ...reading, sensors } };
  }

  /** A short way for lines of these slots, texts and numbers; null where there is none. */
  templateReader(slots: readonly Slot[]): TemplateReader | null {
    // Which values a line has decides here, and a template knows its keys only; nor does it look
    // into a column of sensors.
    if (Object.keys(this.declaration.when).length > 0 || this.#sensors !== null) return null;
    const hostSlot = this.#host.slotIn(slots);
    const timeSlot = this.#time.slotIn(slots);
    const [regionSlot = -1, ...others] = this.#region.slotsIn(slots);
    if (hostSlot < 0 || timeSlot < 0 || others.length > 0) return null;
    if (regionSlot >= 0 && slots[regionSlot]!.kind !== "text") return null;
    const temp_c = this.#temperature.numberRule(slots);
    const cpu_load = this.#cpu.numberRule(slots);
    const voltage = this.#voltage.numberRule(slots);
    const power_watts = this.#power.numberRule(slots);
    if (temp_c === undefined || cpu_load === undefined) return null;
    if (voltage === undefined || power_watts === undefined) return null;
    if ((temp_c ?? cpu_load ?? voltage ?? power_watts) === null) return null;
    return new TemplateReader({
      hostSlot,
      regionSlot,
      timeSlot,
      temp_c,
      cpu_load,
      voltage,
      power_watts,
      hostOf: (host, region) => {
        const fields: Record<string, string> = { [slots[hostSlot]!.key]: host };
        if (region !== null) fields[slots[regionSlot]!.key] = region;
        const host_id = this.#host.read(fields);
        const name = host_id === null ? null : this.#region.read(fields, host_id);
        return host_id === null || name === null ? null : { host_id, region: name };
      },
      timeOf: (text) => {
        const atMs = this.#time.read({ [slots[timeSlot]!.key]: text });
        return this.#time.resolution === "exact" ? atMs : NaN;
      },
      flagsOf: (atMs, arrivalMs) => {
        this.#records++;
        return this.#lateness(atMs, arrivalMs);
      },
    });
  }

  get counters(): MappingCounters {
    return {
      records: this.#records,
      readings: this.#records - this.#deadLetters,
      dead_letters: this.#deadLetters,
      dst_repeated: this.#repeated,
      dst_skipped: this.#skipped,
      late: this.#late,
      future: this.#future,
      clamped: this.#temperature.clamped + this.#cpu.clamped + this.#voltage.clamped +
        this.#power.clamped,
      rejects: { ...this.#rejects },
    };
  }

  /** Keys of the record that no rule reads and the declaration does not ignore. */
  unknownColumns(fields: Fields): readonly string[] {
    return this.#unknown.of(fields);
  }

  /** Per field of a reading: from where, in which unit or format, by which rule. */
  describe(): readonly FieldDescription[] {
    return describeMapping(this.declaration);
  }

  #flags(atMs: number, arrivalMs: number | null): number {
    let flags = 0;
    const resolution = this.#time.resolution;
    if (resolution !== "exact") {
      flags = FLAG_DST;
      if (resolution === "repeated") this.#repeated++;
      else this.#skipped++;
    }
    return flags | this.#lateness(atMs, arrivalMs);
  }

  #lateness(atMs: number, arrivalMs: number | null): number {
    if (arrivalMs === null) return 0;
    if (arrivalMs - atMs > LIMITS.lateAfterMs) {
      this.#late++;
      return FLAG_LATE;
    }
    if (atMs - arrivalMs > LIMITS.futureAfterMs) {
      this.#future++;
      return FLAG_FUTURE;
    }
    return 0;
  }

  #refuse(record: RawRecord, refusal: Refusal): DeadLetter {
    this.#deadLetters++;
    this.#rejects[refusal.code] = (this.#rejects[refusal.code] ?? 0) + 1;
    return {
      kind: "dead_letter",
      offset: record.offset,
      code: refusal.code,
      detail: refusal.detail,
      raw: cutToBytes(recordText(record), LIMITS.deadLetterRawBytesMax),
    };
  }

  #noMetrics(): Refusal {
    const columns = METRICS.flatMap((metric) =>
      (this.declaration.metrics[metric] ?? []).map(({ column, when }) => {
        const only = describeWhen(when);
        return only === "" ? column : `${column} (where ${only})`;
      })
    );
    return {
      code: "no_metrics",
      detail: `nothing measured: none of the columns ${[...new Set(columns)].join(", ")} ` +
        `is there and filled`,
    };
  }
}

function incomplete(declaration: SourceDeclaration, missing: string): never {
  throw new DeclarationError(
    `Cannot map source "${declaration.name}": the columns do not tell ${missing}; declare it ` +
      `under [[source]] (rackwatch inspect FILE shows the columns)`,
  );
}

/** Never throws: what has no JSON (a cycle, a symbol) is named by its keys. */
function recordText(record: RawRecord): string {
  try {
    return rawText(record) ?? "";
  } catch {
    return `{${Object.keys(record.fields).join(",")}}`;
  }
}
