/**
 * Configuration: flag over environment over `rackwatch.toml` over default, parsed once at the edge
 * and trusted after. Text that can't be used is a `UsageError` naming the setting, the rule and
 * the value. Sources and alert rules stay as their raw TOML tables here: the rooms that own them
 * parse them.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { suggestion, UsageError } from "./cli.ts";
import { LIMITS } from "./limits.ts";
import type { LogFormat } from "./log.ts";
import { type Address, isLoopback, parseAddress } from "./runtime/address.ts";
import type { CertificateFiles } from "./runtime/certificate.ts";
import { type SettingFlag, SETTINGS } from "./settings.ts";

export interface Config {
  readonly databaseUrl: string | null;
  /** Absolute. */
  readonly dataDir: string;
  readonly http: Address;
  /** Null: don't dial. */
  readonly feed: Address | null;
  readonly listen: Address | null;
  readonly demo: boolean;
  readonly open: boolean;
  readonly token: string | null;
  /** Null: HTTP and TCP in the clear. */
  readonly tls: CertificateFiles | null;
  readonly sql: Address | null;
  readonly logFormat: LogFormat;
  /** Sealed parts of the archive are compressed. */
  readonly compress: boolean;
  readonly retention: Retention;
  /** The file read, for messages; null when there is none. */
  readonly configFile: string | null;
  /** Host names besides loopback and --http that the dashboard answers to (behind a proxy). */
  readonly allowedHosts: readonly string[];
  /** `[[source]]` and `[[alert]]` tables as they stand in the file. */
  readonly sources: readonly unknown[];
  readonly alerts: readonly unknown[];
  /** `[[scrape]]` tables: what is asked for its metrics. */
  readonly scrapes: readonly unknown[];
  /** `[[redfish]]` tables: BMCs that are asked for their sensors. */
  readonly redfish: readonly unknown[];
  /** For how long an agent with a token of its own may be silent, ms; null: for ever. */
  readonly agentSilentAfterMs: number | null;
}

/** What the archive keeps at most; null: all. */
export interface KeepRule {
  readonly daysMax: number | null;
  readonly bytesMax: number | null;
}

export interface Retention {
  readonly live: KeepRule;
  readonly batch: KeepRule;
}

export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
  readonly stdoutIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
}

type Given = { readonly value: string | boolean; readonly from: string };

/** @throws {UsageError} */
export function resolveConfig(
  flags: Readonly<Record<string, string | boolean>>,
  around: Surroundings,
): Config {
  const file = readConfigFile(flags, around);
  const given = (flag: SettingFlag) => lookUp(flag, flags, around, file);
  const text = (flag: SettingFlag) => {
    const found = given(flag);
    return found === null || found.value === "" ? null : { ...found, value: String(found.value) };
  };
  const address = (flag: SettingFlag, fallback: string | null): Address | null => {
    const found = text(flag);
    const value = found?.value ?? fallback;
    if (value === null || value === "none") return null;
    try {
      return parseAddress(value, found?.from ?? `--${flag}`);
    } catch (error) {
      throw new UsageError((error as Error).message);
    }
  };
  const sources = tables(file, "source");
  const config: Config = {
    databaseUrl: databaseUrl(text("database-url")),
    dataDir: resolve(around.directory, text("data-dir")?.value ?? "data"),
    http: address("http", "127.0.0.1:8080") ?? parseAddress("127.0.0.1:8080", "--http"),
    feed: address("feed", "tcp://127.0.0.1:9988"),
    listen: address("listen", null),
    demo: onOff(given("demo")) ?? (sources.length === 0 && given("feed") === null),
    open: onOff(given("open")) ?? around.stdoutIsTerminal,
    token: text("token")?.value ?? null,
    tls: certificateFiles(text("tls-cert"), text("tls-key"), around.directory),
    sql: address("sql", null),
    logFormat: logFormat(text("log-format"), around),
    compress: onOff(given("compress")) ?? true,
    retention: {
      live: {
        daysMax: positive(file, "retain_live_days"),
        bytesMax: positive(file, "retain_live_bytes"),
      },
      batch: {
        daysMax: positive(file, "retain_batch_days"),
        bytesMax: positive(file, "retain_batch_bytes"),
      },
    },
    configFile: file?.path ?? null,
    allowedHosts: stringList(file, "allowed_hosts"),
    sources,
    alerts: tables(file, "alert"),
    scrapes: tables(file, "scrape"),
    redfish: tables(file, "redfish"),
    agentSilentAfterMs: silentAfterMs(file, "agent_silent_after_s"),
  };
  checkExposure(config);
  return config;
}

