/**
 * The regions of the simulated fleet, as data: where they are, what their hosts are called and do,
 * and in which file, columns and units their history is written. Another region is another entry;
 * no code knows how many there are or what they are called.
 */

export type Range = readonly [low: number, high: number];

/** What a history column holds; the unit is part of the kind. */
export type ColumnKind =
  | "host_id"
  /** `YYYY-MM-DD HH:MM:SS` in the region's zone, without saying so. */
  | "local_time"
  /** `YYYY-MM-DDTHH:MM:SSZ`. */
  | "utc_time"
  /** Whole seconds since 1970 UTC. */
  | "epoch_seconds"
  /** Whole degrees. */
  | "celsius"
  | "fahrenheit"
  | "kelvin"
  /** Whole percent. */
  | "percent"
  /** 0–1, two decimals. */
  | "fraction"
  /** Two decimals. */
  | "volts"
  /** Whole watts. */
  | "watts";

export interface HistoryColumn {
  readonly name: string;
  readonly kind: ColumnKind;
}

export interface RegionProfile {
  readonly region: string;
  /** IANA zone: load follows its day, `local_time` is written in it. */
  readonly zone: string;
  /** Host i (from 1) is called `<prefix><i>`. */
  readonly hostPrefix: string;
  /** A host's mean load in percent, and how far its day swings, as a share of that. */
  readonly baseLoad: Range;
  readonly daySwing: Range;
  /** Where a runaway job drives the load. */
  readonly loadMax: number;
  /** A host's temperature at no load, °C: the room's and the housing's. */
  readonly idleTempC: Range;
  /** What the live line says; what isn't measured is written as 0.0 there. */
  readonly measuresVoltage: boolean;
  readonly measuresPower: boolean;
  readonly history: {
    /** Relative to the data directory. */
    readonly path: string;
    readonly format: "csv" | "ndjson" | "parquet";
    readonly columns: readonly HistoryColumn[];
  };
}

/**
 * Ranges the readings keep apart from faults, in the profile's own units: 35–85 °C (95–185 °F,
 * 308–358 K), load 10–95 % (0.10–0.90), 11.80–12.20 V, 400–1200 W. The numbers below keep the
 * model inside of them by themselves: see the arithmetic in `host_model.ts`.
 */
export const DEMO_PROFILES: readonly RegionProfile[] = [
  {
    region: "India",
    zone: "Asia/Kolkata",
    hostPrefix: "IND-SRV-",
    baseLoad: [36, 54],
    daySwing: [0.22, 0.3],
    loadMax: 95,
    idleTempC: [36.5, 38],
    measuresVoltage: false,
    measuresPower: false,
    history: {
      path: "india_lab/server_metrics.csv",
      format: "csv",
      columns: [
        { name: "server_code", kind: "host_id" },
        { name: "timestamp_ist", kind: "local_time" },
        { name: "temp_celsius", kind: "celsius" },
        { name: "cpu_usage_percent", kind: "percent" },
      ],
    },
  },
  {
    region: "USA",
    zone: "America/Los_Angeles",
    hostPrefix: "us-cloud-",
    baseLoad: [34, 50],
    daySwing: [0.22, 0.3],
    loadMax: 90,
    idleTempC: [35.5, 37],
    measuresVoltage: true,
    measuresPower: false,
    history: {
      path: "us_cloud/cloud_metrics.json",
      format: "ndjson",
      columns: [
        { name: "instance_id", kind: "host_id" },
        { name: "time_utc", kind: "utc_time" },
        { name: "temp_fahrenheit", kind: "fahrenheit" },
        { name: "load_fraction", kind: "fraction" },
        { name: "voltage_v", kind: "volts" },
      ],
    },
  },
  {
    region: "Germany",
    zone: "Europe/Berlin",
    hostPrefix: "DE-HPC-",
    baseLoad: [56, 64],
    daySwing: [0.06, 0.1],
    loadMax: 95,
    idleTempC: [35.5, 37],
    measuresVoltage: false,
    measuresPower: true,
    history: {
      path: "germany_hpc/cluster_metrics.parquet",
      format: "parquet",
      columns: [
        { name: "node_name", kind: "host_id" },
        { name: "epoch_time", kind: "epoch_seconds" },
        { name: "temp_kelvin", kind: "kelvin" },
        { name: "power_watts", kind: "watts" },
      ],
    },
  },
];

/** Whether a column holds text; the others hold numbers. */
export function isTextColumn(column: HistoryColumn): boolean {
  return column.kind === "host_id" || column.kind === "local_time" || column.kind === "utc_time";
}
