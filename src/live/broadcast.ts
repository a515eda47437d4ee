/**
 * Who gets which event when. Owns the clients, their classes, event ids and the one timer; knows
 * nothing of what a board is. Frames go out on a grid of 100 ms, alerts and status at once. The timer
 * runs only while there is a client, or a class that one may come back to.
 */
import type { Log } from "../log.ts";
import type { Clock } from "../runtime/clock.ts";
import { LIMITS } from "../limits.ts";
import { FrameClass, intervalOf, TICK_MS } from "./frames.ts";
import { type EndReason, Outbox } from "./outbox.ts";
import { type EncodedEvent, encodeEvent, encodeRetry, HEARTBEAT } from "./sse.ts";

/** What is broadcast, as JSON texts. */
export interface BroadcastSource {
  /** Rises with every change of anything shown. */
  readonly pictureVersion: number;
  /** Rises with every change of a second. */
  readonly secondsVersion: number;
  boardJson(): string;
  /** Seconds changed after that version of the live window. */
  secondsJson(sinceVersion: number): string;
  statusJson(): string;
}

export interface OpenRequest {
  readonly hz: number;
  readonly lastEventId: number | null;
  readonly signal: AbortSignal;
}

interface Snapshot extends EncodedEvent {
  readonly secondsVersion: number;
  readonly atMs: number;
}

const RETRY = encodeRetry(1_000);
/** A frame that would say nothing new is left out, but at least this often time itself is news. */
const QUIET_FRAME_MS = 1_000;
/** Between two looks at every client's deadlines, which are seconds. */
const CHECK_MS = 500;

export class Broadcast {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #source: BroadcastSource;
  readonly #classes = new Map<number, FrameClass>();
  readonly #ended: Record<EndReason, number> = { gone: 0, stalled: 0, aged: 0, closed: 0 };
  #clients = 0;
  #lastId: number;
  #snapshot: Snapshot | null = null;
  #cancelTick: (() => void) | null = null;
  #closed = false;
  #nextCheckMs = -Infinity;

  constructor(clock: Clock, log: Log, source: BroadcastSource) {
    this.#clock = clock;
    this.#log = log;
    this.#source = source;
    // A thousand ids a millisecond: a later start begins above whatever an earlier one gave out,
    // and stays exact (2⁵³ is reached in the year 2255).
    this.#lastId = clock.nowMs() * 1000;
  }

  get clients(): number {
    return this.#clients;
  }

  /** Streams ended since start, by reason. */
  get ended(): Readonly<Record<EndReason, number>> {
    return this.#ended;
  }

  get canAccept(): boolean {
    return !this.#closed && this.#clients < LIMITS.sseClientsMax;
  }

  /** Null when no further client fits. */
  open(request: OpenRequest): ReadableStream<Uint8Array> | null {
    if (!this.canAccept) return null;
    const outbox = this.#outbox(request.signal);
    this.#join(outbox, intervalOf(request.hz), request.lastEventId);
    this.#startTicking();
    if (request.signal.aborted) outbox.end("gone");
    return outbox.stream;
  }

