/** A hub on a manual clock, and clients of its streams without a network. */
import { LiveFold } from "../../src/live/fold.ts";
import { Hub } from "../../src/live/hub.ts";
import { SILENT_LOG } from "../../src/log.ts";
import { ManualClock } from "./manual_clock.ts";
import { reading, START_MS, status } from "./make.ts";
import { type ParsedEvent, parseEvents } from "./parse_events.ts";

/** A client that takes whatever is there, at once. */
export class StreamClient {
  readonly events: ParsedEvent[] = [];
  text = "";
  done = false;
  readonly #abort = new AbortController();
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(hub: Hub, hz: number, lastEventId: number | null = null) {
    const stream = hub.openStream({ hz, lastEventId, signal: this.#abort.signal })!;
    this.#reader = stream.getReader();
    void this.#read();
  }

  get types(): string[] {
    return this.events.map((event) => event.type);
  }

  get ids(): number[] {
    return this.events.map((event) => Number(event.id));
  }

  leave(): void {
    this.#abort.abort();
  }

  async #read(): Promise<void> {
    for (;;) {
      const { done, value } = await this.#reader.read();
      if (done) break;
      const text = new TextDecoder().decode(value);
      this.text += text;
      this.events.push(...parseEvents(text));
    }
    this.done = true;
  }
}

/** Lets the streams' own promises run; no time passes. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

export function newHub() {
  const clock = new ManualClock(START_MS);
  const hub = new Hub({ clock, log: SILENT_LOG });
  hub.setStatus(status());
  const feed = (temp_c = 20) => {
    const fold = new LiveFold(clock.nowMs());
    fold.add(reading({ atMs: clock.nowMs(), temp_c }));
    hub.apply(fold.take(clock.nowMs())!);
  };
  return { clock, hub, feed };
}
