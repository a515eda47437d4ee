/**
 * A real rackwatch process for tests: started from source, or the built executable where the test
 * asks for it. Addresses are free ones, read from the log lines that say `listening`. A process
 * ends with `await using`, and where the system can do so with the tests' own process.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dir, "../..");

export interface Started extends AsyncDisposable {
  readonly process: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly logLines: readonly LogLine[];
  /** Resolves with the first log line, past or to come, that fits; rejects when the process ends. */
  log(fits: (line: LogLine) => boolean): Promise<LogLine>;
  /** `http://127.0.0.1:…`, without a slash at the end. */
  url(): Promise<string>;
  /** Address of the log line `listening…` with this message. */
  address(message: string): Promise<{ hostname: string; port: number }>;
  /** SIGTERM, and the exit code. */
  stop(): Promise<number>;
}

export interface LogLine {
  readonly level: string;
  readonly area: string;
  readonly message: string;
  readonly [key: string]: unknown;
}

export interface StartOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly executable?: string;
  readonly directory?: string;
  /** Words before the command, as those of a namespace that it is to run in. */
  readonly enter?: readonly string[];
  /** A module that Bun loads before the program; only from source. */
  readonly preload?: string;
  /** Nothing but `environment`: no PATH, no HOME. */
  readonly bare?: boolean;
}

/** A directory that is gone after `use`. */
export async function temporaryDirectory(name = "rackwatch-"): Promise<
  { readonly path: string; [Symbol.asyncDispose](): Promise<void> }
> {
  const path = await mkdtemp(join(tmpdir(), name));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Linux: it replaces itself by the command, which is killed when this process is gone. */
const SETPRIV = process.platform === "linux" ? Bun.which("setpriv") : null;
const LEASH = SETPRIV === null ? [] : [SETPRIV, "--pdeathsig", "KILL"];

function commandOf({ enter = [], executable, preload }: StartOptions): string[] {
  const first = preload === undefined ? [] : ["--preload", preload];
  const program = executable === undefined
    ? [process.execPath, "run", ...first, join(ROOT, "main.ts")]
    : [executable];
  return [...enter, ...LEASH, ...program];
}

function environmentOf(options: StartOptions): Record<string, string> {
  if (options.bare === true) return { ...options.environment };
  const clean = Object.fromEntries(
    Object.entries(process.env).filter(([name, value]) =>
      value !== undefined && !name.startsWith("RACKWATCH_") && name !== "DATABASE_URL"
    ),
  ) as Record<string, string>;
  return { ...clean, RACKWATCH_LOG_FORMAT: "json", ...options.environment };
}

/** Starts a command that goes on until it is stopped. */
export function start(words: readonly string[], options: StartOptions = {}): Started {
  const child = Bun.spawn([...commandOf(options), ...words], {
    cwd: options.directory ?? tmpdir(),
    env: environmentOf(options),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const logLines: LogLine[] = [];
  const waiting = new Set<() => void>();
  let ended = false;
  void readLines(child.stderr, (text) => {
    logLines.push(parseLine(text));
    for (const look of waiting) look();
  }).then(() => {
    ended = true;
    for (const look of waiting) look();
  });
  const log = (fits: (line: LogLine) => boolean) =>
    new Promise<LogLine>((resolve, reject) => {
      const look = () => {
        const found = logLines.find(fits);
        if (found === undefined && !ended) return;
        waiting.delete(look);
        if (found !== undefined) resolve(found);
        else reject(new Error(`it ended: ${logLines.map((l) => JSON.stringify(l)).join("\n")}`));
      };
      waiting.add(look);
      look();
    });
  return {
    process: child,
    logLines,
    log,
    url: async () => {
      const line = await log((one) => one.message === "listening: dashboard and API");
      return String(line["url"]).replace(/\/$/, "");
    },
    address: async (message) => {
      const line = await log((one) => one.message.includes(message));
      const [, hostname = "", port = ""] = /^(.*):(\d+)$/.exec(String(line["address"])) ?? [];
      return { hostname, port: Number(port) };
    },
    stop: async () => {
      child.kill("SIGTERM");
      return await child.exited;
    },
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

/** Runs a command to its end. */
export async function run(
  words: readonly string[],
  options: StartOptions = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = Bun.spawn([...commandOf(options), ...words], {
    cwd: options.directory ?? tmpdir(),
    env: environmentOf(options),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, stdout, stderr };
}

/** Below the tests' own time-out, a minute: what was answered last then stands in the error. */
let untilMsMax = 50_000;

/** For a file whose tests have more time. */
export function setUntilTimeout(ms: number): void {
  untilMsMax = ms;
}

/** Asks again until the answer fits. @throws {Error} with the last answer, where none does. */
export async function until<T>(
  ask: () => T | Promise<T>,
  fits: (answer: T) => boolean,
): Promise<T> {
  const startedMs = performance.now();
  for (;;) {
    const answer = await ask();
    if (fits(answer)) return answer;
    if (performance.now() - startedMs > untilMsMax) {
      throw new Error(`no answer fits ${fits}; the last one: ${Bun.inspect(answer)}`);
    }
    // A turn for the other side; no fixed wait decides the outcome.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export async function json<T>(url: string): Promise<T> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return await response.json() as T;
}

async function readLines(stream: ReadableStream<Uint8Array>, take: (line: string) => void) {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(take);
  }
  if (rest !== "") take(rest);
}

function parseLine(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return { level: "raw", area: "", message: text };
  }
}
