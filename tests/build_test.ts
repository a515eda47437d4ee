/** The list of platforms the executable is built for. */
import { expect, test } from "bun:test";
import { join, resolve } from "node:path";
import { executableName, TARGETS } from "../build.ts";

const ROOT = resolve(import.meta.dir, "..");
const NAMES = Object.keys(TARGETS).sort();

test("the build's targets are the platforms that README promises", async () => {
  const readme = await Bun.file(join(ROOT, "README.md")).text();
  const [, promised = ""] = /`bun run build:all` makes it for ([^.]*)\./.exec(readme) ?? [];
  expect([...promised.matchAll(/`([^`]+)`/g)].map((one) => one[1]!).sort()).toEqual(NAMES);
});

test("the build's targets each give a file of their own, Windows one that ends in .exe", () => {
  const files = Object.keys(TARGETS).map((name) => executableName(name as keyof typeof TARGETS));
  expect(new Set(files).size).toBe(NAMES.length);
  expect(files.filter((file) => file.endsWith(".exe"))).toEqual(["rackwatch-windows-x64.exe"]);
});

test("the build of an unknown target is a wrong call that names the right ones", async () => {
  const build = Bun.spawn([process.execPath, "run", join(ROOT, "build.ts"), "amiga"], {
    stdout: "ignore",
    stderr: "pipe",
  });
  const said = await new Response(build.stderr).text();
  expect(await build.exited).toBe(2);
  expect(said.trim()).toBe(
    `build: there is no target "amiga"; targets are all, ${Object.keys(TARGETS).join(", ")}`,
  );
});