  /**
   * To everybody at once, and kept for those who come back. One write a client however many there
   * are: when a rack fails, an event of each host to each of thousands of clients by itself kept this
   * thread from everything else.
   */
  alerts(dataJsons: readonly string[]): void {
    if (dataJsons.length === 0) return;
    const events = dataJsons.map((data) => encodeEvent("alert", this.#nextId(), data));
    const bytes = Buffer.concat(events.map((event) => event.bytes));
    const monotonicMs = this.#clock.monotonicMs();
    for (const each of this.#classes.values()) each.send(events, bytes, monotonicMs);
  }

  /** To everybody at once; who comes back gets the newest anyway. */
  status(): void {
    if (this.#clients === 0) return;
    const { bytes } = encodeEvent("status", this.#nextId(), this.#source.statusJson());
    for (const client of this.#everyClient()) client.push(bytes);
  }

  close(): void {
    this.#closed = true;
    for (const client of this.#everyClient()) client.end("closed");
    this.#classes.clear();
    this.#cancelTick?.();
    this.#cancelTick = null;
  }

  #outbox(signal: AbortSignal): Outbox {
    const gone = () => outbox.end("gone");
    const outbox: Outbox = new Outbox({
      snapshot: () => this.#freshSnapshot(),
      nowMs: () => this.#clock.monotonicMs(),
      onEnd: (reason) => {
        signal.removeEventListener("abort", gone);
        this.#leave(outbox, reason);
      },
    });
    signal.addEventListener("abort", gone, { once: true });
    return outbox;
  }

  #join(outbox: Outbox, intervalMs: number, lastEventId: number | null): void {
    outbox.push(RETRY);
    const known = this.#classes.get(intervalMs);
    const resumes = lastEventId !== null && lastEventId <= this.#lastId &&
      known?.canResume(lastEventId) === true;
    const snapshot = resumes ? null : this.#freshSnapshot();
    const frameClass = known ?? this.#newClass(intervalMs, snapshot!);
    if (snapshot !== null) outbox.push(snapshot.bytes);
    else {
      for (const { bytes } of frameClass.after(lastEventId!)) outbox.push(bytes);
      outbox.push(encodeEvent("status", this.#nextId(), this.#source.statusJson()).bytes);
    }
    frameClass.clients.add(outbox);
    frameClass.emptySinceMs = null;
    this.#clients++;
  }

  #newClass(intervalMs: number, first: Snapshot): FrameClass {
    const monotonicMs = this.#clock.monotonicMs();
    const frameClass = new FrameClass(intervalMs, first.id, first.secondsVersion, monotonicMs);
    this.#classes.set(intervalMs, frameClass);
    return frameClass;
  }

  #leave(outbox: Outbox, reason: EndReason): void {
    this.#ended[reason]++;
    for (const frameClass of this.#classes.values()) {
      if (!frameClass.clients.delete(outbox)) continue;
      this.#clients--;
      if (frameClass.clients.size === 0) frameClass.emptySinceMs = this.#clock.monotonicMs();
    }
  }

  /**
   * One snapshot serves all who come before the next event: any event's id is above it, and so
   * whatever a class sends next covers all that changed since.
   */
  #freshSnapshot(): Snapshot {
    const atMs = this.#clock.monotonicMs();
    const last = this.#snapshot;
    if (last !== null && last.id === this.#lastId && atMs - last.atMs < TICK_MS) return last;
    const { secondsVersion } = this.#source;
    const data = `{"board":${this.#source.boardJson()},"seconds":${this.#source.secondsJson(0)},` +
      `"status":${this.#source.statusJson()}}`;
    this.#snapshot = { ...encodeEvent("snapshot", this.#nextId(), data), secondsVersion, atMs };
    return this.#snapshot;
  }

  #startTicking(): void {
    if (this.#cancelTick !== null) return;
    let dueMs = this.#clock.monotonicMs();
    const tick = () => {
      const nowMs = this.#clock.monotonicMs();
      this.#tick(nowMs);
      if (this.#closed || this.#classes.size === 0) {
        this.#cancelTick = null;
        return;
      }
      // On the grid, whatever the tick took; ticks that were missed are not made up for.
      dueMs = Math.max(dueMs + TICK_MS, nowMs - TICK_MS);
      this.#cancelTick = this.#clock.after(Math.max(1, dueMs - this.#clock.monotonicMs()), tick);
    };
    this.#cancelTick = this.#clock.after(TICK_MS, tick);
  }

  #tick(nowMs: number): void {
    let boardJson: string | null = null;
    for (const frameClass of this.#classes.values()) {
      if (frameClass.clients.size === 0) this.#rest(frameClass, nowMs);
      else if (this.#isDue(frameClass, nowMs)) {
        boardJson ??= this.#source.boardJson();
        this.#sendFrame(frameClass, boardJson, nowMs);
      }
    }
    if (nowMs < this.#nextCheckMs) return;
    this.#nextCheckMs = nowMs + CHECK_MS;
    this.#checkClients();
  }

  #checkClients(): void {
    const before = this.#ended.stalled;
    for (const client of this.#everyClient()) client.check(HEARTBEAT);
    const streams = this.#ended.stalled - before;
    if (streams === 0) return;
    this.#log.info("event streams ended: their clients took nothing", {
      streams,
      seconds: LIMITS.sseWriteMsMax / 1000,
      clients: this.#clients,
    });
  }

  #isDue(frameClass: FrameClass, nowMs: number): boolean {
    // Half a tick of tolerance: a timer that fires a little early must not cost a whole tick.
    if (nowMs < frameClass.dueMs - TICK_MS / 2) return false;
    return frameClass.pictureVersion !== this.#source.pictureVersion ||
      nowMs - frameClass.lastFrameMs >= QUIET_FRAME_MS - TICK_MS / 2;
  }

  #sendFrame(frameClass: FrameClass, boardJson: string, nowMs: number): void {
    const { secondsVersion, pictureVersion } = this.#source;
    const seconds = this.#source.secondsJson(frameClass.secondsVersion);
    const data = `{"board":${boardJson},"seconds":${seconds}}`;
    const frame = encodeEvent("frame", this.#nextId(), data);
    frameClass.send([frame], frame.bytes, nowMs);
    frameClass.secondsVersion = secondsVersion;
    frameClass.pictureVersion = pictureVersion;
    frameClass.lastFrameMs = nowMs;
    // On the class's own grid; after a pause the grid begins anew, so that two never come close.
    const late = nowMs - frameClass.dueMs > TICK_MS;
    frameClass.dueMs = (late ? nowMs : frameClass.dueMs) + frameClass.intervalMs;
  }

  /** A class without clients sends nothing; it goes once nobody can resume from it. */
  #rest(frameClass: FrameClass, nowMs: number): void {
    frameClass.trim(nowMs);
    const sinceMs = frameClass.emptySinceMs ?? nowMs;
    if (nowMs - sinceMs > LIMITS.sseResumeMsMax) this.#classes.delete(frameClass.intervalMs);
  }

  *#everyClient(): Generator<Outbox> {
    for (const { clients } of [...this.#classes.values()]) yield* [...clients];
  }

  #nextId(): number {
    return ++this.#lastId;
  }
}
