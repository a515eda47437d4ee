/**
 * The declarations that come with the program, in the form a user writes in `rackwatch.toml` and
 * read by the same parser: the three demo histories and the live wire format. Each also names the
 * columns and units that files of its source have gone by, so that a renamed column or a change
 * from °C to °F is a reading and no reject.
 */
import { parseDeclarations, type SourceDeclaration } from "./declaration.ts";

export const BUILTIN_TOML = `
[[source]]
name = "india_lab"
path = "india_lab/*.csv"
format = "csv"
region = "India"
timezone = "Asia/Kolkata"
host_id = ["server_code", "server_id", "host_id"]
timestamp = [
  { column = "timestamp_ist", format = "auto" },
  { column = "timestamp", format = "auto" },
  { column = "time_utc", format = "auto", timezone = "UTC" },
  { column = "epoch_time", format = "auto" },
]
temp_c = [
  { column = "temp_celsius", unit = "celsius" },
  { column = "temp_c", unit = "celsius" },
  { column = "temp_fahrenheit", unit = "fahrenheit" },
  { column = "temp_kelvin", unit = "kelvin" },
]
cpu_load = [
  { column = "cpu_usage_percent", unit = "percent" },
  { column = "cpu_load", unit = "percent" },
  { column = "load_fraction", unit = "fraction" },
]
voltage = [{ column = "voltage_v", unit = "volts" }, { column = "voltage", unit = "volts" }]
power_watts = [
  { column = "power_watts", unit = "watts" },
  { column = "power_kw", unit = "kilowatts" },
]

[[source]]
name = "us_cloud"
path = ["us_cloud/*.json", "us_cloud/*.ndjson"]
region = "USA"
timezone = "UTC"
host_id = ["instance_id", "host_id"]
timestamp = [
  { column = "time_utc", format = "auto" },
  { column = "timestamp", format = "auto" },
  { column = "epoch_time", format = "auto" },
]
temp_c = [
  { column = "temp_fahrenheit", unit = "fahrenheit" },
  { column = "temp_celsius", unit = "celsius" },
  { column = "temp_c", unit = "celsius" },
  { column = "temp_kelvin", unit = "kelvin" },
]
cpu_load = [
  { column = "load_fraction", unit = "fraction" },
  { column = "cpu_usage_percent", unit = "percent" },
  { column = "cpu_load", unit = "percent" },
]
voltage = [{ column = "voltage_v", unit = "volts" }, { column = "voltage", unit = "volts" }]
power_watts = [
  { column = "power_watts", unit = "watts" },
  { column = "power_kw", unit = "kilowatts" },
]

[[source]]
name = "germany_hpc"
path = "germany_hpc/*.parquet"
format = "parquet"
region = "Germany"
timezone = "UTC"
host_id = ["node_name", "host_id"]
timestamp = [
  { column = "epoch_time", format = "auto" },
  { column = "time_utc", format = "auto" },
  { column = "timestamp", format = "auto" },
]
temp_c = [
  { column = "temp_kelvin", unit = "kelvin" },
  { column = "temp_celsius", unit = "celsius" },
  { column = "temp_c", unit = "celsius" },
  { column = "temp_fahrenheit", unit = "fahrenheit" },
]
cpu_load = [
  { column = "cpu_usage_percent", unit = "percent" },
  { column = "cpu_load", unit = "percent" },
  { column = "load_fraction", unit = "fraction" },
]
voltage = [{ column = "voltage_v", unit = "volts" }, { column = "voltage", unit = "volts" }]
power_watts = [
  { column = "power_watts", unit = "watts" },
  { column = "power_kw", unit = "kilowatts" },
]
`;

/** The region of a live line that names none: by its host's name. */
export const REGION_BY_HOST_TOML =
  `{ prefixes = { "IND-" = "India", "us-cloud-" = "USA", "us-" = "USA", "DE-" = "Germany" }, default = "Unknown" },`;

/** The live wire format: naive times are UTC, and 0 V and 0 W mean "not measured". */
export const FEED_TOML = `
[[source]]
name = "feed"
connect = true
listen = true
timezone = "UTC"
host_id = ["host_id", "host", "hostname"]
timestamp = ["timestamp", "time"]
region = [
  { column = "region" },
  ${REGION_BY_HOST_TOML}
]
temp_c = { column = "temp_c", unit = "celsius" }
cpu_load = { column = "cpu_load", unit = "percent" }
voltage = { column = "voltage", unit = "volts", missing = [0] }
power_watts = { column = "power_watts", unit = "watts", missing = [0] }
`;

function builtin(toml: string, where: string): SourceDeclaration[] {
  const { source } = Bun.TOML.parse(toml) as { source?: unknown };
  return parseDeclarations(source, where);
}

export const BUILTIN_SOURCES: readonly SourceDeclaration[] = builtin(BUILTIN_TOML, "built-in");

export const FEED_DECLARATION: SourceDeclaration = builtin(FEED_TOML, "built-in feed")[0]!;
