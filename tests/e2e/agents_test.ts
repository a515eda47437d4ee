/** Agents as they are installed, with the configuration that docs/agents shows: right values. */
import { OTLPMetricExporter as JsonExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPMetricExporter as ProtobufExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Status } from "../../src/model/status.ts";
import { findAgent, startAgent } from "../support/agents.ts";
import { json, run, start, type Started, temporaryDirectory, until } from "../support/rackwatch.ts";

setDefaultTimeout(60_000);

const UP = ["up", "--no-demo", "--no-open", "--feed", "none", "--http", "127.0.0.1:0"];

interface Host {
  readonly host_id: string;
  readonly region: string;
  readonly cpu_load: number | null;
}

/** The store does not answer in the first moments. */
const STARTING = { hosts: [] };

/** The only host, once it has a CPU load. */
async function hostWithLoad(url: string): Promise<Host> {
  const { hosts: [host] } = await until(
    () => json<{ hosts: readonly Host[] }>(`${url}/api/hosts`).catch(() => STARTING),
    ({ hosts }) => typeof hosts[0]?.cpu_load === "number",
  );
  return host!;
}

async function noRejects(rackwatch: Started) {
  const { layers: { speed } } = await json<Status>(`${await rackwatch.url()}/api/status`);
  expect(speed.dead_letters).toBe(0);
}

/** The store is as the archive says, and a new one made of it is the same. */
async function isSameAnew(rackwatch: Started, directory: string) {
  const { layers: { speed } } = await until(
    async () => json<Status>(`${await rackwatch.url()}/api/status`),
    ({ layers }) => layers.speed.rates_made > 2,
  );
  expect(speed.counters_left_out).toBe(0);
  expect(await rackwatch.stop()).toBe(0);
  const words = ["--data-dir", directory];
  const rows = async () => {
    const { code, stdout } = await run(["verify", "--json", ...words]);
    const { runs } = JSON.parse(stdout) as { runs: { readings: number }[] };
    return { code, readings: runs.map(({ readings }) => readings) };
  };
  const before = await rows();
  expect(before.code).toBe(0);
  expect((await run(["rebuild", ...words])).code).toBe(0);
  expect(await rows()).toEqual(before);
}

/** Nobody else listens there in the moment after. */
function freePort(): number {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => {} } });
  const { port } = server;
  server.stop(true);
  return port;
}

const collectd = findAgent("collectd");
const prometheus = findAgent("prometheus");
const nodeExporter = findAgent("prometheus-node-exporter");

