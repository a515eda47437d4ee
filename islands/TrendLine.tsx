/** @jsxImportSource preact */
/** @jsxImportSource preact */
/** A key figure's last five minutes; only a hint, the chart says it in full. */

export interface TrendLineProps {
  /** Oldest first; null where nothing was measured. */
  readonly values: readonly (number | null)[];
  /** Smallest span drawn over the full height, so that noise looks like noise. */
  readonly spanMin: number;
}

const HEIGHT = 20;

export function TrendLine({ values, spanMin }: TrendLineProps) {
  const measured = values.filter((value) => value !== null);
  if (measured.length < 3) return null;
  const low = Math.min(...measured), high = Math.max(...measured);
  const span = Math.max(high - low, spanMin);
  const base = (low + high - span) / 2;
  let path = "";
  values.forEach((value, index) => {
    if (value === null) return;
    const y = HEIGHT - ((value - base) / span) * HEIGHT;
    path += `${path === "" ? "M" : "L"}${index} ${y.toFixed(2)}`;
  });
  return (
    <svg
      class="trend"
      viewBox={`0 -1 ${values.length - 1} ${HEIGHT + 2}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      <path d={path} />
    </svg>
  );
}
