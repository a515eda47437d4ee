/** Small makers shared by the tests of this room. */
import { parseDeclarations, type SourceDeclaration } from "../../src/mapping/declaration.ts";
import { compileMapping, type Mapping } from "../../src/mapping/normaliser.ts";
import type { DeadLetter, Fields, RawRecord } from "../../src/model/record.ts";
import type { Reading } from "../../src/model/reading.ts";

/** The keys of a `[[source]]` block, without its head. */
export function declare(keys: string): SourceDeclaration {
  const { source } = Bun.TOML.parse(`[[source]]\n${keys}`) as { source?: unknown };
  return parseDeclarations(source, "rackwatch.toml")[0]!;
}

export function mappingOf(keys: string): Mapping {
  return compileMapping(declare(keys));
}

export function record(fields: Fields, offset = 0): RawRecord {
  return { kind: "record", offset, fields, raw: null };
}

export function readingOf(
  mapping: Mapping,
  fields: Fields,
  arrivalMs: number | null = null,
): Reading {
  const normalised = mapping.normalise(record(fields), arrivalMs);
  if (normalised.kind === "dead_letter") throw new Error(normalised.detail);
  return normalised.reading;
}

export function deadLetterOf(mapping: Mapping, fields: Fields): DeadLetter {
  const normalised = mapping.normalise(record(fields), null);
  if (normalised.kind === "reading") throw new Error("expected a dead letter, got a reading");
  return normalised;
}
