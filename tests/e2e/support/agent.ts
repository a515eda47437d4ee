/** An agent as an operator might write one: connects to `--listen` and pushes lines. */
export interface Agent extends Disposable {
  /** Each becomes a line; all are handed to the system before it resolves. */
  send(lines: readonly string[]): Promise<void>;
}

export async function connectAgent(at: { hostname: string; port: number }): Promise<Agent> {
  let rest = new Uint8Array();
  let sent: (() => void) | null = null;
  const push = (socket: Bun.Socket) => {
    while (rest.length > 0) {
      const taken = socket.write(rest);
      if (taken <= 0) return;
      rest = rest.subarray(taken);
    }
    socket.flush();
    sent?.();
  };
  const socket = await Bun.connect({ ...at, socket: { data: () => {}, drain: push } });
  socket.setNoDelay(true);
  return {
    send: (lines) =>
      new Promise((resolve) => {
        sent = resolve;
        rest = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
        push(socket);
      }),
    [Symbol.dispose]: () => void socket.end(),
  };
}

/** A reading of this moment, as a line of the live protocol. */
export function lineNow(hostId: string, more: Readonly<Record<string, unknown>> = {}): string {
  const timestamp = new Date().toISOString();
  return JSON.stringify({ host_id: hostId, timestamp, temp_c: 50, cpu_load: 40, ...more });
}
