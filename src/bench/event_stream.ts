/** A client of `/events` that notes when the bytes of an event came. */

export interface TimedEvent {
  readonly type: string;
  readonly data: string;
  /** `performance.now()` when the event was complete. */
  readonly atMs: number;
}

/** Until the signal aborts or the stream ends; resolves once it is open, `ended` when it is over. */
export async function followEvents(
  houseUrl: string,
  hz: number,
  onEvent: (event: TimedEvent) => void,
  signal: AbortSignal,
): Promise<{ readonly ended: Promise<void> }> {
  const answer = await fetch(`${houseUrl}/events?hz=${hz}`, { signal });
  if (!answer.ok || answer.body === null) {
    throw new Error(`The event stream was refused: ${answer.status}`);
  }
  return { ended: read(answer.body, onEvent).catch((error) => ended(error, signal)) };
}

async function read(body: ReadableStream<Uint8Array>, onEvent: (event: TimedEvent) => void) {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const atMs = performance.now();
    const events = (rest + decoder.decode(chunk, { stream: true })).split("\n\n");
    rest = events.pop() ?? "";
    for (const text of events) {
      const event = parseEvent(text);
      if (event !== null) onEvent({ ...event, atMs });
    }
  }
}

function ended(error: unknown, signal: AbortSignal): void {
  if (!signal.aborted) throw error;
}

/** Null for a comment, and for a block that only says when to come back. */
export function parseEvent(text: string): Omit<TimedEvent, "atMs"> | null {
  let type = "message";
  const data: string[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("event: ")) type = line.slice(7);
    else if (line.startsWith("data: ")) data.push(line.slice(6));
  }
  return data.length === 0 ? null : { type, data: data.join("\n") };
}
