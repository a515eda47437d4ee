/**
 * What the page asks of the API, and what its links lead to: each path, over each span of time that
 * it can show and over 30 days, for any region or host. A case makes a new question each time.
 */
export interface QueryCase {
  readonly name: string;
  readonly path: (world: QueryWorld) => string;
}

/** What there is to ask for. `pick` draws one of a list. */
export interface QueryWorld {
  readonly nowMs: number;
  readonly regions: readonly string[];
  readonly hosts: readonly { readonly host_id: string; readonly region: string }[];
  pick<T>(from: readonly T[]): T;
}

const HOUR_MS = 3_600_000;

/** The page's ranges with their points (src/browser/ranges.ts), and 30 days. */
const SPANS = [
  { name: "5 min", ms: HOUR_MS / 12, points: 30, range: "5m" },
  { name: "15 min", ms: HOUR_MS / 4, points: 90, range: "15m" },
  { name: "1 h", ms: HOUR_MS, points: 360, range: "1h" },
  { name: "6 h", ms: 6 * HOUR_MS, points: 360, range: "6h" },
  { name: "24 h", ms: 24 * HOUR_MS, points: 288, range: "24h" },
  { name: "7 days", ms: 168 * HOUR_MS, points: 336, range: "7d" },
  { name: "30 days", ms: 720 * HOUR_MS, points: 360, range: null },
] as const;

const METRICS = ["temp_c", "cpu_load", "voltage", "power_watts"] as const;
const BINS = 30;

export const QUERY_CASES: readonly QueryCase[] = [
  ...SPANS.flatMap((span): QueryCase[] => {
    const window = ({ nowMs }: QueryWorld) => ({ from: nowMs - span.ms, to: nowMs });
    const series = (world: QueryWorld, whose: Query) =>
      ask("/api/series", {
        metric: world.pick(METRICS),
        points: span.points,
        ...window(world),
        ...whose,
      });
    const histogram = (world: QueryWorld, whose: Query) =>
      ask("/api/histogram", { metric: "temp_c", bins: BINS, ...window(world), ...whose });
    const { range } = span;
    return [
      {
        name: `series of a region, ${span.name}`,
        path: (world) => series(world, { region: world.pick(world.regions) }),
      },
      { name: `series of a host, ${span.name}`, path: (world) => series(world, aHost(world)) },
      { name: `histogram, ${span.name}`, path: (world) => histogram(world, {}) },
      {
        name: `histogram of a region, ${span.name}`,
        path: (world) => histogram(world, { region: world.pick(world.regions) }),
      },
      {
        name: `heatmap, ${span.name}`,
        path: (world) => ask("/api/heatmap", { points: span.points, ...window(world) }),
      },
      ...(range === null ? [] : [{ name: `page, ${span.name}`, path: () => ask("/", { range }) }]),
    ];
  }),
  {
    name: "timeline of 30 days",
    path: ({ nowMs }) => ask("/api/timeline", { from: nowMs - 720 * HOUR_MS, to: nowMs }),
  },
  { name: "grid", path: (world) => ask("/api/grid", { metric: world.pick(METRICS) }) },
  {
    name: "grid of a past moment",
    path: (world) => ask("/api/grid", { metric: world.pick(METRICS), at: pastMoment(world) }),
  },
  { name: "board of a past moment", path: (world) => ask("/api/board", { at: pastMoment(world) }) },
  {
    name: "outliers of an hour",
    path: (world) => {
      const to = pastMoment(world);
      return ask("/api/outliers", { metric: "temp_c", from: to - HOUR_MS, to });
    },
  },
  { name: "alerts", path: () => ask("/api/alerts", { limit: 100 }) },
  { name: "regions", path: () => "/api/regions" },
  { name: "hosts", path: () => ask("/api/hosts", { limit: 1_000 }) },
  {
    name: "hosts of a region",
    path: (world) => ask("/api/hosts", { limit: 100, region: world.pick(world.regions) }),
  },
  {
    name: "one host",
    path: (world) => {
      const { host_id, region } = aHost(world);
      return ask(`/api/hosts/${encodeURIComponent(host_id)}`, { region });
    },
  },
  {
    name: "readings of a host",
    path: (world) => ask("/api/readings", { ...aHost(world), limit: 100 }),
  },
  { name: "readings as CSV", path: () => ask("/api/readings", { format: "csv", limit: 10_000 }) },
  { name: "dead letters", path: () => ask("/api/dead-letters", { limit: 100 }) },
  { name: "runs", path: () => "/api/runs" },
  { name: "status", path: () => "/api/status" },
  { name: "metrics", path: () => "/metrics" },
];

/** Of the last 29 days. */
function pastMoment({ nowMs, pick }: QueryWorld): number {
  return nowMs - pick([1, 5, 24, 100, 300, 690]) * HOUR_MS;
}

type Query = Readonly<Record<string, string | number>>;

/** Its two names alone: whatever else the API says of a host is no parameter. */
function aHost({ hosts, pick }: QueryWorld): { readonly host_id: string; readonly region: string } {
  const { host_id, region } = pick(hosts);
  return { host_id, region };
}

function ask(path: string, query: Query): string {
  const text = Object.entries(query).map(([name, value]) =>
    `${name}=${encodeURIComponent(String(value))}`
  );
  return `${path}?${text.join("&")}`;
}
