/** The time of a record: the first declared column that is filled, read by its format and zone. */
import { LIMITS } from "../limits.ts";
import type { Slot } from "../model/line_values.ts";
import { isoUtc } from "../model/iso_time.ts";
import type { Fields } from "../model/record.ts";
import { TimeReader } from "../units/time_format.ts";
import type { Resolution } from "../units/time_zone.ts";
import { type ColumnReader, compileColumn } from "./column.ts";
import type { TimeRule } from "./declaration.ts";
import type { Refusal } from "./refusal.ts";
import { preview } from "./text.ts";

interface CompiledRule {
  readonly column: string;
  readonly format: string;
  readonly read: ColumnReader;
  readonly reader: TimeReader;
}

export class TimeField {
  /** How the last time read was decided where clocks change. */
  resolution: Resolution = "exact";
  readonly #rules: readonly CompiledRule[];

  /** `zone` is that of rules which name none. Throws a RangeError for a bad format or zone. */
  constructor(rules: readonly TimeRule[], zone: string) {
    this.#rules = rules.map((rule) => ({
      column: rule.column,
      format: rule.format,
      read: compileColumn(rule.column),
      reader: new TimeReader({
        format: rule.format,
        zone: rule.timezone ?? zone,
        occurrence: rule.occurrence,
      }),
    }));
  }

  /** Epoch ms within LIMITS, or NaN. */
  read(fields: Fields): number {
    for (let i = 0; i < this.#rules.length; i++) {
      const rule = this.#rules[i]!;
      const value = rule.read(fields);
      if (value === undefined || value === null || value === "") continue;
      const atMs = rule.reader.read(value);
      this.resolution = rule.reader.resolution;
      return atMs >= LIMITS.timeMsMin && atMs <= LIMITS.timeMsMax ? atMs : NaN;
    }
    return NaN;
  }

  /** The slot that holds the time; -1 where the slots do not tell. */
  slotIn(slots: readonly Slot[]): number {
    for (const { column } of this.#rules) {
      const slot = slots.findIndex(({ key }) => key === column);
      if (slot >= 0) return slots[slot]!.kind === "text" ? slot : -1;
    }
    return -1;
  }

  refusal(fields: Fields): Refusal {
    for (const rule of this.#rules) {
      const value = rule.read(fields);
      if (value === undefined || value === null || value === "") continue;
      const atMs = rule.reader.read(value);
      const what = `timestamp: ${preview(value)} in ${rule.column}`;
      return Number.isNaN(atMs)
        ? { code: "invalid_time", detail: `${what} is no time of format ${rule.format}` }
        : {
          code: "time_out_of_range",
          detail: `${what} is ${timeText(atMs)}, and times lie ` +
            `between 2000 and 2100: an unset clock, or another unit than ${rule.format}?`,
        };
    }
    const columns = this.#rules.map((rule) => rule.column).join(", ");
    return {
      code: "missing_field",
      detail: `timestamp: none of the columns ${columns} is there and filled`,
    };
  }
}

/** A time for a message; beyond ±8.64e15 ms there is no date to write. */
function timeText(atMs: number): string {
  return Math.abs(atMs) <= 8.64e15 ? isoUtc(atMs) : `${atMs} ms after 1970`;
}
