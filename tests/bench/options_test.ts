import { describe, expect, test } from "bun:test";
import { peerServer, storeServer } from "../../src/bench/options.ts";
import { parseCall, UsageError } from "../../src/cli.ts";
import { benchOptions } from "../../src/commands/bench.ts";
import { createLog } from "../../src/log.ts";

const LOG = createLog({ format: "json", area: "test", write: () => {} });
const URL = "postgres://rackwatch@127.0.0.1/x";

const options = (words: readonly string[], databaseUrl: string | null = null) =>
  benchOptions(parseCall(["bench", "x", ...words]).flags, { databaseUrl }, LOG);

describe("a benchmark's options", () => {
  test("are its own where none are given", () => {
    const { log: _, ...given } = options([]);
    expect(given).toEqual({
      rows: null,
      seconds: null,
      runs: null,
      hosts: null,
      clients: null,
      rate: null,
      out: "docs/performance",
      embedded: false,
      databaseUrl: null,
    });
  });

  test("are taken from the flags", () => {
    const words = "--rows 5000 --seconds 3 --runs 2 --hosts 30 --clients 10 --rate 500 --embedded";
    expect(options([...words.split(" "), "--out", "/tmp/x"])).toMatchObject({
      rows: 5000,
      seconds: 3,
      runs: 2,
      hosts: 30,
      clients: 10,
      rate: 500,
      embedded: true,
      out: "/tmp/x",
    });
  });

  const wrong: [string, string[]][] = [
    ["a size that measures nothing", ["--rows", "10"]],
    ["no seconds", ["--seconds", "0"]],
    ["half a run", ["--runs", "1.5"]],
    ["a word for a number", ["--hosts", "many"]],
    ["more clients than fit", ["--clients", "5001"]],
  ];
  for (const [what, words] of wrong) {
    test(`refuse ${what}`, () => expect(() => options(words)).toThrow(UsageError));
  }
});

describe("the store under measurement", () => {
  test("is the PostgreSQL that is named", () => expect(storeServer(options([], URL))).toBe(URL));

  test("is the embedded one where none is named, or where it is asked for", () => {
    expect([storeServer(options([])), storeServer(options(["--embedded"], URL))])
      .toEqual([null, null]);
  });

  test("has a peer only where a PostgreSQL is named", () => {
    expect(peerServer("ingest", options(["--embedded"], URL))).toBe(URL);
    expect(() => peerServer("ingest", options([]))).toThrow("bench ingest needs a PostgreSQL");
  });
});
