/**
 * Which connection has which stream: one at a time. The newer one wins, since an agent that dials
 * again knows before we do that its old connection is dead; it goes on only after what the old one
 * had handed on is done with, so that the number it is told is the whole truth.
 */
export interface StreamHolder {
  /** Ends it, where it is still there. */
  replace(): void;
  /** Resolves once it has ended and all that it handed on is done with. */
  readonly over: Promise<void>;
}

export class StreamHolders {
  readonly #holders = new Map<string, StreamHolder>();

  /** Resolves once nobody before holds lines of the stream. */
  async take(stream: string, holder: StreamHolder): Promise<void> {
    const before = this.#holders.get(stream);
    // Whoever comes after waits for everybody before, whether or not this one stays.
    const over = Promise.all([before?.over, holder.over]).then(() => {
      if (this.#holders.get(stream) === chained) this.#holders.delete(stream);
    });
    const chained: StreamHolder = { replace: () => holder.replace(), over };
    this.#holders.set(stream, chained);
    before?.replace();
    await before?.over;
  }
}
