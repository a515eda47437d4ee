/** Processes of a benchmark: this same program, started beside it, and what it costs. */
import { IS_EXECUTABLE } from "../workers/spawn.ts";

export type Child = Bun.Subprocess<"ignore", "pipe", "pipe">;

/** Linux: what is started is killed when the benchmark is gone, however that ended. */
const SETPRIV = process.platform === "linux" ? Bun.which("setpriv") : null;
export const LEASH: readonly string[] = SETPRIV === null ? [] : [SETPRIV, "--pdeathsig", "KILL"];

/**
 * This program as a process of its own, in `directory`, so that no `rackwatch.toml` is met by
 * chance. Settings come from `words` alone.
 */
export function spawnSelf(
  words: readonly string[],
  place: { readonly directory: string; readonly databaseUrl: string | null },
): Child {
  const program = IS_EXECUTABLE ? [process.execPath] : [process.execPath, "run", Bun.main];
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("RACKWATCH_"));
  return Bun.spawn([...LEASH, ...program, ...words], {
    cwd: place.directory,
    env: {
      ...Object.fromEntries(kept) as Record<string, string>,
      RACKWATCH_LOG_FORMAT: "json",
      // Empty stands for none.
      DATABASE_URL: place.databaseUrl ?? "",
    },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
}

/** SIGTERM, and SIGKILL for what is still there 30 s later. */
export async function stopProcess(child: { kill(signal: number): void; exited: Promise<number> }) {
  child.kill(15);
  const timer = setTimeout(() => child.kill(9), 30_000);
  await child.exited;
  clearTimeout(timer);
}

/** Runs a command of this program to its end; its stdout, which is one JSON object. */
export async function runSelf<T>(
  words: readonly string[],
  place: { readonly directory: string; readonly databaseUrl: string | null },
): Promise<{ readonly report: T; readonly exitCode: number; readonly seconds: number }> {
  const startedMs = performance.now();
  const child = spawnSelf([...words, "--json"], place);
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  const exitCode = await child.exited;
  const seconds = (performance.now() - startedMs) / 1000;
  try {
    return { report: JSON.parse(stdout) as T, exitCode, seconds };
  } catch (cause) {
    const words_ = words.join(" ");
    throw new Error(`"${words_}" exited ${exitCode} without a report: ${stderr.trim()}`, { cause });
  }
}

/**
 * The address in the first JSON log line whose message has `text`.
 *
 * @throws when the process ends before.
 */
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

/** Memory that a process holds, megabytes; `ps` knows it on Linux and macOS alike. */
export async function residentMegabytes(pid: number): Promise<number> {
  const child = Bun.spawn(["ps", "-o", "rss=", "-p", String(pid)], { stderr: "ignore" });
  const kilobytes = Number((await new Response(child.stdout).text()).trim());
  if (!(kilobytes > 0)) throw new Error(`Cannot read the memory of process ${pid}`);
  return kilobytes / 1024;
}
