/**
 * What common agents send by default, declared in the form a user writes: a live line is read by the
 * first of these whose `when` it meets, after the user's own declarations. What they measure beside
 * temperature, load, power and voltage is let go, and counted.
 *
 * `temp_c` is the temperature of the processor's package (die). Inlet, board and disk sensors are
 * other quantities with other limits: they are never read into it. Names and units are those of
 * each agent's own documentation, which stands beside it.
 */
import { REGION_BY_HOST_TOML } from "./builtin.ts";
import { parseDeclarations, type SourceDeclaration } from "./declaration.ts";

/** A region that the agent names by a tag; else by the host's name; else none is known. */
const regionOf = (...columns: string[]) =>
  `region = [
${columns.map((column) => `  { column = ${JSON.stringify(column)} },`).join("\n")}
  ${REGION_BY_HOST_TOML}
]`;

// https://github.com/influxdata/telegraf/tree/master/plugins/inputs: cpu, temp, sensors,
// ipmi_sensor, redfish. Line protocol and JSON have the same fields here.
const TELEGRAF = `
[[source]]
name = "telegraf"
listen = true
when = { name = "*", tags = "*", fields = "*" }
others = "ignore"
host_id = ["tags.server", "tags.source", "tags.host"]
timestamp = "timestamp"
${regionOf("tags.region", "tags.datacenter", "tags.dc")}
cpu_load = [
  { column = "fields.usage_active", unit = "percent", when = { name = "cpu", "tags.cpu" = "cpu-total" } },
  { column = "fields.usage_idle", unit = "percent_idle", when = { name = "cpu", "tags.cpu" = "cpu-total" } },
]
temp_c = [
  { column = "fields.temp", unit = "celsius", when = { name = "temp", "tags.sensor" = ["coretemp_package_id_?", "coretemp_package_id_?_input", "coretemp_packageid?", "coretemp_packageid?_input", "k10temp_tctl", "k10temp_tctl_input", "cpu_thermal", "cpu_thermal_input"] } },
  { column = "fields.temp_input", unit = "celsius", when = { name = "sensors", "tags.feature" = ["package_id_?", "physical_id_?", "tctl"] } },
  { column = "fields.value", unit = "celsius", when = { name = "ipmi_sensor", "tags.unit" = "degrees_c", "tags.name" = ["cpu_temp", "cpu?_temp", "cpu_?_temp", "temp_cpu?", "0?-cpu_?"] } },
  { column = "fields.reading_celsius", unit = "celsius", when = { name = "redfish_thermal_temperatures", "tags.name" = ["CPU Temp", "CPU? Temp", "CPU ? Temp", "CPU? Temperature", "0?-CPU ?"] } },
]
power_watts = [
  { column = "fields.value", unit = "watts", when = { name = "ipmi_sensor", "tags.unit" = "watts", "tags.name" = ["pwr_consumption", "power_meter", "system_power", "total_power", "sys_power"] } },
  { column = "fields.power_consumed_watts", unit = "watts", when = { name = "redfish_power_powercontrol" } },
]
voltage = [
  { column = "fields.value", unit = "volts", when = { name = "ipmi_sensor", "tags.unit" = "volts", "tags.name" = ["voltage_?", "ps?_voltage", "ps?_input_voltage"] } },
  { column = "fields.line_input_voltage", unit = "volts", when = { name = "redfish_power_powersupplies" } },
]
`;

