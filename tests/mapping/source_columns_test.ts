/** When the columns of a live source are told as new, gone, renamed or of another type. */
import { describe, expect, test } from "bun:test";
import { LIMITS } from "../../src/limits.ts";
import { parseDeclaration } from "../../src/mapping/declaration.ts";
import { ShapeReader } from "../../src/mapping/live_shape.ts";
import { compileMapping } from "../../src/mapping/normaliser.ts";
import { SourceColumns } from "../../src/mapping/source_columns.ts";
import type { Fields } from "../../src/model/record.ts";
import { schemaChanges } from "../../src/model/schema.ts";
import { schemaWords } from "../../src/model/schema_words.ts";

const START_MS = Date.UTC(2026, 0, 1);
const SHAPES = new ShapeReader(compileMapping(parseDeclaration({
  name: "lab",
  listen: true,
  host_id: "host",
  region: "Lab",
  timestamp: { column: "at", format: "epoch_ms" },
  temp_c: [{ column: "c", unit: "celsius" }, { column: "f", unit: "fahrenheit" }],
  power_watts: { column: "power.value", unit: "watts" },
}, "test")));

const C: Fields = { host: "a", at: 1, c: 20 };
const F: Fields = { host: "a", at: 1, f: 70 };

/** A source that is looked at every second, and what was told of it, in words. */
class Watch {
  readonly columns = new SourceColumns();
  readonly words: string[] = [];
  readonly firsts: number[] = [];
  nowMs = START_MS;
  offset = 0;

  /** So many seconds of so many records each, of these kinds in turn. */
  send(records: readonly Fields[], { seconds = 1, each = 100 } = {}): this {
    for (let second = 0; second < seconds; second++) {
      for (let index = 0; index < each; index++) {
        const place = { runId: "r", part: 0, offset: this.offset++, connection: 1 };
        const at = { ...place, atMs: this.nowMs + Math.floor(index * 1000 / each) };
        this.columns.see(SHAPES.columns(records[index % records.length]!), 1, at);
      }
      this.nowMs += 1000;
      this.look();
    }
    return this;
  }

  wait(seconds: number): this {
    for (let second = 0; second < seconds; second++) {
      this.nowMs += 1000;
      this.look();
    }
    return this;
  }

  look(isEnd = false): void {
    const before = this.columns.told;
    const found = this.columns.look(this.nowMs, isEnd);
    if (found === null) return;
    this.columns.tell(found.columns, { nowMs: this.nowMs, firstMs: found.first.atMs });
    this.words.push(
      before.length === 0 ? "first" : schemaWords(
        schemaChanges(before, found.columns),
      ),
    );
    this.firsts.push(found.first.offset);
  }

  get names(): string[] {
    return this.columns.told.map(({ name }) => name);
  }
}

