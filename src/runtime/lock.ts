/**
 * One process per data directory. The lock is a file `rackwatch.lock` that says who holds it; it is
 * made by link(2), so it appears whole or not at all. A lock whose holder is gone is taken over.
 *
 * Taking over is where races live: two processes see the same dead holder, one replaces it, the
 * other then replaces the living successor. So a dead lock with content S may be replaced only by
 * whoever made the file `rackwatch.lock.<digest of S>`, which again link(2) lets only one do. If that
 * one dies on the way, its claim is itself a dead lock S′, taken over under the same rule. Contents
 * carry a nonce, so S never comes back.
 *
 * Refuses nothing else: processes that cannot see one another (other hosts, other pid namespaces)
 * are not told apart from dead ones.
 */
import { linkSync, mkdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errorCode } from "./files.ts";

export interface Lock {
  /** Gives the directory back. Once is enough; again does nothing. */
  release(): void;
}

/** The directory is in use by a living process. */
export class LockedError extends Error {
  override readonly name = "LockedError";
  constructor(readonly directory: string, readonly pid: number) {
    super(
      `Cannot use ${directory}: process ${pid} has it open, and one process may. ` +
        `Stop that one, or name another directory with --data-dir.`,
    );
  }
}

/** Who holds a lock. A pid comes round again; with its start time it does not. */
interface Holder {
  readonly pid: number;
  /** Boot id and start time in clock ticks where the system tells (Linux), else null. */
  readonly started: string | null;
  readonly nonce: string;
}

/** Takes the lock of `directory`, making the directory if need be; throws `LockedError`. */
export function acquireLock(directory: string): Lock {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, "rackwatch.lock");
  const self: Holder = {
    pid: process.pid,
    started: startOf(process.pid),
    nonce: crypto.randomUUID(),
  };
  const content = JSON.stringify(self) + "\n";
  const own = `${path}.${self.nonce}.tmp`;
  writeFileSync(own, content, { flag: "wx" });
  try {
    while (!create(own, path)) takeOver(directory, path, own);
  } finally {
    rmSync(own, { force: true });
  }
  return {
    release: () => {
      if (readText(path) === content) unlinkSync(path);
    },
  };
}

/** Removes the lock at `path` if its holder is dead; throws `LockedError` if one lives. */
function takeOver(directory: string, path: string, own: string): void {
  const stale = readText(path);
  if (stale === null) return;
  const claims: string[] = [];
  for (let seen = stale;;) {
    const holder = parseHolder(seen);
    if (holder !== null && isAlive(holder)) throw new LockedError(directory, holder.pid);
    const claim = `${path}.${digest(seen)}`;
    claims.push(claim);
    if (create(own, claim)) break;
    const next = readText(claim);
    if (next === null) return; // The claimant has just finished: look at the lock again.
    seen = next;
  }
  // Now only we may replace a lock that reads `stale`; if it no longer does, it was done before us.
  if (readText(path) === stale) unlinkSync(path);
  for (const claim of claims.reverse()) rmSync(claim, { force: true });
}

/** Makes `path` with the content of `from`; false where it was there already. */
function create(from: string, path: string): boolean {
  try {
    linkSync(from, path);
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === "EEXIST") return false;
    // A file system without hard links (exFAT, some network shares): exclusive, if not in one step.
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "EOPNOTSUPP" && code !== "ENOSYS") {
      throw error;
    }
  }
  try {
    writeFileSync(path, readFileSync(from), { flag: "wx" });
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}

function parseHolder(text: string): Holder | null {
  try {
    const value = JSON.parse(text) as Partial<Holder> | null;
    const pid = value?.pid;
    if (typeof pid !== "number" || !Number.isSafeInteger(pid) || pid <= 0) return null;
    const started = typeof value?.started === "string" ? value.started : null;
    return { pid, started, nonce: String(value?.nonce) };
  } catch {
    return null; // Damaged: nobody writes it like that, so nobody holds it.
  }
}

function isAlive(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (errorCode(error) === "ESRCH") return false; // EPERM: alive, and somebody else's.
  }
  const started = startOf(holder.pid);
  if (started === "ended") return false;
  return holder.started === null || started === null || started === holder.started;
}

/**
 * Boot id and field 22 of /proc/<pid>/stat (proc(5)); `ended` for one that only waits for its parent
 * to notice; null where there is no such thing.
 */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // Field 2 is the command in brackets and may hold anything: count from the last bracket.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const state = fields[0];
    const ticks = fields[19];
    if (state === "Z" || state === "X") return "ended";
    if (ticks === undefined) return null;
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}/${ticks}`;
  } catch {
    return null;
  }
}

function digest(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, 32);
}
