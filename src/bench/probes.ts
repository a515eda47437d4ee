/**
 * How long a line takes from the socket to a browser. Probes are readings of a region of their own,
 * pushed over a connection of their own beside whatever else comes in; this process sends them and
 * reads the events, so both times are of one clock.
 *
 *     frame    the frame's seconds of region Probe count n readings: the first n probes are in it
 *     alert    every second probe is a hot reading of a cool host alarm-k: it opens an alert
 *
 * Hosts take turns: however long it goes on, the fleet does not grow.
 */
import type { Address } from "../runtime/address.ts";
import type { AlertChange } from "../model/alert.ts";
import type { Frame } from "../model/live_event.ts";
import { followEvents, type TimedEvent } from "./event_stream.ts";
import { LineSender } from "./line_sender.ts";

const REGION = "Probe";
const HOT_C = 99;
const COOL_C = 20;
/**
 * A host is hot for some 20 probes, a second: of an alert that opens and closes within one fold, only
 * the closing is told.
 */
const COOLS_AFTER = 21;
/** Of probes: a host's turn comes again after 40 s, long after what is lost is given up. */
const TURN = 800;
/** Between probes, on the average; spread, so that they fall anywhere into a frame's interval. */
const EVERY_MS = 50;
/** What has not come this long after the last was sent counts as lost. */
const LOST_MS = 15_000;
const LOOK_MS = 20;

export interface Latencies {
  /** Milliseconds, by the frames' frequency. */
  readonly frames: ReadonlyMap<number, number[]>;
  readonly alerts: number[];
}

export class Probes {
  readonly latencies: Latencies;
  readonly #sender: LineSender;
  readonly #stop = new AbortController();
  readonly #sentMs: number[] = [];
  readonly #alertSentMs = new Map<string, number>();
  /** Probes that each client's frames have held so far. */
  readonly #seen = new Map<number, number>();
  /** Of hosts whose turn came again before they were told of. */
  #alertsMissed = 0;
  #isSending = true;
  #sent = Promise.resolve();

  /** @param hertz Frames are followed at each of these frequencies. */
  static async start(
    houseUrl: string,
    agents: Address,
    hertz: readonly number[],
  ): Promise<Probes> {
    const probes = new Probes(await LineSender.connect(agents), hertz);
    for (const hz of hertz) {
      const onFrame = frameReader((count, atMs) => probes.#framed(hz, count, atMs));
      const onEvent = hz === hertz[0]
        ? (event: TimedEvent) => event.type === "alert" ? probes.#alerted(event) : onFrame(event)
        : onFrame;
      await followEvents(houseUrl, hz, onEvent, probes.#stop.signal);
    }
    probes.#sent = probes.#send();
    return probes;
  }

  private constructor(sender: LineSender, hertz: readonly number[]) {
    this.#sender = sender;
    this.latencies = { frames: new Map(hertz.map((hz) => [hz, []])), alerts: [] };
  }

  /** What was measured since the last call, which later ones do not hold again. */
  take(): Latencies {
    const { frames, alerts } = this.latencies;
    return {
      frames: new Map([...frames].map(([hz, samples]) => [hz, samples.splice(0)])),
      alerts: alerts.splice(0),
    };
  }

  get sentLines(): number {
    return this.#sentMs.length;
  }

  /** Alerts that no event has told of; of a probe under way too. */
  get alertsLost(): number {
    return this.#alertsMissed + this.#alertSentMs.size;
  }

  /** Sends no more, and waits for what is on its way. */
  async stop(): Promise<void> {
    this.#isSending = false;
    await this.#sent;
    const deadlineMs = performance.now() + LOST_MS;
    while (!this.#isComplete && performance.now() < deadlineMs) await Bun.sleep(LOOK_MS);
    this.#stop.abort();
    this.#sender.end();
  }

  get #isComplete(): boolean {
    const sent = this.sentLines;
    return this.#alertSentMs.size === 0 &&
      [...this.latencies.frames.keys()].every((hz) => this.#seen.get(hz) === sent);
  }

  async #send(): Promise<void> {
    for (let k = 0; this.#isSending; k++) {
      const isHot = k % 2 === 0;
      const host = hostOf(isHot ? k : k - COOLS_AFTER);
      this.#sentMs.push(performance.now());
      if (isHot) {
        if (this.#alertSentMs.has(host)) this.#alertsMissed++;
        this.#alertSentMs.set(host, performance.now());
      }
      await this.#sender.send(new TextEncoder().encode(probeLine(host, isHot ? HOT_C : COOL_C)));
      await Bun.sleep(EVERY_MS * (0.5 + Math.random()));
    }
  }

  #framed(hz: number, count: number, atMs: number): void {
    const samples = this.latencies.frames.get(hz)!;
    const seen = this.#seen.get(hz) ?? 0;
    for (let k = seen; k < count; k++) samples.push(atMs - this.#sentMs[k]!);
    this.#seen.set(hz, Math.max(seen, count));
  }

  #alerted({ data, atMs }: TimedEvent): void {
    const { kind, alert } = JSON.parse(data) as AlertChange;
    const sentMs = this.#alertSentMs.get(alert.hostId);
    if (kind !== "opened" || sentMs === undefined) return;
    this.#alertSentMs.delete(alert.hostId);
    this.latencies.alerts.push(atMs - sentMs);
  }
}

/** Probe k's host; before the first that was hot, one that never is. */
function hostOf(k: number): string {
  return k < 0 ? "quiet" : `alarm-${k % TURN}`;
}

function probeLine(host: string, tempC: number): string {
  const timestamp = new Date().toISOString();
  return JSON.stringify({ host_id: host, region: REGION, timestamp, temp_c: tempC }) + "\n";
}

/** Says after each frame how many probes the frames so far hold: a second replaces its own. */
export function frameReader(
  onCount: (count: number, atMs: number) => void,
): (event: TimedEvent) => void {
  const seconds = new Map<number, number>();
  let count = 0;
  return ({ type, data, atMs }) => {
    if (type !== "frame" && type !== "snapshot") return;
    for (const second of (JSON.parse(data) as Frame).seconds) {
      if (second.region !== REGION) continue;
      count += second.readings - (seconds.get(second.atMs) ?? 0);
      seconds.set(second.atMs, second.readings);
    }
    onCount(count, atMs);
  };
}
