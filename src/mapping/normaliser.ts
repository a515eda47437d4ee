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
import {
  FLAG_DST,
  FLAG_FUTURE,
  FLAG_LATE,
  type Metric,
  METRICS,
  type Reading,
} from "../model/reading.ts";
import {
  type DeadLetter,
  type DeadLetterCode,
  type Fields,
  type Normalised,
  type RawRecord,
  rawText,
} from "../model/record.ts";
import { compileColumn } from "./column.ts";
import type { SourceDeclaration } from "./declaration.ts";
import { DeclarationError } from "./declaration_check.ts";
import { describeMapping, type FieldDescription, mappingVersion } from "./description.ts";
import { HostField } from "./host_field.ts";
import { HOST_SERIES } from "./host_series.ts";
import { MetricField } from "./metric_field.ts";
import type { Refusal } from "./refusal.ts";
import { RegionField } from "./region_field.ts";
import { SensorsField } from "./sensors_field.ts";
import type { TemplateReader } from "./template_reader.ts";
import { templateReader } from "./template_rules.ts";
import { cutToBytes } from "./text.ts";
import { TimeField } from "./time_field.ts";
import { UnknownColumns, valueColumns } from "./unknown_columns.ts";
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
  /** Values within a bound's slack, taken for the bound; of records that are refused, too. */
  readonly clamped: number;
  readonly rejects: Readonly<Partial<Record<DeadLetterCode, number>>>;
}

/** A feed's hosts are numbered, for whoever keeps something of each; those of a file, which ends, not. */
export type RecordsOf = "a feed" | "a file";

/** Compiles a complete declaration (see inference.ts). Throws a DeclarationError for a partial one. */
export function compileMapping(
  declaration: SourceDeclaration,
  recordsOf: RecordsOf = "a file",
): Mapping {
  return new Mapping(declaration, recordsOf);
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
  readonly #isNumbered: boolean;
  readonly #rejects: Partial<Record<DeadLetterCode, number>> = {};
  #records = 0;
  #deadLetters = 0;
  #repeated = 0;
  #skipped = 0;
  #late = 0;
  #future = 0;

  constructor(declaration: SourceDeclaration, recordsOf: RecordsOf) {
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
    this.#isNumbered = recordsOf === "a feed";
  }

  /** Whether the record measures nothing that a rule is of, and the declaration lets such ones go. */
  ignores(fields: Fields): boolean {
    if (this.declaration.others !== "ignore") return false;
    this.#measure(fields);
    return this.#isOther;
  }

  /** `arrivalMs`: wall clock when the record came in; null for history, which is never late. */
  normalise(record: RawRecord, arrivalMs: number | null): Normalised {
    return this.#normalised(record, arrivalMs, this.#measure(record.fields));
  }

  /** As `normalise`; null where the record is one that `ignores` lets go. */
  normaliseOrIgnore(record: RawRecord, arrivalMs: number | null): Normalised | null {
    const measured = this.#measure(record.fields);
    if (this.#isOther && this.declaration.others === "ignore") return null;
    return this.#normalised(record, arrivalMs, measured);
  }

  /** No rule of any metric is of the record that was measured last. */
  get #isOther(): boolean {
    return !this.#temperature.isThere && !this.#cpu.isThere && !this.#voltage.isThere &&
      !this.#power.isThere;
  }

  /** Null: not measured; NaN: the record must be refused. */
  #measure(fields: Fields): Pick<Reading, Metric> {
    return {
      temp_c: this.#temperature.read(fields),
      cpu_load: this.#cpu.read(fields),
      voltage: this.#voltage.read(fields),
      power_watts: this.#power.read(fields),
    };
  }

  #normalised(
    record: RawRecord,
    arrivalMs: number | null,
    { temp_c, cpu_load, voltage, power_watts }: Pick<Reading, Metric>,
  ): Normalised {
    this.#records++;
    const { fields, offset } = record;
    const host_id = this.#host.read(fields);
    if (host_id === null) return this.#refuse(record, this.#host.refusal(fields));
    const atMs = this.#time.read(fields);
    if (!(atMs >= LIMITS.timeMsMin)) return this.#refuse(record, this.#time.refusal(fields));
    const region = this.#region.read(fields, host_id);
    if (region === null) return this.#refuse(record, this.#region.refusal(fields, host_id));
    if (temp_c !== temp_c) return this.#refuse(record, this.#temperature.refusal(fields));
    if (cpu_load !== cpu_load) return this.#refuse(record, this.#cpu.refusal(fields));
    if (voltage !== voltage) return this.#refuse(record, this.#voltage.refusal(fields));
    if (power_watts !== power_watts) return this.#refuse(record, this.#power.refusal(fields));
    if (temp_c === null && cpu_load === null && voltage === null && power_watts === null) {
      return this.#refuse(record, this.#noMetrics());
    }
    const flags = this.#flags(atMs, arrivalMs);
    const reading: { -readonly [name in keyof Reading]: Reading[name] } = {
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
    const series = this.#isNumbered ? HOST_SERIES.of(region, host_id) : undefined;
    if (series !== undefined) reading.series = series;
    const sensors = this.#sensors?.read(fields);
    if (sensors !== undefined) reading.sensors = sensors;
    return { kind: "reading", reading };
  }

  /**
   * A short way for lines of a shape; null where there is none.
   *
   * @param fields Of a line of it, whose mapping this is: what is no slot is the same in all.
   */
  templateReader(slots: readonly Slot[], fields: Fields): TemplateReader | null {
    if (this.#sensors !== null || this.#readsBesides(slots, fields)) return null;
    return templateReader(
      {
        host: this.#host,
        region: this.#region,
        time: this.#time,
        temp_c: this.#temperature,
        cpu_load: this.#cpu,
        voltage: this.#voltage,
        power_watts: this.#power,
      },
      { slots, fields },
      (atMs, arrivalMs) => {
        this.#records++;
        return this.#lateness(atMs, arrivalMs);
      },
    );
  }

  /** Whether a value that is read is a part of the shape: in a slot alone it would be seen. */
  #readsBesides(slots: readonly Slot[], fields: Fields): boolean {
    return valueColumns(this.declaration).some((column) => {
      if (slots.some(({ key }) => key === column)) return false;
      const value = compileColumn(column)(fields);
      return value !== undefined && value !== null && value !== "";
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