// https://collectd.org/documentation/manpages/collectd.conf.5.html: cpu with ValuesPercentage and
// without ReportByCpu, aggregation of its cores, sensors, ipmi; write_http and network, Format JSON.
const COLLECTD = `
[[source]]
name = "collectd"
listen = true
when = { plugin = "*", type = "*", values = "*", host = "*" }
others = "ignore"
host_id = "host"
timestamp = { column = "time", format = "epoch_s" }
${regionOf("meta.region", "region")}
cpu_load = [
  { column = "values[0]", unit = "percent", when = { plugin = ["cpu", "aggregation"], plugin_instance = ["", "cpu-average"], type = "percent", type_instance = "active" } },
  { column = "values[0]", unit = "percent_idle", when = { plugin = ["cpu", "aggregation"], plugin_instance = ["", "cpu-average"], type = "percent", type_instance = "idle" } },
]
temp_c = [
  { column = "values[0]", unit = "celsius", when = { plugin = "sensors", type = "temperature", plugin_instance = "coretemp-*", type_instance = ["temp1", "Package id *"] } },
  { column = "values[0]", unit = "celsius", when = { plugin = "sensors", type = "temperature", plugin_instance = "k10temp-*", type_instance = ["temp1", "Tctl"] } },
  { column = "values[0]", unit = "celsius", when = { plugin = "ipmi", type = "temperature", type_instance = ["CPU Temp *", "CPU? Temp *", "CPU ? Temp *", "CPU Temp", "CPU? Temp", "CPU ? Temp"] } },
]
power_watts = { column = "values[0]", unit = "watts", when = { plugin = "ipmi", type = "power", type_instance = ["Pwr Consumption*", "Power Meter*", "System Power*"] } }
voltage = { column = "values[0]", unit = "volts", when = { plugin = "ipmi", type = "voltage", type_instance = ["Voltage ?*"] } }
`;

/** Of all CPUs: by none of the attributes that have named one, in whichever version of them. */
const NO_CPU =
  `"attributes.cpu" = "", "attributes.cpu.logical_number" = "", "attributes.system.cpu.logical_number" = ""`;

// https://opentelemetry.io/docs/specs/semconv/system/system-metrics/ and …/hardware/: utilization
// over all logical CPUs only, where the collector has made it so; hw.* by sensor.
const OTLP = `
[[source]]
name = "otlp"
listen = true
when = { protocol = "otlp", name = "*", timestamp = "*" }
others = "ignore"
host_id = ["resource.host.name", "resource.host.id", "attributes.host.name"]
timestamp = { column = "timestamp", format = "epoch_ns" }
${regionOf("resource.cloud.region", "resource.region", "attributes.region")}
cpu_load = [
  { column = "value", unit = "fraction_idle", when = { name = "system.cpu.utilization", "attributes.state" = "idle", ${NO_CPU} } },
  { column = "value", unit = "fraction_idle", when = { name = "system.cpu.utilization", "attributes.cpu.mode" = "idle", ${NO_CPU} } },
  { column = "value", unit = "fraction_idle", when = { name = "system.cpu.utilization", "attributes.system.cpu.state" = "idle", ${NO_CPU} } },
  { column = "value", unit = "fraction", when = { name = "system.cpu.utilization", "attributes.state" = "", "attributes.cpu.mode" = "", "attributes.system.cpu.state" = "", ${NO_CPU} } },
]
temp_c = [
  { column = "value", unit = "celsius", when = { name = "hw.temperature", unit = ["Cel", ""], "attributes.hw.sensor_location" = ["cpu", "cpu?", "cpu_?", "cpu_die", "CPU", "CPU?"] } },
  { column = "value", unit = "celsius", when = { name = "hw.temperature", unit = ["Cel", ""], "attributes.hw.sensor_location" = "", "attributes.hw.id" = ["cpu", "cpu?", "cpu_?", "CPU", "CPU?"] } },
  { column = "value", unit = "celsius", when = { name = "hw.temperature", unit = ["Cel", ""], "attributes.hw.sensor_location" = "", "attributes.hw.name" = ["cpu", "cpu?", "CPU", "CPU?", "CPU? Temp", "CPU ? Temp"] } },
]
power_watts = { column = "value", unit = "watts", when = { name = ["hw.host.power", "hw.power"], unit = ["W", ""], "attributes.hw.type" = ["", "host"] } }
voltage = { column = "value", unit = "volts", when = { name = "hw.voltage", unit = ["V", ""], "attributes.hw.type" = ["", "power_supply", "voltage"] } }
`;

