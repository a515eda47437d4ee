/** How smoothly a page moves: animation frames in a time. */

export interface Drawn {
  readonly perSecond: number;
  /** Between two frames that follow one another. */
  readonly longestMs: number;
  /** Frames that a screen of 60 Hz would have shown and that did not come. */
  readonly dropped: number;
}

/** Runs in the page, so it stands alone. */
export function drawnFor(ms: number): Promise<Drawn> {
  return new Promise((resolve) => {
    const frameMs = 1000 / 60;
    let count = -1, longestMs = 0, dropped = 0, startMs = 0, lastMs = 0;
    const next = (atMs: number) => {
      if (count++ < 0) startMs = atMs;
      else {
        longestMs = Math.max(longestMs, atMs - lastMs);
        dropped += Math.max(0, Math.round((atMs - lastMs) / frameMs) - 1);
      }
      lastMs = atMs;
      if (atMs - startMs < ms) return void requestAnimationFrame(next);
      resolve({ perSecond: count / (atMs - startMs) * 1000, longestMs, dropped });
    };
    requestAnimationFrame(next);
  });
}
