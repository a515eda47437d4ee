/**
 * Structured log lines on stderr, one a line: JSON for machines, text for people. A line has a
 * level, an area, a message and fields; values are data, never format strings.
 */
export type LogFormat = "json" | "text";
export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same log under another area name. */
  area(name: string): Log;
}

export interface LogOptions {
  readonly format: LogFormat;
  readonly area: string;
  readonly write?: (line: string) => void;
  readonly now?: () => number;
  readonly debug?: boolean;
}

export function createLog(options: LogOptions): Log {
  const write = options.write ?? ((line: string) => void process.stderr.write(line));
  const now = options.now ?? Date.now;
  const emit = (level: LogLevel, message: string, fields: LogFields = {}) => {
    if (level === "debug" && !options.debug) return;
    const time = new Date(now()).toISOString();
    write(
      options.format === "json"
        ? JSON.stringify({ time, level, area: options.area, message, ...plain(fields) }) + "\n"
        : textLine(time, level, options.area, message, plain(fields)),
    );
  };
  return {
    debug: (message, fields) => emit("debug", message, fields),
    info: (message, fields) => emit("info", message, fields),
    warn: (message, fields) => emit("warn", message, fields),
    error: (message, fields) => emit("error", message, fields),
    area: (name) => createLog({ ...options, area: name }),
  };
}

/** A log that says nothing, for tests and for commands that print their own report. */
export const SILENT_LOG: Log = createLog({ format: "text", area: "", write: () => {} });

function textLine(time: string, level: LogLevel, area: string, message: string, fields: LogFields) {
  const rest = Object.entries(fields)
    .map(([key, value]) => ` ${key}=${quoted(value)}`)
    .join("");
  return `${time.slice(11, 23)} ${level.padEnd(5)} ${area}: ${message}${rest}\n`;
}

function quoted(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value) ?? String(value);
  // deno-lint-ignore no-control-regex
  return /^[^\s"\u0000-\u001f\u007f-\u009f]+$/.test(text) ? text : JSON.stringify(text);
}

function plain(fields: LogFields): LogFields {
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) {
    out[key] = value instanceof Error
      ? value.message
      : typeof value === "bigint"
      ? value.toString()
      : value;
  }
  return out;
}
