/** What a benchmark makes for itself and takes away again: a directory, a database, processes. */
import { SQL } from "bun";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IS_EXECUTABLE } from "../workers/spawn.ts";

export interface Scratch {
  readonly directory: string;
  readonly databaseUrl: string;
  readonly sql: SQL;
  remove(): Promise<void>;
}

/** @param serverUrl A PostgreSQL on which databases may be made. */
export async function makeScratch(serverUrl: string): Promise<Scratch> {
  const directory = await mkdtemp(join(tmpdir(), "rackwatch-bench-"));
  const name = `rackwatch_bench_${crypto.randomUUID().replaceAll("-", "")}`;
  const admin = new SQL(serverUrl, { max: 1 });
  await admin.unsafe(`create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const sql = new SQL(url.href, { max: 2 });
  return {
    directory,
    databaseUrl: url.href,
    sql,
    remove: async () => {
      await sql.close();
      await admin.unsafe(`drop database if exists ${name} with (force)`);
      await admin.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** This same program as a process of its own. */
export function spawnSelf(
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): Bun.Subprocess<"ignore", "pipe", "pipe"> {
  const program = IS_EXECUTABLE ? [process.execPath] : [process.execPath, "run", Bun.main];
  return Bun.spawn([...program, ...words], {
    env: { ...process.env as Record<string, string>, ...environment },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
}

/** The address in the first JSON log line whose message has `text`. */
export async function addressFrom(
  stream: ReadableStream<Uint8Array>,
  text: string,
): Promise<string> {
  const decoder = new TextDecoder();
  let seen = "";
  const reader = stream.getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`The process ended before it said "${text}": ${seen}`);
    seen += decoder.decode(value, { stream: true });
    for (const line of seen.split("\n")) {
      if (!line.includes(text) || !line.endsWith("}")) continue;
      const { address, url } = JSON.parse(line) as { address?: string; url?: string };
      // What it says later must not fill the pipe.
      reader.releaseLock();
      void stream.pipeTo(new WritableStream());
      return address ?? url ?? "";
    }
  }
}
