/**
 * Two programs that know nothing of rackwatch but the wire format of port 9988, written as the
 * system wrote its own that rackwatch takes the place of: one listens and sends, one dials and reads.
 */
import { connect, createServer, type Socket } from "node:net";

export interface LegacyReading {
  readonly host_id: string;
  readonly timestamp: string;
  readonly temp_c: number;
  readonly cpu_load: number;
  readonly voltage: number;
  readonly power_watts: number;
}

/** As Python's `json.dumps` writes it: a blank after `:` and `,`, and `0.0` for a float of nothing. */
export function legacyLine(reading: LegacyReading): string {
  const float = (value: number) => Number.isInteger(value) ? `${value}.0` : String(value);
  return `{"host_id": "${reading.host_id}", "timestamp": "${reading.timestamp}", ` +
    `"temp_c": ${reading.temp_c}, "cpu_load": ${reading.cpu_load}, ` +
    `"voltage": ${float(reading.voltage)}, "power_watts": ${float(reading.power_watts)}}\n`;
}

/** What the sender does next: sends a text, or hangs up and waits to be dialled again. */
export type Step = string | "hang up";

export interface LegacySender {
  readonly port: number;
  /** Connections taken so far, and the most that were open at once. */
  readonly connections: number;
  readonly togetherMax: number;
  stop(): void;
}

/** Sends a step each half second while its one client is there; nobody is greeted, nothing is read. */
export async function startLegacySender(steps: readonly Step[]): Promise<LegacySender> {
  let next = 0;
  let connections = 0;
  let togetherMax = 0;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    // It listens with a backlog of one and accepts no second client.
    if (open.size > 0) return void client.destroy();
    open.add(client);
    connections++;
    togetherMax = Math.max(togetherMax, open.size);
    const timer = setInterval(() => {
      const step = steps[next++];
      if (step === "hang up") client.end();
      else if (step !== undefined) client.write(step);
    }, 500);
    client.on("error", () => {});
    client.on("close", () => {
      clearInterval(timer);
      open.delete(client);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the sender has no port");
  return {
    port: address.port,
    get connections() {
      return connections;
    },
    get togetherMax() {
      return togetherMax;
    },
    stop: () => {
      open.forEach((client) => client.destroy());
      server.close();
    },
  };
}

/** Dials and reads to the end, or until `linesMax` lines are there; each with its line end. */
export function readLegacyLines(
  at: { readonly hostname: string; readonly port: number },
  linesMax = Infinity,
): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: at.hostname, port: at.port });
    let text = "";
    let ends = 0;
    const done = () => {
      socket.destroy();
      resolve(text.split(/(?<=\n)/).filter((line) => line !== "").slice(0, linesMax));
    };
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => {
      text += chunk;
      ends += chunk.split("\n").length - 1;
      if (ends >= linesMax) done();
    });
    socket.on("end", done);
    socket.on("error", reject);
  });
}
