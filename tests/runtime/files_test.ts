import { expect, test } from "bun:test";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  errorCode,
  makeDirectories,
  readHead,
  REAL_FILES,
  replaceFile,
} from "../../src/runtime/files.ts";

const text = (value: string) => new TextEncoder().encode(value);

test("create refuses a file that is there, with the system's code", () =>
  withDirectory(async (directory) => {
    await writeFile(join(directory, "x"), "x");
    const error = await REAL_FILES.open(join(directory, "x"), "create").catch((error) => error);
    expect(errorCode(error)).toBe("EEXIST");
  }));

test("read fills as much as there is from a byte on, and 0 past the end", () =>
  withDirectory(async (directory) => {
    const file = await REAL_FILES.open(join(directory, "x"), "create");
    await file.write(text("0123456789"), 0);
    const into = new Uint8Array(4);
    expect([await file.read(into, 0), await file.read(into, 8), await file.read(into, 10)]).toEqual(
      [4, 2, 0],
    );
    await file.close();
  }));

test("stat and list of what is missing give null and nothing", async () => {
  const missing = join(tmpdir(), crypto.randomUUID());
  expect(await REAL_FILES.stat(missing)).toBeNull();
  expect(await REAL_FILES.list(missing)).toEqual([]);
});

test("replaceFile puts the new content in place and leaves nothing beside it", () =>
  withDirectory(async (directory) => {
    const path = join(directory, "x");
    await writeFile(`${path}.tmp`, "left by a crash, and longer than what comes");
    for (const content of ["one", "two"]) await replaceFile(REAL_FILES, path, text(content));
    expect(await readFile(path, "utf8")).toBe("two");
    expect(await readdir(directory)).toEqual(["x"]);
  }));

test("makeDirectories makes what is missing and bears being called twice", () =>
  withDirectory(async (directory) => {
    const path = join(directory, "a/b/c");
    await makeDirectories(REAL_FILES, path);
    await makeDirectories(REAL_FILES, path);
    expect((await REAL_FILES.stat(path))?.kind).toBe("directory");
  }));

test("readHead reads no more than it may", () =>
  withDirectory(async (directory) => {
    await writeFile(join(directory, "x"), "0123456789");
    expect(await readHead(REAL_FILES, join(directory, "x"), 4)).toEqual(text("0123"));
    expect(await readHead(REAL_FILES, join(directory, "y"), 4)).toBeNull();
  }));

async function withDirectory(task: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "rackwatch-files-"));
  try {
    await task(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

// A file that cannot be synced says whether the system was asked: fsync(2) of a device or of /proc
// is EINVAL.
test.if(process.platform === "linux")("syncing a file or a directory asks the system", async () => {
  const file = await REAL_FILES.open("/dev/null", "write");
  await expect(file.datasync()).rejects.toMatchObject({ code: "EINVAL", syscall: "fdatasync" });
  await expect(file.sync()).rejects.toMatchObject({ code: "EINVAL", syscall: "fsync" });
  await file.close();
  await expect(REAL_FILES.syncDirectory("/proc/self")).rejects.toMatchObject({ code: "EINVAL" });
});
