import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UsageError } from "../src/cli.ts";
import { type Config, numberFlag, resolveConfig } from "../src/config.ts";

const directory = mkdtempSync(join(tmpdir(), "rackwatch-config-"));
afterAll(() => rmSync(directory, { recursive: true }));

function resolve(
  flags: Record<string, string | boolean> = {},
  environment: Record<string, string> = {},
  toml?: string,
): Config {
  const path = join(directory, "rackwatch.toml");
  if (toml === undefined) rmSync(path, { force: true });
  else writeFileSync(path, toml);
  return resolveConfig(flags, {
    environment,
    directory,
    stdoutIsTerminal: false,
    stderrIsTerminal: false,
  });
}

function refusal(...given: Parameters<typeof resolve>): string {
  try {
    resolve(...given);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }
  return "accepted";
}

describe("configuration", () => {
  test("defaults are loopback, embedded, and the demo", () => {
    const config = resolve();
    expect(config).toMatchObject({
      databaseUrl: null,
      dataDir: join(directory, "data"),
      http: { hostname: "127.0.0.1", port: 8080 },
      feed: { hostname: "127.0.0.1", port: 9988 },
      listen: null,
      demo: true,
      open: false,
      logFormat: "json",
    });
  });

  test("a flag wins over the environment, that over the file, that over the default", () => {
    const toml = 'http = "127.0.0.1:1"\n';
    expect(resolve({}, {}, toml).http.port).toBe(1);
    expect(resolve({}, { RACKWATCH_HTTP: "127.0.0.1:2" }, toml).http.port).toBe(2);
    expect(resolve({ http: "127.0.0.1:3" }, { RACKWATCH_HTTP: "127.0.0.1:2" }, toml).http.port)
      .toBe(3);
  });

  test("sealed parts are compressed, and nothing is deleted, unless it says otherwise", () => {
    const all = { daysMax: null, bytesMax: null };
    expect(resolve()).toMatchObject({ compress: true, retention: { live: all, batch: all } });
    expect(resolve({}, { RACKWATCH_COMPRESS: "off" }).compress).toBe(false);
    expect(resolve({}, {}, "compress = false\n").compress).toBe(false);
    const toml = "retain_live_days = 0.5\nretain_batch_bytes = 50_000_000_000\n";
    expect(resolve({}, {}, toml).retention).toEqual({
      live: { daysMax: 0.5, bytesMax: null },
      batch: { daysMax: null, bytesMax: 50_000_000_000 },
    });
  });

  test("a retention that would delete by a slip is refused", () => {
    for (const value of ["0", "-1", '"30"', "nan", "inf", "true"]) {
      expect(refusal({}, {}, `retain_live_days = ${value}\n`)).toMatch(
        /retain_live_days must be a number over 0, got .*; leave it out to keep everything/,
      );
    }
  });

  test("the demo is off where a source is configured or a feed is named", () => {
    expect(resolve({}, {}, '[[source]]\nname = "a"\n').demo).toBe(false);
    expect(resolve({ feed: "tcp://127.0.0.1:1" }).demo).toBe(false);
    expect(resolve({ feed: "tcp://127.0.0.1:1", demo: true }).demo).toBe(true);
    expect(resolve({}, { RACKWATCH_DEMO: "0" }).demo).toBe(false);
  });

  test("a feed of none is not dialled", () => {
    expect(resolve({ feed: "none" }).feed).toBeNull();
  });

  test("an address beyond this machine without a token is refused with the reason", () => {
    expect(refusal({ http: "0.0.0.0:8080" })).toContain("a token is needed: set RACKWATCH_TOKEN");
    expect(refusal({ listen: "[::]:9989" })).toContain("--listen :: is reachable");
    expect(resolve({ http: "0.0.0.0:8080", token: "s" }).http.hostname).toBe("0.0.0.0");
  });

  test("the SQL address is loopback or refused, token or not", () => {
    expect(refusal({ sql: "0.0.0.0:5433", token: "s" })).toContain("is not loopback");
  });

  test("an unusable value names its setting, where it was given, and the rule", () => {
    expect(refusal({}, { RACKWATCH_HTTP: "8080" })).toContain('RACKWATCH_HTTP "8080"');
    expect(refusal({ "log-format": "xml" })).toBe('--log-format must be text or json, got "xml"');
    expect(refusal({}, { RACKWATCH_DEMO: "maybe" })).toContain("RACKWATCH_DEMO is on or off");
  });

  test("a refused database URL is not shown: it may hold a password", () => {
    const message = refusal({ "database-url": "mysql://u:secret@h/d" });
    expect(message).toContain("--database-url must look like postgres://");
    expect(message).not.toContain("secret");
  });

  test("an unknown key of the file is refused with the nearest known one", () => {
    expect(refusal({}, {}, 'lissten = "x"\n')).toContain('"lissten"; did you mean listen?');
  });

  test("a file that is named and missing, or is no TOML, is refused with its path", () => {
    expect(refusal({ config: "nowhere.toml" })).toContain(join(directory, "nowhere.toml"));
    expect(refusal({}, {}, "= 1\n")).toContain("rackwatch.toml as TOML");
  });
});

describe("a number of a command's flag", () => {
  const rule = { fallback: 20, min: 0, max: 100, whole: false };
  test("is its default where it is not given", () => {
    expect(numberFlag({}, "rate", rule)).toBe(20);
  });
  test("is refused with its range where it is none or out of it", () => {
    for (const given of ["x", "", "101", "-1", "NaN", "Infinity"]) {
      expect(() => numberFlag({ rate: given }, "rate", rule)).toThrow(
        "--rate must be a number 0–100",
      );
    }
  });
});
