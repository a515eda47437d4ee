/**
 * How this viewer wants values written, for the whole page: every formatter reads it as a signal, so
 * that what shows a value is drawn anew when it changes. The server leaves it as it is, and the
 * browser changes it once the islands are hydrated.
 */
import { signal } from "@preact/signals";

export type TemperatureUnit = "C" | "F";

export interface Formats {
  /** BCP 47; of numbers and dates. Words stay English. */
  readonly locale: string;
  readonly temperature: TemperatureUnit;
}

export const PLAIN_FORMATS: Formats = { locale: "en", temperature: "C" };

export const formats = signal<Formats>(PLAIN_FORMATS);
