/** What inference finds while it completes a declaration, field by field. */
import type { Metric } from "../model/reading.ts";
import type { SampleColumn } from "./sample.ts";

export type FieldName = "host_id" | "region" | "timestamp" | "decimal" | Metric;

/** `certain`: name and values agree; `likely`: one of them, or a custom. */
export type Confidence = "declared" | "certain" | "likely";

export interface FieldInference {
  readonly field: FieldName;
  /** A column, or a constant in quotes. */
  readonly from: string;
  /** Unit or time format; empty where there is none. */
  readonly unit: string;
  readonly confidence: Confidence;
  readonly why: string;
}

/** A column that looks like a metric and was not taken. */
export interface LeftOut {
  readonly field: Metric;
  readonly column: string;
  readonly candidates: readonly string[];
  readonly why: string;
}

export interface Found {
  readonly fields: FieldInference[];
  readonly leftOut: LeftOut[];
  readonly problems: string[];
  readonly choices: string[];
}

export interface Work extends Found {
  readonly taken: Set<string>;
  /** Columns that no field has taken yet. */
  readonly free: () => SampleColumn[];
  /** Names of the parts of the file's path. */
  readonly parts: readonly string[];
}

export function declared(work: Work, field: FieldName, from: readonly string[], unit = ""): void {
  for (const each of from) {
    work.fields.push({ field, from: each, unit, confidence: "declared", why: "declared" });
  }
}
