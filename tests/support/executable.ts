/**
 * The built executable for tests: the one that the gate built (RACKWATCH_EXECUTABLE), else one that
 * is built here, into a directory that goes with the tests.
 */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { executableName } from "../../build.ts";

const ROOT = resolve(import.meta.dir, "../..");

export interface BuiltExecutable {
  readonly path: string;
  remove(): Promise<void>;
}

/** Null, and loudly, where there is none and none can be built; with `CI=true` that is an error. */
export async function builtExecutable(): Promise<BuiltExecutable | null> {
  const given = process.env["RACKWATCH_EXECUTABLE"];
  if (given) {
    return existsSync(given)
      ? { path: given, remove: async () => {} }
      : missing(`RACKWATCH_EXECUTABLE names ${given}, which is not there`);
  }
  const directory = await mkdtemp(join(tmpdir(), "rackwatch-executable-"));
  const remove = () => rm(directory, { recursive: true, force: true });
  const command = [process.execPath, "run", join(ROOT, "build.ts"), "--outdir", directory];
  const build = Bun.spawn(command, { stdout: "ignore", stderr: "pipe", stdin: "ignore" });
  const errors = await new Response(build.stderr).text();
  const path = join(directory, executableName(null));
  if (await build.exited === 0 && existsSync(path)) return { path, remove };
  await remove();
  return missing(`the build failed: ${errors}`);
}

function missing(reason: string): null {
  const message = `the built executable is NOT tested: ${reason}`;
  if (process.env["CI"] === "true") throw new Error(message);
  console.error(`!!! ${message}`);
  return null;
}
