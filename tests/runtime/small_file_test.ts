/** Small files that the configuration names, on a real disk. */
import { expect, test } from "bun:test";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readSmallFile } from "../../src/runtime/small_file.ts";
import { temporaryDirectory } from "../support/rackwatch.ts";

test("gives the text without the line ends behind it, and nothing else taken away", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "secret");
  await writeFile(path, " a b \r\n\n");
  expect(await readSmallFile(path, "password_file", 100)).toBe(" a b ");
});

test("of just as many bytes as it may have is read, of one more refused", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "secret");
  await writeFile(path, "12345");
  expect(await readSmallFile(path, "password_file", 5)).toBe("12345");
  expect(readSmallFile(path, "password_file", 4)).rejects.toThrow(
    `its password_file ${path} has more than 4 bytes`,
  );
});

test("that is a directory is no file", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "secret");
  await mkdir(path);
  expect(readSmallFile(path, "ca_file", 5)).rejects.toThrow(`its ca_file ${path} is no file`);
});
