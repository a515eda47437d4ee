/**
 * The table of settings and flags: names, environment twins, defaults and help texts. Everything
 * that reads the command line, the environment or `rackwatch.toml`, and everything that prints
 * help, reads this table, so that they cannot disagree.
 */

export type SettingKind = "text" | "switch";

export interface Setting {
  /** Flag without dashes; the TOML key is the same with underscores. */
  readonly flag: string;
  readonly environment: string;
  readonly kind: SettingKind;
  /** What stands for the value in help. */
  readonly value: string;
  /** As help shows it. */
  readonly shownDefault: string;
  readonly help: string;
}

export const SETTINGS = [
  {
    flag: "database-url",
    environment: "DATABASE_URL",
    kind: "text",
    value: "URL",
    shownDefault: "embedded",
    help: "hot store: postgres://user@host/db; without it PGlite in the data directory",
  },
  {
    flag: "data-dir",
    environment: "RACKWATCH_DATA_DIR",
    kind: "text",
    value: "DIR",
    shownDefault: "./data",
    help: "history files, cold archive and embedded store",
  },
  {
    flag: "http",
    environment: "RACKWATCH_HTTP",
    kind: "text",
    value: "HOST:PORT",
    shownDefault: "127.0.0.1:8080",
    help: "dashboard and API",
  },
  {
    flag: "feed",
    environment: "RACKWATCH_FEED",
    kind: "text",
    value: "ADDRESS",
    shownDefault: "tcp://127.0.0.1:9988",
    help: "live telemetry, dialled, with reconnect; none: don't dial",
  },
  {
    flag: "listen",
    environment: "RACKWATCH_LISTEN",
    kind: "text",
    value: "HOST:PORT",
    shownDefault: "none",
    help: "where agents connect and push lines",
  },
  {
    flag: "demo",
    environment: "RACKWATCH_DEMO",
    kind: "switch",
    value: "",
    shownDefault: "on without sources or feed",
    help: "simulate a fleet: history files and a live feed",
  },
  {
    flag: "open",
    environment: "RACKWATCH_OPEN",
    kind: "switch",
    value: "",
    shownDefault: "on on a terminal",
    help: "open the dashboard in the browser",
  },
  {
    flag: "token",
    environment: "RACKWATCH_TOKEN",
    kind: "text",
    value: "SECRET",
    shownDefault: "none",
    help: "needed where --http or --listen is not loopback",
  },
  {
    flag: "tls-cert",
    environment: "RACKWATCH_TLS_CERT",
    kind: "text",
    value: "FILE",
    shownDefault: "none",
    help: "PEM certificate: TLS on --http and --listen",
  },
  {
    flag: "tls-key",
    environment: "RACKWATCH_TLS_KEY",
    kind: "text",
    value: "FILE",
    shownDefault: "none",
    help: "its PEM key; both are read again when they change",
  },
  {
    flag: "sql",
    environment: "RACKWATCH_SQL",
    kind: "text",
    value: "HOST:PORT",
    shownDefault: "none",
    help: "loopback address where psql reaches the embedded store",
  },
  {
    flag: "compress",
    environment: "RACKWATCH_COMPRESS",
    kind: "switch",
    value: "",
    shownDefault: "on",
    help: "compress sealed parts of the archive with zstd",
  },
  {
    flag: "log-format",
    environment: "RACKWATCH_LOG_FORMAT",
    kind: "text",
    value: "text|json",
    shownDefault: "text on a terminal, else json",
    help: "form of the log on stderr",
  },
  {
    flag: "config",
    environment: "RACKWATCH_CONFIG",
    kind: "text",
    value: "FILE",
    shownDefault: "./rackwatch.toml if there",
    help: "sources, alert rules and settings",
  },
] as const satisfies readonly Setting[];

export type SettingFlag = (typeof SETTINGS)[number]["flag"];

/** A flag of single commands, with no environment twin. */
export interface CommandFlag {
  readonly flag: string;
  readonly kind: SettingKind;
  readonly value: string;
  /** Empty: help only names it, together with others of its command. */
  readonly help: string;
}