describe("agents over HTTP", () => {
  if (collectd !== null) {
    test.each([
      ["percentages of all cores together", "ReportByCpu false\nValuesPercentage true"],
      ["raw counters by core, as it sends them by default", ""],
      ["percentages by core", "ValuesPercentage true"],
    ])("collectd's write_http, %s: the load of all cores", async (_what, cpuOptions) => {
      await using directory = await temporaryDirectory();
      await using rackwatch = start([...UP, "--data-dir", directory.path]);
      const url = await rackwatch.url();
      const config = join(directory.path, "collectd.conf");
      await writeFile(
        config,
        `Hostname "IND-rack-1"
        Interval 1
        BaseDir "${directory.path}"
        PIDFile "${directory.path}/collectd.pid"
        LoadPlugin cpu
        LoadPlugin write_http
        <Plugin cpu>
          ${cpuOptions}
        </Plugin>
        <Plugin write_http>
          <Node "rackwatch">
            URL "${url}/ingest"
            Format "JSON"
            BufferSize 1024
          </Node>
        </Plugin>
`,
      );
      await using _collectd = startAgent([collectd, "-f", "-C", config]);
      const host = await hostWithLoad(url);
      expect(host).toMatchObject({ host_id: "IND-rack-1", region: "India" });
      expect(host.cpu_load).toBeWithin(0, 100.001);
      await noRejects(rackwatch);
    });
  }

  if (nodeExporter !== null) {
    test("node_exporter is scraped: up, with the load of its CPU counters", async () => {
      await using directory = await temporaryDirectory();
      const port = freePort();
      const target = `http://127.0.0.1:${port}/metrics`;
      const config = join(directory.path, "rackwatch.toml");
      await writeFile(
        config,
        `[[scrape]]\nurl = "${target}"\nevery_s = 1\nlabels = { region = "Lab", host = "rack-7" }\n`,
      );
      await using rackwatch = start([...UP, "--config", config, "--data-dir", directory.path]);
      const url = await rackwatch.url();
      const status = () => json<Status>(`${url}/api/status`);
      const down = await until(status, ({ layers }) => layers.speed.scrapes[0]?.up === false);
      expect(down.layers.speed.scrapes[0]!.error).toContain("onnect");
      await using _exporter = startAgent([nodeExporter, `--web.listen-address=127.0.0.1:${port}`]);
      const host = await hostWithLoad(url);
      expect(host).toMatchObject({ host_id: "rack-7", region: "Lab" });
      expect(host.cpu_load).toBeWithin(0, 100.001);
      expect((await status()).layers.speed.scrapes).toMatchObject([{ url: target, up: true }]);
      await noRejects(rackwatch);
      expect(await rackwatch.stop()).toBe(0);
    });
  }

  for (const withRule of prometheus !== null && nodeExporter !== null ? [true, false] : []) {
    const what = withRule ? "what a recording rule makes" : "the CPU counters";
    test(`Prometheus writes ${what} of node_exporter`, async () => {
      await using directory = await temporaryDirectory();
      await using rackwatch = start([...UP, "--data-dir", directory.path]);
      const url = await rackwatch.url();
      const exporterPort = freePort();
      await using _exporter = startAgent([
        nodeExporter!,
        `--web.listen-address=127.0.0.1:${exporterPort}`,
        "--collector.disable-defaults",
        "--collector.cpu",
        "--collector.hwmon",
      ]);
      await writeFile(
        join(directory.path, "rules.yml"),
        `groups:
- name: node
  interval: 1s
  rules:
  - record: instance:node_cpu_utilisation:rate5s
    expr: 1 - avg by (instance, region) (sum without (mode) (rate(node_cpu_seconds_total{mode=~"idle|iowait|steal"}[5s])))
`,
      );
      const config = join(directory.path, "prometheus.yml");
      await writeFile(
        config,
        `global:
  scrape_interval: 1s
  external_labels: {}
${withRule ? `rule_files: ["${directory.path}/rules.yml"]` : ""}
scrape_configs:
- job_name: node
  static_configs:
  - targets: ["127.0.0.1:${exporterPort}"]
    labels: { region: Lab }
remote_write:
- url: ${url}/api/v1/write
  queue_config: { batch_send_deadline: 1s }
`,
      );
      await using _prometheus = startAgent([
        prometheus!,
        `--config.file=${config}`,
        `--storage.tsdb.path=${directory.path}/tsdb`,
        `--web.listen-address=127.0.0.1:${freePort()}`,
      ]);
      const host = await hostWithLoad(url);
      expect(host).toMatchObject({ host_id: `127.0.0.1:${exporterPort}`, region: "Lab" });
      expect(host.cpu_load).toBeWithin(0, 100.001);
      await noRejects(rackwatch);
      if (!withRule) await isSameAnew(rackwatch, directory.path);
    });
  }

  test("OpenTelemetry's SDK exports CPU seconds that only grow: the load", async () => {
    await using directory = await temporaryDirectory();
    await using rackwatch = start([...UP, "--data-dir", directory.path]);
    const url = await rackwatch.url();
    const reader = new PeriodicExportingMetricReader({
      exporter: new ProtobufExporter({ url: `${url}/v1/metrics` }),
      exportIntervalMillis: 500,
      exportTimeoutMillis: 400,
    });
    const resource = resourceFromAttributes({ "host.name": "otel-2", "cloud.region": "eu-west" });
    const provider = new MeterProvider({ resource, readers: [reader] });
    const time = provider.getMeter("host").createObservableCounter("system.cpu.time", {
      unit: "s",
    });
    const startedMs = performance.now();
    time.addCallback((result) => {
      const seconds = (performance.now() - startedMs) / 1_000;
      const shares = { user: 0.3, system: 0.1, idle: 0.5, iowait: 0.06, steal: 0.04 };
      for (const cpu of ["cpu0", "cpu1"]) {
        for (const [state, share] of Object.entries(shares)) {
          result.observe(seconds * share, { cpu, state });
        }
      }
    });
    const host = await hostWithLoad(url);
    await provider.shutdown();
    expect(host).toMatchObject({ host_id: "otel-2", region: "eu-west" });
    expect(host.cpu_load).toBeCloseTo(40, 3);
    await noRejects(rackwatch);
    await isSameAnew(rackwatch, directory.path);
  });

  for (const form of ["protobuf", "JSON"] as const) {
    test(`OpenTelemetry's SDK exports OTLP in ${form}: sensors by their location`, async () => {
      await using directory = await temporaryDirectory();
      await using rackwatch = start([...UP, "--data-dir", directory.path]);
      const url = await rackwatch.url();
      const exporter = { url: `${url}/v1/metrics` };
      const reader = new PeriodicExportingMetricReader({
        exporter: form === "JSON" ? new JsonExporter(exporter) : new ProtobufExporter(exporter),
        exportIntervalMillis: 500,
        exportTimeoutMillis: 400,
      });
      const resource = resourceFromAttributes({ "host.name": "otel-1", "cloud.region": "eu-west" });
      const provider = new MeterProvider({ resource, readers: [reader] });
      const meter = provider.getMeter("sensors");
      const temperature = meter.createGauge("hw.temperature", { unit: "Cel" });
      temperature.record(63.5, { "hw.id": "cpu0", "hw.sensor_location": "cpu0" });
      temperature.record(22, { "hw.id": "inlet", "hw.sensor_location": "inlet" });
      meter.createGauge("hw.host.power", { unit: "W" }).record(310);
      meter.createGauge("system.cpu.utilization").record(0.25);
      const host = await hostWithLoad(url);
      await provider.shutdown();
      expect(host).toMatchObject({
        host_id: "otel-1",
        region: "eu-west",
        temp_c: 63.5,
        cpu_load: 25,
        power_watts: 310,
      });
      await noRejects(rackwatch);
    });
  }
});
