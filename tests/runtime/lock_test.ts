import { expect, test } from "bun:test";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { acquireLock, LockedError } from "../../src/runtime/lock.ts";

const MODULE = join(import.meta.dir, "../../src/runtime/lock.ts");

test("a lock is taken, named after its holder, and given back", () =>
  withDirectory(async (directory) => {
    const lock = acquireLock(directory);
    expect(() => acquireLock(directory)).toThrow(LockedError);
    expect(() => acquireLock(directory)).toThrow(`process ${process.pid} `);
    lock.release();
    lock.release();
    expect(await readdir(directory)).toEqual([]);
    acquireLock(directory).release();
  }));

test("a lock held by another process names its pid", () =>
  withDirectory(async (directory) => {
    const child = start(directory, "await Bun.stdin.text();");
    await firstLine(child);
    const error = caught(() => acquireLock(directory));
    expect(error).toBeInstanceOf(LockedError);
    expect((error as LockedError).pid).toBe(child.pid);
    child.stdin.end();
    await child.exited;
  }));

test("the lock of a killed process is taken over, and nothing of it is left", () =>
  withDirectory(async (directory) => {
    const child = start(directory, "await Bun.stdin.text();");
    await firstLine(child);
    child.kill("SIGKILL");
    await child.exited;
    const lock = acquireLock(directory);
    expect(await readdir(directory)).toEqual(["rackwatch.lock"]);
    lock.release();
  }));

test("a pid that came round again is not taken for the holder", () =>
  withDirectory(async (directory) => {
    const stale = { pid: process.pid, started: "another-boot/1", nonce: "x" };
    await writeFile(join(directory, "rackwatch.lock"), JSON.stringify(stale) + "\n");
    if (process.platform !== "linux") return;
    acquireLock(directory).release();
    expect(await readdir(directory)).toEqual([]);
  }));

test("a damaged lock file is nobody's", () =>
  withDirectory(async (directory) => {
    for (const text of ["", "{", "null", '{"pid":-1}', '{"pid":"12"}']) {
      await writeFile(join(directory, "rackwatch.lock"), text);
      acquireLock(directory).release();
    }
    expect(await readdir(directory)).toEqual([]);
  }));

test("a claim on a dead lock whose claimant died too is taken over in turn", () =>
  withDirectory(async (directory) => {
    const path = join(directory, "rackwatch.lock");
    const dead = (nonce: string) => JSON.stringify({ pid: 4_194_399, started: null, nonce }) + "\n";
    const digest = new Bun.CryptoHasher("sha256").update(dead("a")).digest("hex").slice(0, 32);
    await writeFile(path, dead("a"));
    await writeFile(`${path}.${digest}`, dead("b"));
    const lock = acquireLock(directory);
    expect(await readdir(directory)).toEqual(["rackwatch.lock"]);
    lock.release();
  }));

test("of many processes that find the same dead lock exactly one gets it", () =>
  withDirectory(async (directory) => {
    const dead = { pid: 4_194_399, started: null, nonce: "x" };
    await writeFile(join(directory, "rackwatch.lock"), JSON.stringify(dead) + "\n");
    const children = Array.from({ length: 6 }, () => start(directory, "await Bun.stdin.text();"));
    const said = await Promise.all(children.map(firstLine));
    expect(said.filter((line) => line === "locked")).toHaveLength(1);
    for (const child of children) child.stdin.end();
    await Promise.all(children.map((child) => child.exited));
  }));

/** A process that tries to take the lock, says how it went, and then does `afterwards`. */
function start(directory: string, afterwards: string) {
  const script = `
    import { acquireLock } from ${JSON.stringify(MODULE)};
    try {
      acquireLock(${JSON.stringify(directory)});
      console.log("locked");
      ${afterwards}
    } catch (error) {
      console.log(error.name);
      await Bun.stdin.text();
    }`;
  return Bun.spawn([process.execPath, "-e", script], { stdin: "pipe", stdout: "pipe" });
}

async function firstLine(child: ReturnType<typeof start>): Promise<string> {
  const { value } = await child.stdout.getReader().read();
  return new TextDecoder().decode(value).trim();
}

function caught(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return null;
}

async function withDirectory(task: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "rackwatch-lock-"));
  try {
    await task(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