const JSON_FLAG: CommandFlag = {
  flag: "json",
  kind: "switch",
  value: "",
  help: "one JSON object on stdout",
};
const HOSTS_FLAG: CommandFlag = {
  flag: "hosts",
  kind: "text",
  value: "N",
  help: "hosts a region (20)",
};
const SEED_FLAG: CommandFlag = {
  flag: "seed",
  kind: "text",
  value: "N",
  help: "seed of the simulated fleet (1)",
};

export interface Command {
  readonly name: string;
  /** Names of its positional arguments, all required. */
  readonly positionals: readonly string[];
  readonly flags: readonly CommandFlag[];
  /** Empty: the help of the command before names it, too. */
  readonly help: string;
}

export const COMMANDS = [
  {
    name: "up",
    positionals: [],
    flags: [
      { flag: "rate", kind: "text", value: "N", help: "lines a second of the demo's feed (20)" },
      HOSTS_FLAG,
      SEED_FLAG,
    ],
    help: "everything: generator (in demo), batch, speed, dashboard",
  },
  {
    name: "generate history",
    positionals: [],
    flags: [
      { flag: "rows", kind: "text", value: "N", help: "rows a region (10000; 10 M at most)" },
      HOSTS_FLAG,
      SEED_FLAG,
      { flag: "end", kind: "text", value: "ISO", help: "time of the newest row (now)" },
    ],
    help: "write the three regions' history files",
  },
  {
    name: "generate feed",
    positionals: [],
    flags: [
      {
        flag: "rate",
        kind: "text",
        value: "N",
        help: "lines a second (20); 0: as fast as it is read",
      },
      { flag: "rows", kind: "text", value: "N", help: "end after so many lines" },
      HOSTS_FLAG,
      SEED_FLAG,
    ],
    help: "serve simulated live telemetry on the feed address",
  },
  {
    name: "batch",
    positionals: [],
    flags: [JSON_FLAG],
    help: "load all configured history once, report, exit",
  },
  { name: "stream", positionals: [], flags: [], help: "the speed layer alone, no web" },
  { name: "serve", positionals: [], flags: [], help: "dashboard and API over an existing store" },
  {
    name: "replay",
    positionals: ["RUN"],
    flags: [{
      flag: "speed",
      kind: "text",
      value: "X",
      help: "times the run's own pace (1); 0: as fast as it is read",
    }],
    help: "serve an archived run again as a live feed",
  },
  {
    name: "rebuild",
    positionals: [],
    flags: [
      JSON_FLAG,
      { flag: "dry-run", kind: "switch", value: "", help: "show what would change, in counts" },
    ],
    help: "build the hot store anew from archive and history",
  },
  {
    name: "verify",
    positionals: [],
    flags: [JSON_FLAG],
    help: "compare hot store with archive, run by run",
  },
  {
    name: "inspect",
    positionals: ["FILE"],
    flags: [
      JSON_FLAG,
      { flag: "source", kind: "text", value: "NAME", help: "read it by this declared source" },
    ],
    help: "show how a file, URL or - (stdin) would be read",
  },
  {
    name: "token create",
    positionals: ["NAME"],
    flags: [],
    help: "a token for an agent; also: token list, token revoke NAME",
  },
  { name: "token list", positionals: [], flags: [JSON_FLAG], help: "" },
  { name: "token revoke", positionals: ["NAME"], flags: [], help: "" },
  {
    name: "bench",
    positionals: ["NAME"],
    flags: [
      JSON_FLAG,
      { flag: "rows", kind: "text", value: "N", help: "rows (of a region, or the work's size)" },
      { flag: "seconds", kind: "text", value: "N", help: "" },
      { flag: "runs", kind: "text", value: "N", help: "" },
      { flag: "hosts", kind: "text", value: "N", help: "hosts a region (20), or in all (bench)" },
      { flag: "clients", kind: "text", value: "N", help: "" },
      { flag: "rate", kind: "text", value: "N", help: "lines a second; 0: as fast as it is read" },
      { flag: "embedded", kind: "switch", value: "", help: "" },
      { flag: "out", kind: "text", value: "DIR", help: "" },
    ],
    help: "a benchmark beside a peer: ingest, query, latency, …",
  },
  { name: "help", positionals: [], flags: [], help: "this page" },
] as const satisfies readonly Command[];

export type CommandName = (typeof COMMANDS)[number]["name"];
