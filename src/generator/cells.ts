/**
 * A history column's value: converted from the model's °C, percent, volts and watts to the column's
 * unit and rounded as the column's kind says. The way back is the mapping's; this is its inverse
 * for made-up data, not a second home of it.
 */
import { TimeText, twoDecimals } from "./numerals.ts";
import type { HistoryRow } from "./history_rows.ts";
import type { ColumnKind } from "./profiles.ts";

/** A number cell, for formats that have numbers; whole but for `fraction` and `volts`. */
export function numberCell(kind: ColumnKind): ((row: HistoryRow) => number) | null {
  switch (kind) {
    case "celsius":
      return (row) => Math.round(row.measured.tempC);
    case "fahrenheit":
      return (row) => Math.round(row.measured.tempC * 1.8 + 32);
    case "kelvin":
      return (row) => Math.round(row.measured.tempC + 273.15);
    case "percent":
      return (row) => Math.round(row.measured.cpuLoad);
    case "fraction":
      return (row) => Math.round(row.measured.cpuLoad) / 100;
    case "volts":
      return (row) => Math.round(row.measured.voltage * 100) / 100;
    case "watts":
      return (row) => Math.round(row.measured.powerWatts);
    case "epoch_seconds":
      return (row) => Math.floor(row.atMs / 1000);
    case "host_id":
    case "local_time":
    case "utc_time":
      return null;
  }
}

/** The cell as text: digits for numbers, bare text otherwise. */
export function textCell(kind: ColumnKind): (row: HistoryRow) => string {
  const time = new TimeText();
  switch (kind) {
    case "host_id":
      return (row) => row.host.name;
    case "local_time":
      return (row) => time.format(row.localMs);
    case "utc_time":
      return (row) => time.format(row.atMs, "T") + "Z";
    case "fraction":
    case "volts": {
      const number = numberCell(kind)!;
      return (row) => twoDecimals(number(row));
    }
    default: {
      const number = numberCell(kind)!;
      return (row) => `${number(row)}`;
    }
  }
}