interface ConfigFile {
  readonly path: string;
  readonly content: Readonly<Record<string, unknown>>;
}

const OTHER_KEYS = [
  "source",
  "alert",
  "scrape",
  "redfish",
  "allowed_hosts",
  "agent_silent_after_s",
  "retain_live_days",
  "retain_live_bytes",
  "retain_batch_days",
  "retain_batch_bytes",
];

function readConfigFile(
  flags: Readonly<Record<string, string | boolean>>,
  around: Surroundings,
): ConfigFile | null {
  const named = flags["config"] ?? around.environment["RACKWATCH_CONFIG"];
  const path = resolve(around.directory, typeof named === "string" ? named : "rackwatch.toml");
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (named === undefined && (error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new UsageError(`Cannot read the configuration ${path}: ${(error as Error).message}`);
  }
  let content: Record<string, unknown>;
  try {
    content = Bun.TOML.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw new UsageError(`Cannot read ${path} as TOML: ${(error as Error).message}`);
  }
  const known = [...SETTINGS.map((one) => one.flag.replaceAll("-", "_")), ...OTHER_KEYS];
  for (const key of Object.keys(content)) {
    if (!known.includes(key)) {
      throw new UsageError(
        `${path} has an unknown key "${key}"${suggestion(key, known)}; keys are ${
          known.join(", ")
        }`,
      );
    }
  }
  return { path, content };
}

function lookUp(
  flag: SettingFlag,
  flags: Readonly<Record<string, string | boolean>>,
  around: Surroundings,
  file: ConfigFile | null,
): Given | null {
  const byFlag = flags[flag];
  if (byFlag !== undefined) return { value: byFlag, from: `--${flag}` };
  const environment = SETTINGS.find((one) => one.flag === flag)!.environment;
  const byEnvironment = around.environment[environment];
  if (byEnvironment !== undefined && byEnvironment !== "") {
    return { value: byEnvironment, from: environment };
  }
  const key = flag.replaceAll("-", "_");
  const byFile = file?.content[key];
  if (byFile === undefined) return null;
  if (typeof byFile !== "string" && typeof byFile !== "boolean") {
    throw new UsageError(
      `${file!.path}: ${key} must be a text or true/false, got ${JSON.stringify(byFile)}`,
    );
  }
  return { value: byFile, from: `${file!.path}: ${key}` };
}

function onOff(given: Given | null): boolean | null {
  if (given === null || typeof given.value === "boolean") return given?.value as boolean ?? null;
  if (/^(1|true|on|yes)$/i.test(given.value)) return true;
  if (/^(0|false|off|no)$/i.test(given.value)) return false;
  throw new UsageError(`${given.from} is on or off (true, false, 1, 0), got "${given.value}"`);
}

function logFormat(given: { value: string; from: string } | null, around: Surroundings): LogFormat {
  if (given === null) return around.stderrIsTerminal ? "text" : "json";
  if (given.value === "text" || given.value === "json") return given.value;
  throw new UsageError(`${given.from} must be text or json, got "${given.value}"`);
}

function databaseUrl(given: { value: string; from: string } | null): string | null {
  if (given === null) return null;
  if (!/^postgres(ql)?:\/\//.test(given.value) || !URL.canParse(given.value)) {
    // The value may hold a password: it is not shown.
    throw new UsageError(`${given.from} must look like postgres://user:password@host:5432/name`);
  }
  return given.value;
}

function certificateFiles(
  cert: { value: string; from: string } | null,
  key: { value: string; from: string } | null,
  directory: string,
): CertificateFiles | null {
  if (cert === null && key === null) return null;
  if (cert === null || key === null) {
    const missing = cert === null ? "--tls-cert" : "--tls-key";
    throw new UsageError(`${(cert ?? key)!.from} is one half of TLS: give ${missing} as well`);
  }
  return { certPath: resolve(directory, cert.value), keyPath: resolve(directory, key.value) };
}

function tables(file: ConfigFile | null, key: string): readonly unknown[] {
  const value = file?.content[key];
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  throw new UsageError(`${file!.path}: write [[${key}]] with double brackets, one table each`);
}

function stringList(file: ConfigFile | null, key: string): readonly string[] {
  const value = file?.content[key];
  if (value === undefined) return [];
  if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value;
  throw new UsageError(`${file!.path}: ${key} must be a list of texts`);
}

/** Null where the file does not say. What deletes by a slip (0, a negative number) is refused. */
function positive(file: ConfigFile | null, key: string): number | null {
  const value = file?.content[key];
  if (value === undefined) return null;
  if (typeof value === "number" && Number.isFinite(value) && value > 0) return value;
  throw new UsageError(
    `${file!.path}: ${key} must be a number over 0, got ${JSON.stringify(value)}; ` +
      `leave it out to keep everything`,
  );
}

/** The usual where the file does not say; null for 0: never. */
function silentAfterMs(file: ConfigFile | null, key: string): number | null {
  const value = file?.content[key];
  if (value === undefined) return LIMITS.sourceSilentAfterMs;
  if (value === 0) return null;
  if (typeof value === "number" && value >= 1 && value <= 31_536_000) return value * 1_000;
  throw new UsageError(
    `${file!.path}: ${key} must be a number of seconds from 1 to 31536000, or 0 for never, got ${
      JSON.stringify(value)
    }`,
  );
}

/** Whoever can reach the port can read and write: beyond this machine only with a token. */
function checkExposure(config: Config): void {
  for (const [flag, address] of [["--http", config.http], ["--listen", config.listen]] as const) {
    if (address !== null && !isLoopback(address.hostname) && config.token === null) {
      throw new UsageError(
        `${flag} ${address.hostname} is reachable from other machines, so a token is needed: ` +
          `set RACKWATCH_TOKEN (or --token), or use 127.0.0.1`,
      );
    }
  }
  if (config.sql !== null && !isLoopback(config.sql.hostname)) {
    throw new UsageError(
      `--sql ${config.sql.hostname} is not loopback: the embedded store has no passwords, ` +
        `so it is served on this machine only; use 127.0.0.1`,
    );
  }
  if (config.sql !== null && config.databaseUrl !== null) {
    throw new UsageError("--sql is for the embedded store; with --database-url use psql on it");
  }
}

/** A whole or decimal number of a command's flag. @throws {UsageError} */
export function numberFlag(
  flags: Readonly<Record<string, string | boolean>>,
  flag: string,
  rule: { readonly fallback: number; readonly min: number; readonly max: number; whole?: boolean },
): number {
  const given = flags[flag];
  if (given === undefined) return rule.fallback;
  const value = typeof given === "string" && given.trim() !== "" ? Number(given) : NaN;
  if (
    !Number.isFinite(value) || value < rule.min || value > rule.max ||
    (rule.whole !== false && !Number.isInteger(value))
  ) {
    const kind = rule.whole === false ? "number" : "whole number";
    throw new UsageError(`--${flag} must be a ${kind} ${rule.min}–${rule.max}, got "${given}"`);
  }
  return value;
}
