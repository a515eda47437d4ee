import { expect, test } from "bun:test";
import { globOf, pathParts, withPathParts } from "../../src/mapping/path_parts.ts";
import { declare } from "./support.ts";

const PARTS: readonly (readonly [what: string, path: string, patterns: string[], object])[] = [
  [
    "directories of the form key=value",
    "/data/vm_region=eastus/host=a1/x.csv",
    ["vm_region=*/host=*/*.csv"],
    { vm_region: "eastus", host: "a1" },
  ],
  [
    "the lowest directory of a key",
    "/data/host=rack/host=a1/x.csv",
    ["**/*.csv"],
    { host: "a1" },
  ],
  ["percent-encoded values", "/data/host=a%3A1/x.csv", ["**/*.csv"], { host: "a:1" }],
  ["no value where Hive says so", "/data/host=__HIVE_DEFAULT_PARTITION__/x.csv", ["**/*"], {}],
  ["nothing of a file's name", "/data/host=a1.csv", ["*.csv"], {}],
  [
    "names in braces",
    "/data/logs/Spain/a1/2025.csv",
    ["logs/{region}/{host}/*.csv"],
    { region: "Spain", host: "a1" },
  ],
  ["several names in one segment", "/data/Spain-a1.csv", ["{region}-{host}.csv"], {
    region: "Spain",
    host: "a1",
  }],
  ["a name in a path given as absolute", "/srv/a1/x.csv", ["/srv/{host}/*.csv"], { host: "a1" }],
  ["a name in a path that leaves the directory", "/srv/a1/x.csv", ["../srv/{host}/*.csv"], {
    host: "a1",
  }],
  ["the pattern that fits of several", "/data/new/a1.csv", ["old/{host}.csv", "new/{node}.csv"], {
    node: "a1",
  }],
  ["names beside all that a glob may have", "/data/a/b/a1+x/log-1.csv.gz", [
    "**/{host}+?/log-[0-9]*.{csv,csv.gz}",
  ], { host: "a1" }],
  ["a name in braces before a key", "/data/host=a1/b2.csv", ["host=a1/{host}.csv"], {
    host: "b2",
  }],
  ["no name where the same one would differ", "/data/a1/b2.csv", ["{host}/{host}.csv"], {}],
];

for (const [what, path, patterns, parts] of PARTS) {
  test(`path parts: ${what}`, () => {
    expect(pathParts(path, patterns, "/data")).toEqual(parts as Record<string, string>);
  });
}

test("path parts: a key above the data directory says nothing", () => {
  expect(pathParts("/host=above/data/x.csv", ["*.csv"], "/host=above/data")).toEqual({});
});

test("path parts: a name is a wildcard of the glob, an alternative stays one", () => {
  expect(globOf("logs/{region}/{host}.{csv,gz}")).toBe("logs/*/*.{csv,gz}");
});

test("path parts: a rule becomes a constant, and the others stay behind it", () => {
  const declared = declare(`name = "s"\npath = "*"\nhost_id = [{ path = "host" }, "node"]`);
  expect(withPathParts(declared, { host: "a1" }).hostId).toEqual([
    { value: "a1" },
    { column: "node" },
  ]);
  expect(withPathParts(declared, {}).hostId).toEqual([{ column: "node" }]);
});

test("path parts: a region's prefixes and default hold for a part as for a column", () => {
  const declared = declare(
    `name = "s"\npath = "*"\n` +
      `region = { path = "zone", prefixes = { eu = "Europe", "eu-north" = "Norway" }, default = "?" }`,
  );
  const region = (zone: string) => withPathParts(declared, { zone }).region;
  expect(region("eu-north-1")).toEqual([{ value: "Norway" }]);
  expect(region("eu-west-1")).toEqual([{ value: "Europe" }]);
  expect(region("us")).toEqual([{ value: "?" }]);
  expect(withPathParts(declared, {}).region).toEqual([{ value: "?" }]);
});

test("path parts: where nothing is left, what was wanted, what is there, and what to write", () => {
  const declared = declare(`name = "s"\npath = "*"\nhost_id = { path = "host" }`);
  expect(() => withPathParts(declared, { rack: "r1" })).toThrow(
    `host_id: the file's path has no part host; its parts are rack = "r1"; name one in the ` +
      `source's path, like path = "logs/{host}/*.csv"`,
  );
});

test("path parts: a part that can be no name is refused with the rule", () => {
  const declared = declare(`name = "s"\npath = "*"\nregion = { path = "zone" }`);
  expect(() => withPathParts(declared, { zone: "z".repeat(65) })).toThrow(
    "region: a region has at most 64 characters",
  );
});

test("declaration: a part of the path is no rule of a live source", () => {
  expect(() => declare(`name = "s"\nlisten = true\nhost_id = { path = "host" }`)).toThrow(
    "a part of the path is for sources of files",
  );
});
