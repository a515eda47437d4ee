/** The tests' own PostgreSQL does not outlive them. */
import { expect, test } from "bun:test";
import { chmod, readdir } from "node:fs/promises";
import { join } from "node:path";
import { postgresInstalled } from "./postgres.ts";
import { temporaryDirectory, until } from "./rackwatch.ts";

const STARTER = join(import.meta.dir, "postgres.ts");

async function reachable(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  try {
    const socket = await Bun.connect({ hostname, port: Number(port), socket: { data() {} } });
    socket.end();
    return true;
  } catch {
    return false;
  }
}

if (await postgresInstalled()) {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    test(`a PostgreSQL for tests goes with its starter's ${signal}, and its files`, async () => {
      await using directory = await temporaryDirectory();
      // The server's user has to get through.
      await chmod(directory.path, 0o711);
      const environment: Record<string, string | undefined> = { ...process.env };
      delete environment["TEST_DATABASE_URL"];
      delete environment["DATABASE_URL"];
      const starter = Bun.spawn([process.execPath, STARTER], {
        env: { ...environment, TMPDIR: directory.path },
        stdout: "pipe",
        stderr: "ignore",
      });
      const { value } = await starter.stdout.getReader().read();
      const url = new TextDecoder().decode(value).trim();
      expect(await reachable(url)).toBe(true);
      starter.kill(signal);
      await starter.exited;
      await until(() => readdir(directory.path), (names) => names.length === 0);
      expect(await reachable(url)).toBe(false);
    }, 120_000);
  }
}
