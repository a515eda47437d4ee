/**
 * A time-series database as a peer of `bench ingest`: found on the PATH, started on a free loopback
 * port with a directory of its own, given the same rows over HTTP, stopped. Its rows are written out
 * in its own format before the clock starts, and the clock stops at its last answer, whether it has
 * synced them to disk or not: to its advantage in both.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { archivedRows, type WireRow } from "../archived_rows.ts";
import { LEASH, stopProcess } from "../processes.ts";

export interface HttpPeer {
  readonly name: string;
  /** Programs that it may be called by. */
  readonly programs: readonly string[];
  /** Words after the program; may write a configuration into the directory. */
  readonly words: (directory: string, port: number, secondPort: number) => Promise<string[]>;
  /** Answers 2xx once it can be written to. */
  readonly readyPath: string;
  /** Posted to once, before rows. */
  readonly setUpPath: string | null;
  readonly writePath: string;
  readonly rowsABody: number;
  readonly body: (rows: readonly WireRow[]) => string;
}

/** Requests under way: one for each core of a small machine. */
const AT_ONCE = 2;
const READY_MS_MAX = 30_000;

export function programOf(peer: HttpPeer): string | null {
  return peer.programs.map((name) => Bun.which(name)).find((path) => path !== null) ?? null;
}

/** Seconds that it takes all archived rows in. @throws when it refuses any. */
export async function ingestInto(
  peer: HttpPeer,
  program: string,
  dataDir: string,
  scratchDirectory: string,
): Promise<number> {
  const directory = join(scratchDirectory, peer.name.toLowerCase());
  await mkdir(directory, { recursive: true });
  const bodies = await writeBodies(peer, dataDir, directory);
  const [port, secondPort] = [freePort(), freePort()];
  const words = await peer.words(directory, port, secondPort);
  const child = Bun.spawn([...LEASH, program, ...words], {
    cwd: directory,
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  });
  try {
    const base = `http://127.0.0.1:${port}`;
    await untilReady(base + peer.readyPath, child);
    if (peer.setUpPath !== null) await post(base + peer.setUpPath, "");
    const startedMs = performance.now();
    const left = [...bodies];
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      for (let file = left.shift(); file !== undefined; file = left.shift()) {
        await post(base + peer.writePath, Bun.file(file));
      }
    }));
    return (performance.now() - startedMs) / 1000;
  } finally {
    await stopProcess(child);
  }
}

async function writeBodies(peer: HttpPeer, dataDir: string, directory: string): Promise<string[]> {
  const files: string[] = [];
  let rows: WireRow[] = [];
  const write = async () => {
    const file = join(directory, `body-${files.length}`);
    await Bun.write(file, peer.body(rows));
    files.push(file);
    rows = [];
  };
  for await (const row of archivedRows(dataDir)) {
    rows.push(row);
    if (rows.length === peer.rowsABody) await write();
  }
  if (rows.length > 0) await write();
  return files;
}

async function post(url: string, body: string | Blob): Promise<void> {
  const answer = await fetch(url, { method: "POST", body });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
}

async function untilReady(url: string, child: { readonly exitCode: number | null }): Promise<void> {
  const deadlineMs = Date.now() + READY_MS_MAX;
  for (;;) {
    const isReady = await fetch(url).then((answer) => answer.ok, () => false);
    if (isReady) return;
    if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode} before ${url}`);
    if (Date.now() > deadlineMs) throw new Error(`It was not ready within 30 s: ${url}`);
    await Bun.sleep(50);
  }
}

function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}
