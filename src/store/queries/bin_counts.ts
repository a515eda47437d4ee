/**
 * The temperature histograms of many rollups as one. They come as text: told apart into rows by the
 * server, a month's bins take five times as long.
 */

/** Readings by bin, of `bin,count,bin,count,…`, in which a bin may stand many times. */
export function binCounts(pairs: string): Map<number, number> {
  const counts = new Map<number, number>();
  let bin: number | null = null;
  let number = 0, sign = 1;
  for (let at = 0; at < pairs.length; at++) {
    const code = pairs.charCodeAt(at);
    if (code === MINUS) sign = -1;
    else if (code !== COMMA) number = number * 10 + code - ZERO;
    if (code !== COMMA && at < pairs.length - 1) continue;
    if (bin === null) bin = sign * number;
    else {
      counts.set(bin, (counts.get(bin) ?? 0) + number);
      bin = null;
    }
    number = 0;
    sign = 1;
  }
  return counts;
}

const [MINUS, COMMA, ZERO] = ["-", ",", "0"].map((one) => one.charCodeAt(0)) as [
  number,
  number,
  number,
];
