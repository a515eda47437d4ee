/** Each layer's state as the page says it: a tone, a word, the figures that matter. Pure. */
import type { ScrapeStatus, Status } from "../model/status.ts";
import { formatBytes, formatNumber, formatSpan, plural } from "./format.ts";
import type { TimeFormat } from "./times.ts";

export type LayerTone = "good" | "warn" | "bad" | "quiet";

export interface LayerView {
  readonly name: "generator" | "batch" | "speed" | "archive" | "store";
  readonly title: string;
  readonly tone: LayerTone;
  readonly word: string;
  /** The one counter that says that it works. */
  readonly main: string;
  readonly mainLabel: string;
  readonly facts: readonly (readonly [label: string, value: string])[];
  readonly error: string | null;
  /** 0–1 of the work under way; null when none is. */
  readonly progress: number | null;
}

/** In the order data flows through them. */
export function layerViews(status: Status, time: TimeFormat): LayerView[] {
  const views = [speed(status), archive(status), batch(status, time), store(status)];
  return status.layers.generator.state === "off" ? views : [generator(status), ...views];
}

function generator(status: Status): LayerView {
  const { state, address, clients, sent_lines, skipped_lines } = status.layers.generator;
  const words = {
    off: ["quiet", "Off"],
    writing_history: ["quiet", "Writing history"],
    serving: ["good", "Serving"],
    failed: ["bad", "Failed"],
  } as const;
  const [tone, word] = words[state];
  return {
    name: "generator",
    title: "Generator",
    tone,
    word,
    main: formatNumber(sent_lines),
    mainLabel: "lines sent",
    facts: [
      ["Address", address ?? "–"],
      ["Clients", formatNumber(clients)],
      ...(skipped_lines > 0 ? [["Skipped", formatNumber(skipped_lines)] as const] : []),
    ],
    error: null,
    progress: null,
  };
}

/** The database may be this far behind before it is called out. */
const LAG_MS_MAX = 5_000;

function speed(status: Status): LayerView {
  const layer = status.layers.speed;
  const [tone, word] = speedState(status);
  const door = layer.listen === null ? [] : [
    ["Listening", layer.listen] as const,
    ["Agents", formatNumber(layer.agents)] as const,
  ];
  return {
    name: "speed",
    title: "Speed layer",
    tone,
    word,
    main: formatNumber(layer.received_lines),
    mainLabel: "lines received",
    facts: [
      ["Feed", layer.feed ?? "none"],
      ...door,
      ...scraped(layer.scrapes),
      ...silent(status),
      ["Dead letters", formatNumber(layer.dead_letters)],
      ["Late · future", `${formatNumber(layer.late_rows)} · ${formatNumber(layer.future_rows)}`],
      ...(layer.reconnects > 0 ? [["Reconnects", formatNumber(layer.reconnects)] as const] : []),
    ],
    error: layer.last_error ?? scrapeError(layer.scrapes),
    progress: null,
  };
}

/** How many of the targets answer; nothing where there are none. */
function scraped(scrapes: readonly ScrapeStatus[]): (readonly [string, string])[] {
  if (scrapes.length === 0) return [];
  const up = scrapes.filter((one) => one.up === true).length;
  const unchecked = scrapes.filter((one) => one.insecure_tls).length;
  const inClear = scrapes.filter((one) => one.token_in_clear).length;
  return [
    ["Scraped", `${formatNumber(up)} of ${plural(scrapes.length, "target")} up`],
    ...(unchecked > 0
      ? [["Certificates", `of ${plural(unchecked, "target")} not checked`] as const]
      : []),
    ...(inClear > 0 ? [["Tokens", `of ${plural(inClear, "target")} unencrypted`] as const] : []),
  ];
}

/** Declared sources that are not heard; nothing where all are. */
function silent({ sources: { silent, silent_names } }: Status): (readonly [string, string])[] {
  if (silent === 0) return [];
  const more = silent - silent_names.length;
  const names = [...silent_names, ...(more > 0 ? [`${formatNumber(more)} more`] : [])];
  return [["Silent", names.join(", ")]];
}

function scrapeError(scrapes: readonly ScrapeStatus[]): string | null {
  const down = scrapes.find((one) => one.up === false);
  return down === undefined ? null : `${down.url} can't be scraped: ${down.error}`;
}

