/**
 * The schemas of live sources: what lines show of them on their way, and the record of it in the hot
 * store. Costs a line of a known shape nothing: its shape is counted once a block. Of the others the
 * first of a source are looked at within each second, and then one of so many.
 *
 * What the store can't take is found again at the next look. Never fails what it watches.
 */
import { LIMITS } from "../../limits.ts";
import type { Log } from "../../log.ts";
import type { Sighting } from "../../mapping/column_sightings.ts";
import type { SeenColumn } from "../../mapping/live_shape.ts";
import type { Mapping } from "../../mapping/normaliser.ts";
import type { ChangedColumns } from "../../mapping/source_columns.ts";
import type { DeadLetterCode, Fields, Normalised, RawRecord } from "../../model/record.ts";
import { currentSchema } from "../../model/schema_registry.ts";
import { schemaWords } from "../../model/schema_words.ts";
import type { SourceTraffic } from "../../model/status.ts";
import type { Database } from "../../store/database.ts";
import { knownLiveSchemas, recordSchema } from "../../store/source_schemas.ts";
import { partOrigin } from "./archived_runs.ts";
import type { LiveMapping } from "./live_mapping.ts";
import type { LineSights } from "./line_sights.ts";
import type { PlacedBlock } from "./normalise_block.ts";
import { WatchedSource } from "./watched_source.ts";

export interface LiveSchemasOptions {
  readonly database: Database;
  readonly mapping: Pick<LiveMapping, "choose" | "mappings">;
  readonly log: Log;
}

/** Records that say nothing of who sent them are nobody's: they show no schema. */
const NOBODYS: ReadonlySet<DeadLetterCode> = new Set(["missing_field", "invalid_host_id"]);

export class LiveSchemas implements LineSights {
  readonly #options: LiveSchemasOptions;
  readonly #sources: ReadonlyMap<Mapping, WatchedSource>;
  /** By a line of the shape. */
  readonly #shapes = new WeakMap<Fields, {
    readonly source: WatchedSource;
    readonly columns: readonly SeenColumn[];
  }>();
  #block: Omit<PlacedBlock, "block"> = { part: 0, offset: 0, arrivalMs: 0 };
  #isLoaded = false;
  #isFailing = false;
  #looking: Promise<void> | null = null;
  #lookedMs = -Infinity;

  constructor(options: LiveSchemasOptions) {
    this.#options = options;
    this.#sources = new Map(
      options.mapping.mappings.map((mapping) => [mapping, new WatchedSource(mapping)]),
    );
  }

  /** Of every source that was ever heard. */
  get traffic(): SourceTraffic[] {
    return [...this.#sources.values()].flatMap(({ traffic }) =>
      traffic.last_record === null ? [] : [traffic]
    );
  }

  begin(placed: PlacedBlock): void {
    this.#block = placed;
  }

  readonly record = (mapping: Mapping, record: RawRecord, value: Normalised | null): void => {
    if (value?.kind === "dead_letter" && NOBODYS.has(value.code)) return;
    const source = this.#sources.get(mapping);
    if (source === undefined) return;
    source.hear(1, this.#block.arrivalMs);
    const weight = source.weightOfNext();
    if (weight === 0) return;
    source.columns.see(source.shapes.columns(record.fields), weight, this.#at(record.offset));
  };

  lines(fields: Fields, count: number, offset: number): void {
    const shape = this.#shapes.get(fields) ?? this.#shapeOf(fields);
    if (shape === null) return;
    shape.source.hear(count, this.#block.arrivalMs);
    shape.source.columns.see(shape.columns, count, this.#at(offset));
  }

  /** Whether a look is due at this time. */
  isDue(nowMs: number): boolean {
    return nowMs - this.#lookedMs >= LIMITS.schemaLookMs;
  }

  /**
   * Writes down what has changed. Never rejects.
   *
   * @param isEnd No more lines come for now.
   */
  async look(nowMs: number, isEnd = false): Promise<void> {
    this.#lookedMs = nowMs;
    // One at a time: what this one would find, the next one does.
    if (this.#looking !== null && !isEnd) return;
    await this.#looking;
    this.#looking = this.#look(nowMs, isEnd).catch((error) => this.#failed(error));
    await this.#looking;
    this.#looking = null;
  }

  async #look(nowMs: number, isEnd: boolean): Promise<void> {
    if (!this.#isLoaded) await this.#load();
    for (const source of this.#sources.values()) {
      source.startAnew();
      const found = source.columns.look(nowMs, isEnd);
      if (found !== null) await this.#tell(source, found, nowMs);
      else if (source.isToTouch(nowMs, isEnd)) await this.#touch(source, nowMs);
    }
    this.#isFailing = false;
  }

  async #load(): Promise<void> {
    const known = await knownLiveSchemas(this.#options.database);
    for (const source of this.#sources.values()) {
      const schemas = known.get(source.name) ?? [];
      const current = currentSchema(schemas);
      if (current === null) continue;
      source.columns.tell(current.columns, { nowMs: 0, firstMs: current.firstSeenMs });
      source.hear(0, Math.max(...schemas.map(({ lastSeenMs }) => lastSeenMs)));
    }
    this.#isLoaded = true;
  }

  async #tell(source: WatchedSource, found: ChangedColumns, nowMs: number): Promise<void> {
    const { columns, first, last } = found;
    const path = placeText(first);
    const { version, changes } = await recordSchema(this.#options.database, source.name, {
      columns,
      atMs: first.atMs,
      untilMs: last.atMs,
      path,
    }, "speed");
    source.columns.tell(columns, { nowMs, firstMs: first.atMs });
    source.touchedMs = nowMs;
    if (changes.length === 0) return;
    source.changes++;
    this.#options.log.warn("a source's columns changed", {
      source: source.name,
      from: path,
      version,
      changes: schemaWords(changes),
    });
  }

  /** As it was, and heard of until now. */
  async #touch(source: WatchedSource, nowMs: number): Promise<void> {
    const { told, last } = source.columns;
    if (told.length === 0 || last === null) return;
    const found = { columns: told, atMs: last.atMs, path: placeText(last) };
    await recordSchema(this.#options.database, source.name, found, "speed");
    source.touchedMs = nowMs;
  }

  #shapeOf(fields: Fields) {
    const source = this.#sources.get(this.#options.mapping.choose(fields));
    if (source === undefined) return null;
    const shape = { source, columns: source.shapes.columns(fields) };
    this.#shapes.set(fields, shape);
    return shape;
  }

  #at(offset: number): Sighting {
    const { runId = "", part, connection = null, arrivalMs } = this.#block;
    return { runId, part, offset, connection, atMs: arrivalMs };
  }

  #failed(error: unknown): void {
    if (!this.#isFailing) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.log.warn("schemas of live sources can't be kept now; trying again", { reason });
    }
    this.#isFailing = true;
  }
}

function placeText({ runId, part, offset, connection }: Sighting): string {
  const from = connection === null ? "" : `, connection ${connection}`;
  return `${partOrigin(runId, part).path}, byte ${offset}${from}`;
}