// Prometheus remote write of node_exporter's hwmon, ipmi_exporter, the recording rule for CPU that
// https://github.com/prometheus/node_exporter/tree/master/docs/node-mixin writes, and the rates that
// are made here of CPU seconds and RAPL's joules, named as such rules are.
const PROMETHEUS = `
[[source]]
name = "prometheus"
listen = true
when = { labels = "*", "labels.__name__" = "*", timestamp = "*" }
others = "ignore"
host_id = ["labels.nodename", "labels.host", "labels.instance"]
timestamp = { column = "timestamp", format = "epoch_ms" }
${regionOf("labels.region", "labels.datacenter", "labels.dc")}
cpu_load = { column = "value", unit = "fraction", when = { "labels.__name__" = "instance:node_cpu_utilisation:rate*" } }
temp_c = [
  { column = "value", unit = "celsius", when = { "labels.__name__" = "node_hwmon_temp_celsius", "labels.chip" = "platform_coretemp_?", "labels.sensor" = "temp1" } },
  { column = "value", unit = "celsius", when = { "labels.__name__" = "node_hwmon_temp_celsius", "labels.chip" = "pci*:18_3", "labels.sensor" = "temp1" } },
  { column = "value", unit = "celsius", when = { "labels.__name__" = "ipmi_temperature_celsius", "labels.name" = ["CPU Temp", "CPU? Temp", "CPU ? Temp"] } },
]
power_watts = [
  { column = "value", unit = "watts", when = { "labels.__name__" = "ipmi_dcmi_power_consumption_watts" } },
  { column = "value", unit = "watts", when = { "labels.__name__" = "instance:node_rapl_power_watts:rate*" } },
]
voltage = false
`;

// https://vector.dev/docs/reference/configuration/sources/host_metrics/, encoding.codec = "json"; behind
// metric_to_log the host stands above the tags. cpu_utilization is made here of cpu_seconds_total.
const VECTOR = `
[[source]]
name = "vector"
listen = true
when = { name = "*", namespace = "*", kind = ["absolute", "incremental"], timestamp = "*" }
others = "ignore"
host_id = ["tags.host", "host"]
timestamp = "timestamp"
${regionOf("tags.region", "region")}
cpu_load = { column = "gauge.value", unit = "fraction", when = { name = "cpu_utilization" } }
temp_c = { column = "gauge.value", unit = "celsius", when = { name = "temperature_celsius", "tags.component" = ["Package id ?", "*Package id ?", "*Tctl"] } }
power_watts = false
voltage = false
`;

// https://docs.fluentbit.io/manual/pipeline/inputs/cpu-metrics, format json_lines: cpu_p is of all
// cores together. The host comes from a filter: record_modifier, or modify.
const FLUENT_BIT = `
[[source]]
name = "fluent_bit"
listen = true
when = { date = "*", cpu_p = "*" }
host_id = ["host", "hostname", "host_id", "node"]
timestamp = "date"
${regionOf("region")}
cpu_load = { column = "cpu_p", unit = "percent" }
temp_c = false
power_watts = false
voltage = false
`;

// https://www.elastic.co/docs/reference/beats/metricbeat/exported-fields-system: normalised by the
// number of cores, 0 to 1.
const METRICBEAT = `
[[source]]
name = "metricbeat"
listen = true
when = { "@timestamp" = "*", "metricset.name" = "*" }
others = "ignore"
host_id = ["host.name", "host.hostname", "agent.hostname", "agent.name"]
timestamp = "@timestamp"
${regionOf("cloud.region", "fields.region")}
cpu_load = { column = "system.cpu.total.norm.pct", unit = "fraction" }
temp_c = false
power_watts = false
voltage = false
`;

// A line that rackwatch makes of a BMC's sensors: workers/speed/redfish/line.ts. Which of them the
// values are from is decided there, and stands in the line with all of them.
const REDFISH = `
[[source]]
name = "redfish"
listen = true
when = { protocol = "redfish", labels = "*", timestamp = "*" }
others = "ignore"
host_id = ["labels.nodename", "labels.host", "labels.instance"]
timestamp = { column = "timestamp", format = "epoch_ms" }
${regionOf("labels.region", "labels.datacenter", "labels.dc")}
cpu_load = false
temp_c = { column = "temp_c", unit = "celsius" }
power_watts = { column = "power_watts", unit = "watts" }
voltage = { column = "voltage", unit = "volts" }
sensors = "sensors"
`;

/** In the order in which they are asked. */
const AGENT_TOMLS: readonly string[] = [
  TELEGRAF,
  COLLECTD,
  OTLP,
  PROMETHEUS,
  VECTOR,
  FLUENT_BIT,
  METRICBEAT,
  REDFISH,
];

export const AGENT_DECLARATIONS: readonly SourceDeclaration[] = AGENT_TOMLS.flatMap((toml) =>
  parseDeclarations((Bun.TOML.parse(toml) as { source?: unknown }).source, "built-in agents")
);
