/** When each source of history files was heard: its newest load, and the changes of its schema. */
import type { SourceTraffic } from "../../model/status.ts";
import type { Database } from "../../store/database.ts";
import { queryFileLoads } from "../../store/queries/sources.ts";

type Traffic = { -readonly [K in keyof SourceTraffic]: SourceTraffic[K] };

export class FileTraffic {
  readonly #sources = new Map<string, Traffic>();
  #isLoaded = false;

  get list(): SourceTraffic[] {
    return [...this.#sources.values()].map((source) => ({ ...source }));
  }

  /** What was loaded before this start, once. */
  async load(database: Database): Promise<void> {
    if (this.#isLoaded) return;
    for (const { source, lastMs } of await queryFileLoads(database)) {
      this.#of(source).last_record = new Date(lastMs).toISOString();
    }
    this.#isLoaded = true;
  }

  took(source: string, rows: number, nowMs: number): void {
    const traffic = this.#of(source);
    traffic.records += rows;
    traffic.last_record = new Date(nowMs).toISOString();
  }

  changed(source: string): void {
    this.#of(source).schema_changes++;
  }

  #of(name: string): Traffic {
    const known = this.#sources.get(name);
    if (known !== undefined) return known;
    const made: Traffic = { name, records: 0, last_record: null, schema_changes: 0 };
    this.#sources.set(name, made);
    return made;
  }
}
