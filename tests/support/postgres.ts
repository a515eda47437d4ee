/**
 * A real PostgreSQL for tests. Looked for in this order: `TEST_DATABASE_URL`, `DATABASE_URL`, then
 * installed binaries, with which a cluster is made in a temporary directory and started on a free
 * port, as a user of its own where this process is root (PostgreSQL refuses root).
 *
 * The gate starts one for the whole run and passes its address on in `TEST_DATABASE_URL`; a test
 * file run alone starts its own. `bun tests/support/postgres.ts` starts one until it is stopped.
 *
 * A server never outlives the process that started it, however that one ends: see KEEPER. (Under
 * `bun test --no-orphans` Bun kills the keeper as well, and the server stays.)
 */
import { existsSync } from "node:fs";
import { chmod, chown, mkdtemp, readdir } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

export interface RunningPostgres {
  /** Of a database that exists; tests make their own beside it. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Null where there is none; with `CI=true` that is an error instead. */
export async function startPostgres(): Promise<RunningPostgres | null> {
  const given = process.env["TEST_DATABASE_URL"] || process.env["DATABASE_URL"];
  if (given) return { url: given, stop: async () => {} };
  const binaries = await findBinaries();
  if (binaries !== null) return await startCluster(binaries);
  const message = "No PostgreSQL for the tests: set TEST_DATABASE_URL, or install PostgreSQL 14 " +
    "or newer (initdb and postgres in PATH or /usr/lib/postgresql/*/bin)";
  if (process.env["CI"] === "true") throw new Error(message);
  console.error(`SKIPPED: SQL on a real PostgreSQL. ${message}`);
  return null;
}

/** Whether one can be started here, whatever the environment names. */
export async function postgresInstalled(): Promise<boolean> {
  return await findBinaries() !== null;
}

/** The directory of the newest initdb and postgres on this machine. */
async function findBinaries(): Promise<string | null> {
  const roots = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"];
  const directories: string[] = [];
  for (const root of roots) {
    const names = await readdir(root).catch(() => []);
    names.sort((a, b) => b.localeCompare(a, "en", { numeric: true }));
    for (const name of names) {
      if (/^(postgresql@?)?\d*$/.test(name)) directories.push(join(root, name, "bin"));
    }
  }
  directories.push(...(process.env["PATH"] ?? "").split(delimiter));
  return directories.find((directory) =>
    existsSync(join(directory, "initdb")) && existsSync(join(directory, "postgres"))
  ) ?? null;
}

/**
 * Runs the server and holds its standard input, a pipe that only the starting process has the other
 * end of. Once that end is closed, by `stop` or by SIGKILL, the server is told to shut down and its
 * directory is removed.
 *
 *     sh -c KEEPER keeper DIRECTORY COMMAND…
 */
const KEEPER = `
trap "" INT
directory=$1; shift
exec 3<&0
"$@" 3<&- &
server=$!
( cat <&3 >/dev/null; kill -INT $server ) 2>/dev/null &
watch=$!
wait $server
code=$?
rm -rf "$directory"
kill $watch 2>/dev/null
exit $code
`;

async function startCluster(binaries: string): Promise<RunningPostgres> {
  const directory = await mkdtemp(join(tmpdir(), "rackwatch-postgres-"));
  const data = join(directory, "data");
  const asUser = await otherUser(directory);
  await run([
    ...asUser,
    join(binaries, "initdb"),
    ...["-D", data, "-U", "rackwatch", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
  ]);
  const port = await freePort();
  const server = Bun.spawn([
    ...["sh", "-c", KEEPER, "keeper", directory],
    ...asUser,
    join(binaries, "postgres"),
    ...["-D", data, "-p", String(port), "-k", directory, "-h", "127.0.0.1"],
    // The tests' data is worth nothing, their time is.
    ...["-c", "fsync=off", "-c", "max_connections=200", "-c", "log_min_messages=fatal"],
  ], { stdout: "ignore", stderr: "ignore", stdin: "pipe", cwd: tmpdir() });
  const stop = async () => {
    await server.stdin.end();
    await server.exited;
  };
  try {
    await untilReady(binaries, port, server);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `postgres://rackwatch@127.0.0.1:${port}/postgres`, stop };
}

/** Words that run a command as a user who may run PostgreSQL; none where this one may. */
async function otherUser(directory: string): Promise<string[]> {
  if (process.getuid?.() !== 0) return [];
  const name = ["postgres", "nobody"].find((user) => idOf(user) !== null);
  if (name === undefined) {
    throw new Error("Cannot start PostgreSQL as root: there is no user postgres or nobody");
  }
  const [uid, gid] = idOf(name)!;
  await chown(directory, uid, gid);
  await chmod(directory, 0o700);
  // setpriv replaces itself by the server, so that a signal reaches the server itself.
  return ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups"];
}

function idOf(user: string): [number, number] | null {
  const uid = Bun.spawnSync(["id", "-u", user]);
  const gid = Bun.spawnSync(["id", "-g", user]);
  if (uid.exitCode !== 0 || gid.exitCode !== 0) return null;
  return [Number(uid.stdout.toString()), Number(gid.stdout.toString())];
}

async function run(command: string[]): Promise<void> {
  const done = Bun.spawn(command, { stdout: "ignore", stderr: "pipe", cwd: tmpdir() });
  const errors = await new Response(done.stderr).text();
  if (await done.exited !== 0) throw new Error(`Cannot run ${command.join(" ")}: ${errors}`);
}

async function untilReady(
  binaries: string,
  port: number,
  server: { readonly exitCode: number | null },
): Promise<void> {
  const deadlineMs = Date.now() + 30_000;
  for (;;) {
    const asked = Bun.spawn([join(binaries, "pg_isready"), "-h", "127.0.0.1", "-p", String(port)], {
      stdout: "ignore",
      stderr: "ignore",
    });
    if (await asked.exited === 0) return;
    if (server.exitCode !== null) throw new Error("PostgreSQL ended while it was starting");
    if (Date.now() > deadlineMs) throw new Error("PostgreSQL was not ready within 30 s");
    await Bun.sleep(50);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

if (import.meta.main) {
  const running = await startPostgres();
  if (running === null) process.exit(1);
  console.log(running.url);
  const stop = async () => {
    await running.stop();
    process.exit(0);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}
