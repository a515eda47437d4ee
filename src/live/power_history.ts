/**
 * What the fleet's total power was a minute ago. It is a sum of newest values, which no window of
 * readings can tell afterwards, so it is noted once a second.
 */
const AGO_MS = 60_000;
/** A note this much older than a minute still stands for "a minute ago"; an older one does not. */
const SLACK_MS = 10_000;

export class PowerHistory {
  #notes: { readonly atMs: number; readonly watts: number | null }[] = [];

  note(watts: number | null, nowMs: number): void {
    const last = this.#notes.at(-1);
    // After a clock set back the notes lie ahead: start anew.
    if (last !== undefined && nowMs < last.atMs) this.#notes = [];
    else if (last !== undefined && nowMs - last.atMs < 1000) return;
    this.#notes.push({ atMs: nowMs, watts });
    while (this.#notes[0]!.atMs < nowMs - AGO_MS - SLACK_MS) this.#notes.shift();
  }

  aMinuteAgo(nowMs: number): number | null {
    const note = this.#notes.findLast((each) => each.atMs <= nowMs - AGO_MS);
    return note !== undefined && note.atMs >= nowMs - AGO_MS - SLACK_MS ? note.watts : null;
  }
}
