/** What a screen reader is told of alerts: one sentence at a time, however many they are. */
import type { AlertChange } from "../model/alert.ts";
import { sensorOfRule } from "../model/sensor.ts";
import { alertOrder, measureOf } from "./board_views.ts";
import { formatMetric } from "./format.ts";

const ANNOUNCE_EVERY_MS = 5_000;

/** Gathers alerts that are to be told, and says when the next sentence is due. */
export class Announcer {
  #unsaid: AlertChange[] = [];
  #saidAtMs = -Infinity;

  add(change: AlertChange): void {
    if (change.kind === "opened" || change.kind === "escalated") this.#unsaid.push(change);
  }

  /** Null where there is nothing to say, or not yet. */
  take(localMs: number): string | null {
    if (this.#unsaid.length === 0 || localMs - this.#saidAtMs < ANNOUNCE_EVERY_MS) return null;
    const sentence = announcementOf(this.#unsaid);
    this.#unsaid = [];
    this.#saidAtMs = localMs;
    return sentence;
  }
}

/** One sentence for however many alerts: the worst is named, the rest counted. */
export function announcementOf(changes: readonly AlertChange[]): string {
  const [worst] = changes.map((change) => change.alert).sort(alertOrder);
  if (worst === undefined) return "";
  const more = changes.length > 1 ? ` And ${changes.length - 1} more.` : "";
  const isOfHost = sensorOfRule(worst.rule) === null;
  const metric = isOfHost ? measureOf(worst).toLowerCase() : measureOf(worst);
  return `${worst.severity === "critical" ? "Critical" : "Warning"}: ${worst.hostId} in ` +
    `${worst.region}, ${metric} ${formatMetric(worst.metric, worst.value)}.${more}`;
}