function speedState(status: Status): readonly [LayerTone, string] {
  const { state, connection, listen } = status.layers.speed;
  switch (state) {
    case "off":
      return ["quiet", "Off"];
    case "starting":
      return ["quiet", "Starting"];
    case "catching_up":
      return ["warn", "Catching up"];
    case "paused":
      return ["warn", "Held back"];
    case "stopped":
      return ["bad", "Stopped"];
    case "failed":
      return ["bad", "Failed"];
    case "running":
      if (connection === "connected") return ["good", "Connected"];
      if (connection === "listening" || listen !== null) return ["good", "Listening"];
      return connection === "idle" ? ["quiet", "Idle"] : ["warn", "Reconnecting"];
  }
}

function archive(status: Status): LayerView {
  const { archived_lines, received_lines, archived_bytes } = status.layers.speed;
  const { runs, bytes, directory, torn_bytes } = status.archive;
  const waiting = Math.max(0, received_lines - archived_lines);
  return {
    name: "archive",
    title: "Archive",
    tone: "good",
    word: "Durable",
    main: formatNumber(archived_lines),
    mainLabel: "lines on disk",
    facts: [
      ["This run", formatBytes(archived_bytes)],
      ["All", `${formatBytes(bytes)} in ${plural(runs, "run")}`],
      ["Not synced yet", formatNumber(waiting)],
      ...(torn_bytes > 0 ? [["Torn, cut", formatBytes(torn_bytes)] as const] : []),
      ["Directory", directory],
    ],
    error: null,
    progress: null,
  };
}

function batch(status: Status, time: TimeFormat): LayerView {
  const layer = status.layers.batch;
  const { reconciled_up_to, differing_buckets, first_difference } = status.reconciliation;
  const differs = differing_buckets > 0;
  const words = {
    idle: ["good", "Up to date"],
    scanning: ["quiet", "Scanning"],
    loading: ["quiet", "Loading"],
    failed: ["bad", "Failed"],
    off: ["quiet", "Off"],
  } as const;
  const [tone, word] = differs ? ["warn", "Differs"] as const : words[layer.state];
  const percent = layer.progress === null ? "" : ` ${formatNumber(layer.progress * 100)}\u202f%`;
  return {
    name: "batch",
    title: "Batch layer",
    tone: layer.files_refused > 0 && tone === "good" ? "warn" : tone,
    word: word + percent,
    main: formatNumber(layer.rows_loaded),
    mainLabel: "history rows loaded",
    facts: [
      ["Files", formatNumber(layer.files)],
      ["Known already", formatNumber(layer.files_skipped)],
      ["Refused files", formatNumber(layer.files_refused)],
      ["Rejected rows", formatNumber(layer.rows_rejected)],
      ...(reconciled_up_to === null ? [] : [
        [
          "Reconciled up to",
          time.near(Date.parse(reconciled_up_to), Date.parse(status.now)),
        ] as const,
      ]),
      ...(layer.current_file === null ? [] : [["Now", layer.current_file] as const]),
    ],
    error: layer.last_error ?? (differs ? first_difference : null),
    progress: layer.progress,
  };
}

function store(status: Status): LayerView {
  const { kind, state, where, sql, rows, last_error } = status.store;
  const { lag_ms, pending_lines } = status.layers.speed;
  const behind = state === "ready" && lag_ms > LAG_MS_MAX;
  const words: Readonly<Record<typeof state, readonly [LayerTone, string]>> = {
    starting: ["quiet", "Starting"],
    ready: behind ? ["warn", `${formatSpan(lag_ms)} behind`] : ["good", "Ready"],
    down: ["bad", "Down"],
  };
  const [tone, word] = words[state];
  return {
    name: "store",
    title: kind === "postgres" ? "PostgreSQL" : "Embedded store",
    tone,
    word,
    main: formatNumber(rows),
    mainLabel: "readings stored",
    facts: [
      ["Lag", lag_ms === 0 ? "none" : formatSpan(lag_ms)],
      ["Waiting lines", formatNumber(pending_lines)],
      ["Where", where],
      ...(sql === null ? [] : [["SQL", sql] as const]),
    ],
    error: last_error,
    progress: null,
  };
}

/** `2 lines/s`, `as fast as it is read`. */
export function rateText(rate: number): string {
  return rate === 0 ? "as fast as read" : `${formatNumber(rate, rate < 1 ? 1 : 0)} lines/s`;
}
