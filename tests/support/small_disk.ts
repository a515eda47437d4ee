/**
 * A disk of its own, small enough to be filled: a tmpfs, mounted by root, or where this process is
 * not root in a mount namespace of its own, which commands are run in by `enter`.
 */
import { mkdtemp, open, rm, rmdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface SmallDisk extends AsyncDisposable {
  /** As the commands see it that are run in it. */
  readonly path: string;
  /** As the test sees it. */
  readonly outside: string;
  /** Words before a command that is to see it. */
  readonly enter: readonly string[];
  /** Leaves no more room than that. */
  fill(leaveBytes?: number): Promise<void>;
  /** Takes back what `fill` took. */
  makeRoom(): Promise<void>;
}

/** Null where none may be mounted; with `CI=true` that is an error instead. */
export async function mountSmallDisk(bytes: number): Promise<SmallDisk | null> {
  if (process.platform === "linux") {
    const disk = process.getuid?.() === 0 ? await mountAsRoot(bytes) : await mountUnshared(bytes);
    if (disk !== null) return disk;
  }
  const message = "No small disk for the tests: it takes Linux, and root or unprivileged user " +
    "namespaces (unshare, nsenter)";
  if (process.env["CI"] === "true") throw new Error(message);
  console.error(`SKIPPED: a full disk. ${message}`);
  return null;
}

/** Whether one can be had here: told once, at the top of a test file. */
export async function canMountSmallDisk(): Promise<boolean> {
  const disk = await mountSmallDisk(1_048_576);
  await disk?.[Symbol.asyncDispose]();
  return disk !== null;
}

async function mountAsRoot(bytes: number): Promise<SmallDisk | null> {
  const path = await mkdtemp(join(tmpdir(), "rackwatch-disk-"));
  const mounted = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", path]);
  if (mounted.exitCode !== 0) {
    await rmdir(path);
    return await mountUnshared(bytes);
  }
  return {
    ...ballast(path),
    path,
    outside: path,
    enter: [],
    [Symbol.asyncDispose]: async () => {
      // A process that was just killed may hold it for a moment: lazily.
      Bun.spawnSync(["umount", "-l", path]);
      await rm(path, { recursive: true, force: true });
    },
  };
}

/** The namespace lives as long as its first process, which ends with its standard input. */
async function mountUnshared(bytes: number): Promise<SmallDisk | null> {
  if (Bun.which("unshare") === null || Bun.which("nsenter") === null) return null;
  const path = await mkdtemp(join(tmpdir(), "rackwatch-disk-"));
  const script = `mount -t tmpfs -o size=${bytes} tmpfs "$1" && echo mounted && exec cat`;
  const holder = Bun.spawn(["unshare", "-rm", "sh", "-c", script, "sh", path], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "ignore",
  });
  const { value } = await holder.stdout.getReader().read();
  const end = async () => {
    await holder.stdin.end();
    await holder.exited;
    await rm(path, { recursive: true, force: true });
  };
  if (value === undefined) {
    await end();
    return null;
  }
  const outside = `/proc/${holder.pid}/root${path}`;
  return {
    ...ballast(outside),
    path,
    outside,
    enter: ["nsenter", "--preserve-credentials", "-U", "-m", "-t", String(holder.pid)],
    [Symbol.asyncDispose]: end,
  };
}

function ballast(outside: string): Pick<SmallDisk, "fill" | "makeRoom"> {
  const path = join(outside, "ballast");
  return {
    fill: async (leaveBytes = 0) => {
      const spare = join(outside, "spare");
      if (leaveBytes > 0) await writeFile(spare, new Uint8Array(leaveBytes));
      const file = await open(path, "a");
      try {
        // In ever smaller pieces: the last page too.
        for (let bytes = 1_048_576; bytes >= 1;) {
          const { bytesWritten } = await file.write(new Uint8Array(bytes)).catch((error) => {
            if (error.code === "ENOSPC") return { bytesWritten: 0 };
            throw error;
          });
          if (bytesWritten < bytes) bytes = Math.floor(bytes / 2);
        }
      } finally {
        await file.close();
        await rm(spare, { force: true });
      }
    },
    makeRoom: () => rm(path),
  };
}
