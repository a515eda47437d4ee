/** A progress bar with rate and time left, on stderr, only where that is a terminal. */

const WIDTH = 28;
const REDRAW_MS = 100;

export class ProgressBar {
  readonly #verb: string;
  readonly #unit: string;
  readonly #startedMs = performance.now();
  readonly #active: boolean;
  #drawnMs = -Infinity;

  constructor(verb: string, unit: string, active = process.stderr.isTTY === true) {
    this.#verb = verb;
    this.#unit = unit;
    this.#active = active;
  }

  /** @param fraction 0–1 of the work. @param count of units done, for the rate. */
  show(fraction: number, count: number, what = ""): void {
    const nowMs = performance.now();
    if (!this.#active || nowMs - this.#drawnMs < REDRAW_MS) return;
    this.#drawnMs = nowMs;
    const seconds = (nowMs - this.#startedMs) / 1000;
    process.stderr.write(
      `\r\u001b[2K${progressLine(this.#verb, fraction, count, seconds, this.#unit)} ${what}`,
    );
  }

  clear(): void {
    if (this.#active && this.#drawnMs > -Infinity) process.stderr.write("\r\u001b[2K");
  }
}

/** `loading ██████░░░░  42 %  12,345 rows/s  0:07 left`. */
export function progressLine(
  verb: string,
  fraction: number,
  count: number,
  seconds: number,
  unit: string,
): string {
  const share = Math.min(1, Math.max(0, fraction));
  const full = Math.round(share * WIDTH);
  const rate = seconds > 0 ? Math.round(count / seconds) : 0;
  const left = share > 0 ? Math.ceil(seconds / share - seconds) : null;
  const time = left === null
    ? "–:––"
    : `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  return `${verb} ${"█".repeat(full)}${"░".repeat(WIDTH - full)} ${
    String(Math.floor(share * 100)).padStart(3)
  } %  ${rate.toLocaleString("en-US")} ${unit}/s  ${time} left`;
}
