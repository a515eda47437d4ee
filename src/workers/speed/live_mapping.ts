/**
 * Which declared mapping reads a live line. The choice is made record by record, from what the
 * record holds, never from the connection: so a replay or a rebuild makes the same choice.
 *
 * Declarations with `connect = true` or `listen = true` come first, in the order of the
 * configuration; the first whose `when` it meets, or without one whose host and time are there,
 * reads the record. Then what common agents send by default. The wire feed's own declaration comes
 * last and reads, or refuses, the rest.
 */
import { FEED_DECLARATION } from "../../mapping/builtin.ts";
import { AGENT_DECLARATIONS } from "../../mapping/builtin_agents.ts";
import { compileColumn } from "../../mapping/column.ts";
import { parseDeclarations, type SourceDeclaration } from "../../mapping/declaration.ts";
import { compileMapping, type Mapping } from "../../mapping/normaliser.ts";
import { canPass, compileWhen, decidingColumns, type RecordTest } from "../../mapping/when.ts";
import { METRICS } from "../../model/reading.ts";
import type { Fields } from "../../model/record.ts";
import { Normalise } from "./normalise_block.ts";

export interface LiveMapping {
  readonly normalise: Normalise;
  /** Digest of each mapping by source name, for manifests. */
  readonly versions: Readonly<Record<string, string>>;
  /** All, in the order in which they are asked. */
  readonly mappings: readonly Mapping[];
  /** The one that reads, or refuses, a record. */
  choose(fields: Fields): Mapping;
}

/** @throws {DeclarationError} when a table is no valid or no complete declaration. */
export function liveMapping(tables: readonly unknown[], where: string): LiveMapping {
  const declared = parseDeclarations(tables, where).filter((one) => one.connect || one.listen);
  const names = new Set(declared.map(({ name }) => name));
  // A declaration of the same name takes a built-in one's place.
  const agents = AGENT_DECLARATIONS.filter(({ name }) => !names.has(name));
  const candidates = [...declared, ...agents].map((declaration) => ({
    fits: compileWhen(declaration.when) ?? fitsOf(declaration),
    mapping: compileMapping(declaration, "a feed"),
  }));
  const feed = compileMapping(FEED_DECLARATION, "a feed");
  const mappings = [...candidates.map((one) => one.mapping), feed];
  const versions = Object.fromEntries(
    mappings.map((mapping) => [mapping.declaration.name, mapping.version]),
  );
  const choose = (fields: Fields) => {
    for (const { fits, mapping } of candidates) if (fits(fields)) return mapping;
    return feed;
  };
  /** Columns whose values decide which mapping and which rules read lines of these columns. */
  const decidingOf = (fields: Fields, { declaration: { metrics } }: Mapping) => {
    const whens = candidates.map(({ mapping }) => mapping.declaration.when)
      .filter((when) => canPass(when, fields));
    const ofRules = METRICS.flatMap((metric) => metrics[metric] ?? []).map(({ when }) => when);
    return new Set([...whens, ...ofRules].flatMap(decidingColumns));
  };
  return {
    versions,
    mappings,
    choose,
    normalise: new Normalise(
      (record, arrivalMs, sights) => {
        const mapping = choose(record.fields);
        const value = mapping.normaliseOrIgnore(record, arrivalMs);
        sights?.record(mapping, record, value);
        return value;
      },
      // Lines of one shape have the same columns, filled or refused by the reader, and the same
      // values of those that decide: one choice.
      (fields) => {
        const mapping = choose(fields);
        const deciding = decidingOf(fields, mapping);
        const isDeciding = (column: string) => deciding.has(column);
        return { isDeciding, readerOf: (slots) => mapping.templateReader(slots, fields) };
      },
    ),
  };
}

/** Whether a record has one of the declaration's time columns, and a host. */
function fitsOf(declaration: SourceDeclaration): RecordTest {
  const times = (declaration.timestamp ?? []).map((rule) => compileColumn(rule.column));
  const hosts = declaration.hostId ?? [];
  const hostColumns = hosts.flatMap((rule) => "column" in rule ? [compileColumn(rule.column)] : []);
  const hasConstantHost = hosts.length > hostColumns.length;
  const isThere = (value: unknown) => value !== undefined && value !== null && value !== "";
  return (fields) =>
    times.some((read) => isThere(read(fields))) &&
    (hasConstantHost || hostColumns.some((read) => isThere(read(fields))));
}
