/** An agent that loses nothing: it keeps what is not acknowledged, and dials as often as it must. */
import { connect } from "node:net";

export interface Agent {
  readonly address: () => Promise<{ host: string; port: number }>;
  readonly stream: string;
  readonly token?: string;
  readonly onAck: (lines: number) => void;
}

/** Resolves once rackwatch has all of `lines` in its archive, to the number of connections. */
export async function sendAcknowledged(lines: readonly string[], agent: Agent): Promise<number> {
  for (let acked = 0, connections = 1, waitMs = 50;; connections++) {
    const socket = connect(await agent.address()).on("error", () => {}); // "close" comes after it.
    socket.write(JSON.stringify({ token: agent.token, ack: true, stream: agent.stream }) + "\n");
    let next = -1, heard = "";
    socket.on("data", (bytes) => {
      const answers = (heard + bytes).split("\n");
      heard = answers.pop() ?? "";
      const { ack } = JSON.parse(answers.at(-1) ?? "{}");
      if (ack === undefined) return; // Half an answer; or refused, and why.
      agent.onAck(acked = ack);
      if (next < 0) next = acked; // The first answer says where to go on.
      for (; next < Math.min(acked + 1_000, lines.length); next++) socket.write(lines[next] + "\n");
      if (acked >= lines.length) socket.end();
    });
    await new Promise((closed) => socket.on("close", closed));
    if (acked >= lines.length) return connections;
    await Bun.sleep(waitMs = next < 0 ? Math.min(2 * waitMs, 10_000) : 50);
  }
}