describe("a live source's columns", () => {
  test("are told once they have settled, with what is read from them", () => {
    const watch = new Watch().send([{ ...C, power: { value: 5 }, note: "x" }], { seconds: 3 });
    expect(watch.columns.told).toEqual([
      { name: "at", type: "number", mappedTo: "timestamp", unit: "epoch_ms" },
      { name: "c", type: "number", mappedTo: "temp_c", unit: "celsius" },
      { name: "host", type: "text", mappedTo: "host_id", unit: null },
      { name: "power.value", type: "number", mappedTo: "power_watts", unit: "watts" },
      { name: "note", type: "text", mappedTo: null, unit: null },
      { name: "power", type: "object", mappedTo: null, unit: null },
    ]);
    expect([watch.words, watch.firsts]).toEqual([["first"], [0]]);
  });

  test("that is renamed is told so, where it began", () => {
    const watch = new Watch().send([C], { seconds: 20 }).send([F], { seconds: 15 });
    expect(watch.words.slice(1)).toEqual([
      "c gone, f added: temperature is now read from f in fahrenheit",
    ]);
    expect(watch.firsts.at(-1)).toBe(2_000);
  });

  test("that is renamed on some hosts only is one more, told at once", () => {
    const watch = new Watch().send([C], { seconds: 20 }).send([C, F], { seconds: 4 });
    expect(watch.words.slice(1)).toEqual([
      "f added: temperature is now read from f in fahrenheit",
    ]);
    expect(watch.names).toContain("c");
  });

  test("that goes is told, and not before it was away for long", () => {
    const both = { ...C, power: { value: 5 } };
    const watch = new Watch().send([both], { seconds: 20 }).send([C], { seconds: 9 });
    expect(watch.words).toHaveLength(1);
    watch.send([C], { seconds: 3 });
    expect(watch.words.slice(1)).toEqual([
      "power.value gone: power is no longer read from it; power gone",
    ]);
  });

  test("of a slow source take fewer records, and longer", () => {
    const slow = { each: 1, seconds: 1 };
    const watch = new Watch();
    for (let index = 0; index < 3; index++) watch.send([C], slow).wait(9);
    expect(watch.words).toEqual(["first"]);
    for (let index = 0; index < 12; index++) watch.send([F], slow).wait(9);
    expect(watch.words.slice(1)).toEqual([
      "c gone, f added: temperature is now read from f in fahrenheit",
    ]);
  });

  test("that a tenth of the records have, and nothing reads, are never told", () => {
    const sparse = (index: number): Fields => ({ ...C, [`only_${index}`]: 1 });
    const records = Array.from(
      { length: 500 },
      (_, index) => index % 10 === 0 ? { ...sparse(index), note: "x" } : C,
    );
    const watch = new Watch().send(records, { seconds: 60, each: 500 });
    expect(watch.words).toEqual(["first"]);
    expect(watch.names).toEqual(["at", "c", "host"]);
  });

  test("that come and go make no version each time", () => {
    const watch = new Watch();
    for (let round = 0; round < 20; round++) {
      watch.send([C], { seconds: 30 }).send([F], { seconds: 30 });
    }
    expect(watch.words.length).toBeLessThan(6);
    expect(watch.names).toEqual(["at", "c", "f", "host"]);
  });

  test("of another type are told, but not for one bad value in ten", () => {
    const bad = [...Array.from({ length: 19 }, () => C), { ...C, c: "n/a" }];
    const watch = new Watch().send([C], { seconds: 5 }).send(bad, { seconds: 30 });
    expect(watch.words).toHaveLength(1);
    watch.send([{ ...C, c: "20" }], { seconds: 5 });
    expect(watch.words.slice(1)).toEqual(["c is now text, was number"]);
  });

  test("of which no value was seen are of any type", () => {
    const watch = new Watch().send([{ ...C, c: null }], { seconds: 5 }).send([C], { seconds: 5 });
    expect(watch.words).toEqual(["first"]);
    expect(watch.columns.told.find(({ name }) => name === "c")?.type).toBe("number");
  });

  test("are told so many times a minute, the rest together", () => {
    const watch = new Watch().send([C], { seconds: 5 });
    let record: Fields = C;
    for (let index = 0; index < 10; index++) {
      record = { ...record, [`x${index}`]: 1 };
      watch.send([record], { seconds: 3 });
    }
    expect(watch.words.length).toBeLessThanOrEqual(LIMITS.schemaLiveVersionsPerMinuteMax + 1);
    watch.send([record], { seconds: 60 });
    expect(watch.names).toHaveLength(13);
  });

  test("of endless new names take no more memory than their bound", () => {
    const watch = new Watch();
    const names = LIMITS.schemaColumnsMax + LIMITS.schemaCandidatesMax + 500;
    for (let index = 0; index < names; index++) {
      watch.columns.see(SHAPES.columns({ [`n${index}`]: 1 }), 1, {
        runId: "r",
        part: 0,
        offset: index,
        connection: null,
        atMs: START_MS,
      });
    }
    expect(watch.columns.size).toBeLessThanOrEqual(
      LIMITS.schemaColumnsMax + LIMITS.schemaCandidatesMax,
    );
  });

  test("go on from what was told before", () => {
    const watch = new Watch();
    watch.columns.tell(new Watch().send([C], { seconds: 3 }).columns.told, {
      nowMs: 0,
      firstMs: START_MS - 1,
    });
    watch.send([C], { seconds: 30 });
    expect(watch.words).toEqual([]);
    watch.send([F], { seconds: 15 });
    expect(watch.words).toEqual(["c gone, f added: temperature is now read from f in fahrenheit"]);
  });

  test("of a source that ends are told as they are", () => {
    const watch = new Watch();
    watch.columns.see(SHAPES.columns(C), 5, {
      runId: "r",
      part: 0,
      offset: 0,
      connection: 1,
      atMs: START_MS,
    });
    watch.look(true);
    expect(watch.words).toEqual(["first"]);
  });
});
