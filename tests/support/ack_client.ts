/**
 * An agent that loses nothing: it keeps what is not acknowledged, and dials again as often as it
 * must. Resolves once rackwatch has all of `lines` in its archive, to the number of connections.
 */
export interface AgentOptions {
  readonly address: () => Promise<{ hostname: string; port: number }>;
  readonly stream: string;
  readonly token?: string;
  /** Lines sent and not acknowledged, at most. */
  readonly window?: number;
  readonly onAck?: (lines: number) => void;
}

export async function sendAcknowledged(lines: readonly string[], options: AgentOptions) {
  const { stream, token, window = 1_000 } = options;
  for (let acked = -1, connections = 1;; connections++) {
    const ended = Promise.withResolvers<void>();
    let unsent = Buffer.from(JSON.stringify({ token, ack: true, stream }) + "\n");
    let next: number | null = null, heard = "";
    const write = (socket: Bun.Socket) => {
      unsent = unsent.subarray(Math.max(socket.write(unsent), 0));
    };
    const hear = (socket: Bun.Socket, bytes: Buffer) => {
      const answers = (heard + bytes.toString()).split("\n");
      heard = answers.pop() ?? "";
      if (answers.length === 0) return;
      for (const answer of answers) acked = JSON.parse(answer).ack ?? acked;
      options.onAck?.(acked);
      if (acked >= lines.length) return void socket.end();
      next ??= acked; // The first answer says where to go on.
      const more = lines.slice(next, acked + window);
      next += more.length;
      unsent = Buffer.concat([unsent, ...more.map((line) => Buffer.from(line + "\n"))]);
      write(socket);
    };
    await Bun.connect({
      ...await options.address(),
      socket: { open: write, drain: write, data: hear, close: () => ended.resolve() },
    }).catch(() => ended.resolve());
    await ended.promise;
    if (acked >= lines.length) return connections;
  }
}
