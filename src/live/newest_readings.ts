/**
 * The newest readings of a stream, by their own time; of equal times the one that came later is the
 * newer. Readings come nearly in order, so candidates are collected and sorted now and then, and
 * only where they are not in order: keeping order on every arrival would cost more.
 */
const SLACK = 512;

export class NewestReadings<Item> {
  readonly #timeOf: (item: Item) => number;
  readonly #countMax: number;
  #candidates: Item[] = [];
  /** Nothing older than this can be among the newest. */
  #floorMs = -Infinity;

  constructor(countMax: number, timeOf: (item: Item) => number) {
    this.#countMax = countMax;
    this.#timeOf = timeOf;
  }

  add(item: Item): void {
    if (this.#timeOf(item) < this.#floorMs) return;
    this.#candidates.push(item);
    if (this.#candidates.length >= this.#countMax + SLACK) this.#cut();
  }

  /** Newest first. */
  list(): Item[] {
    this.#cut();
    return this.#candidates.toReversed();
  }

  clear(): void {
    this.#candidates = [];
    this.#floorMs = -Infinity;
  }

  #cut(): void {
    const timeOf = this.#timeOf;
    if (!isInOrder(this.#candidates, timeOf)) {
      this.#candidates.sort((a, b) => timeOf(a) - timeOf(b));
    }
    if (this.#candidates.length < this.#countMax) return;
    this.#candidates = this.#candidates.slice(-this.#countMax);
    this.#floorMs = timeOf(this.#candidates[0]!);
  }
}

function isInOrder<Item>(items: readonly Item[], timeOf: (item: Item) => number): boolean {
  let beforeMs = -Infinity;
  for (const item of items) {
    const atMs = timeOf(item);
    if (atMs < beforeMs) return false;
    beforeMs = atMs;
  }
  return true;
}
