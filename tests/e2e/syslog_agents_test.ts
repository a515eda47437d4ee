/** syslog-ng and rsyslog as they are installed, with the configuration that docs/agents shows. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Status } from "../../src/model/status.ts";
import { findAgent, startAgent } from "../support/agents.ts";
import { json, start, temporaryDirectory, until } from "../support/rackwatch.ts";

setDefaultTimeout(60_000);

const UP = [
  ...["up", "--no-demo", "--no-open", "--feed", "none"],
  ...["--http", "127.0.0.1:0", "--listen", "127.0.0.1:0"],
];

interface Hosts {
  readonly hosts: readonly Readonly<Record<string, unknown>>[];
}

/** What the page says is to be pasted, sent to this port. */
async function shownConfiguration(page: string, port: number): Promise<string> {
  const text = await readFile(resolve(import.meta.dir, "../../docs/agents", page), "utf8");
  const [, shown] = /```text\n([^]*?)```/.exec(text) ?? [];
  expect(shown).toContain("9989");
  return shown!.replace("9989", String(port));
}

/** Nobody else listens there in the moment after. */
function freePort(): number {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => {} } });
  const { port } = server;
  server.stop(true);
  return port;
}

/** RFC 5424, which tells the zone. */
function message(host: string, program: string, content: string): string {
  return `<13>1 ${new Date().toISOString()} ${host} ${program} - - - ${content}\n`;
}

/** Dials until the daemon listens. */
function connected(port: number): Promise<Bun.Socket> {
  return until(
    () =>
      Bun.connect({ hostname: "127.0.0.1", port, socket: { data: () => {} } }).catch(() => null),
    (socket) => socket !== null,
  ) as Promise<Bun.Socket>;
}

async function hostsAfter(
  page: string,
  startDaemon: (
    shown: string,
    options: { directory: string; port: number },
  ) => Promise<AsyncDisposable>,
) {
  await using directory = await temporaryDirectory();
  await using rackwatch = start([...UP, "--data-dir", directory.path]);
  const url = await rackwatch.url();
  const at = await rackwatch.address("listening for agents");
  const port = freePort();
  const shown = await shownConfiguration(page, at.port);
  await using _daemon = await startDaemon(shown, { directory: directory.path, port });
  const socket = await connected(port);
  socket.write(message("rack-7", "sensors", '{"temp_c": 63.5, "cpu_load": 12}'));
  socket.write(message("rack-7", "cron", '{"temp_c": 99}'));
  socket.write(message("rack-7", "sensors", "not JSON"));
  socket.write(message("rack-8", "sensors", '{"power_watts": 310, "voltage": 229.5}'));
  const { hosts } = await until(
    () => json<Hosts>(`${url}/api/hosts`).catch((): Hosts => ({ hosts: [] })),
    (answer) => answer.hosts.length === 2,
  );
  socket.end();
  const { layers: { speed } } = await json<Status>(`${url}/api/status`);
  expect(speed).toMatchObject({ received_lines: 2, dead_letters: 0 });
  expect(await rackwatch.stop()).toBe(0);
  return hosts;
}

const HOSTS = [
  { host_id: "rack-7", region: "Lab", temp_c: 63.5, cpu_load: 12, voltage: null },
  { host_id: "rack-8", region: "Lab", temp_c: null, voltage: 229.5, power_watts: 310 },
];

describe("syslog daemons, as docs/agents shows them", () => {
  const syslogNg = findAgent("syslog-ng");
  if (syslogNg !== null) {
    test("syslog-ng sends readings, and keeps other messages to itself", async () => {
      const hosts = await hostsAfter("syslog-ng.md", async (shown, { directory, port }) => {
        const config = join(directory, "syslog-ng.conf");
        await writeFile(
          config,
          `@version: current
options { keep-hostname(yes); };
source s_src {
  network(ip("127.0.0.1") port(${port}) transport("tcp") flags(syslog-protocol));
};
${shown}`,
        );
        const files = ["persist", "control", "pid"].map((name) =>
          join(directory, `syslog.${name}`)
        );
        const [persist = "", control = "", pid = ""] = files;
        return startAgent([
          ...[syslogNg, "--foreground", "--no-caps", "-f", config],
          ...["-R", persist, "-c", control, "-p", pid],
        ]);
      });
      expect(hosts).toMatchObject(HOSTS);
    });
  }

  const rsyslog = findAgent("rsyslogd");
  if (rsyslog !== null) {
    test("rsyslog sends readings, and keeps other messages to itself", async () => {
      const hosts = await hostsAfter("rsyslog.md", async (shown, { directory, port }) => {
        const config = join(directory, "rsyslog.conf");
        await writeFile(
          config,
          `module(load="imtcp")
input(type="imtcp" address="127.0.0.1" port="${port}")
${shown}`,
        );
        return startAgent([rsyslog, "-n", "-f", config, "-i", join(directory, "rsyslog.pid")]);
      });
      expect(hosts).toMatchObject(HOSTS);
    });
  }
});
