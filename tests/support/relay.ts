/** A TCP relay that tests can break: cut at a chosen word, refuse, or swallow what is sent. */
import { createConnection, createServer, type Socket } from "node:net";

export interface Relay {
  readonly port: number;
  /** Cuts the connection that sends this word: before it goes on, or once it was answered. */
  cutWhenSent(word: string, moment: "before" | "after"): void;
  /** Closes every connection, and each new one at once. */
  refuse(): void;
  /** Connections stay open, nothing passes. */
  swallow(): void;
  /** All as it should be, for new connections and open ones. */
  heal(): void;
  stop(): void;
}

export async function startRelay(hostname: string, port: number): Promise<Relay> {
  const clients = new Set<Socket>();
  let mode: "pass" | "refuse" | "swallow" = "pass";
  let cut: { readonly word: string; readonly moment: "before" | "after" } | null = null;
  const server = createServer((client) => {
    if (mode === "refuse") return void client.destroy();
    const upstream = createConnection({ host: hostname, port });
    clients.add(client);
    let cutNext = false;
    client.on("data", (chunk) => {
      if (mode === "swallow") return;
      const hit = cut !== null && chunk.toString("latin1").includes(cut.word);
      if (hit && cut?.moment === "before") return void client.destroy();
      cutNext = hit;
      upstream.write(chunk);
    });
    upstream.on("data", (chunk) => {
      if (mode === "swallow") return;
      if (cutNext) return void client.destroy();
      client.write(chunk);
    });
    client.on("close", () => {
      clients.delete(client);
      upstream.destroy();
    });
    upstream.on("close", () => client.destroy());
    client.on("error", () => {});
    upstream.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the relay has no port");
  const closeAll = () => clients.forEach((client) => client.destroy());
  return {
    port: address.port,
    cutWhenSent: (word, moment) => void (cut = { word, moment }),
    refuse: () => {
      mode = "refuse";
      closeAll();
    },
    swallow: () => void (mode = "swallow"),
    heal: () => {
      mode = "pass";
      cut = null;
    },
    stop: () => {
      closeAll();
      server.close();
    },
  };
}
