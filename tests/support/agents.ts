/**
 * Real agents as their packages bring them (Debian: collectd-core, prometheus,
 * prometheus-node-exporter, syslog-ng-core), started in a directory of their own.
 */
import { spawn } from "bun";

const NAMES = ["collectd", "prometheus", "prometheus-node-exporter", "syslog-ng"] as const;
/** Debian's rsyslog cannot be installed beside syslog-ng: it is run where it is found. */
export type AgentName = (typeof NAMES)[number] | "rsyslogd";

/** Path of the program, or null where it is not installed. */
export function findAgent(name: AgentName): string | null {
  return Bun.which(name, { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin` });
}

export function missingAgents(): string[] {
  return NAMES.filter((name) => findAgent(name) === null);
}

/** Runs until it is disposed of. */
export function startAgent(words: readonly string[]): AsyncDisposable {
  const child = spawn([...words], { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
  return {
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}
