/**
 * A curve as SVG, written by hand: one panel a measure above the other, x on a logarithmic axis, each
 * point with its number. Readable on light and dark ground. Pure: the same curve, the same text.
 */
export interface Curve {
  /** File name without its ending. */
  readonly name: string;
  readonly title: string;
  /** What grows, as `rows`. */
  readonly axis: string;
  readonly panels: readonly Panel[];
}

export interface Panel {
  readonly label: string;
  readonly unit: string;
  /** x > 0, rising. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

const WIDTH = 720;
const LEFT = 40;
const RIGHT = 56;
const TOP = 44;
const PANEL_HEIGHT = 118;
const PLOT_HEIGHT = 62;
const PLOT_TOP = 40;
const AXIS_HEIGHT = 40;

const STYLE = `
    text { font: 12px system-ui, sans-serif; fill: #1f2933; }
    .title { font-size: 15px; font-weight: 600; }
    .muted { fill: #5b6773; }
    .rule { stroke: #d5dbe1; }
    .line { fill: none; stroke: #0b63a5; stroke-width: 2; }
    .dot { fill: #0b63a5; }
    .ground { fill: #ffffff; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6ebf0; }
      .muted { fill: #9aa7b4; }
      .rule { stroke: #38434e; }
      .line { stroke: #6cb6f2; }
      .dot { fill: #6cb6f2; }
      .ground { fill: #12181f; }
    }
  `;

/** @throws {RangeError} when there is nothing to draw, or a logarithm of it is none. */
export function curveSvg(curve: Curve): string {
  const xs = [...new Set(curve.panels.flatMap(({ points }) => points.map(([x]) => x)))]
    .sort((a, b) => a - b);
  if (xs.length === 0 || !(xs[0]! > 0)) {
    throw new RangeError(`Cannot draw ${curve.name}: it needs points with x over 0`);
  }
  const toX = logScale(xs[0]!, xs.at(-1)!, LEFT, WIDTH - RIGHT);
  const bottom = TOP + curve.panels.length * PANEL_HEIGHT;
  const described = curve.panels.map(({ label, unit, points }) =>
    `${label}: ${points.map(([x, y]) => `${short(y)} ${unit} at ${short(x)}`).join(", ")}`
  ).join(". ");
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${bottom + AXIS_HEIGHT}" ` +
    `role="img" aria-labelledby="title description">`,
    `  <title id="title">${escaped(curve.title)}</title>`,
    `  <desc id="description">${escaped(described)}</desc>`,
    `  <style>${STYLE}</style>`,
    `  <rect class="ground" width="${WIDTH}" height="${bottom + AXIS_HEIGHT}" />`,
    `  <text class="title" x="${LEFT}" y="26">${escaped(curve.title)}</text>`,
    ...curve.panels.flatMap((panel, index) => drawPanel(panel, TOP + index * PANEL_HEIGHT, toX)),
    ...xs.map((x) =>
      `  <text class="muted" x="${toX(x)}" y="${bottom + 16}" text-anchor="middle">${
        short(x)
      }</text>`
    ),
    `  <text class="muted" x="${LEFT}" y="${bottom + 32}">${escaped(curve.axis)}</text>`,
    "</svg>",
    "",
  ].join("\n");
}

/** From 0: a flat cost looks flat. */
function drawPanel({ label, unit, points }: Panel, top: number, toX: (x: number) => number) {
  const most = Math.max(...points.map(([, y]) => y)) || 1;
  const base = top + PLOT_TOP + PLOT_HEIGHT;
  const toY = (y: number) => tenth(base - y / most * PLOT_HEIGHT);
  const path = points.map(([x, y], index) => `${index === 0 ? "M" : "L"}${toX(x)} ${toY(y)}`);
  return [
    `  <text x="${LEFT}" y="${top + 18}">${escaped(label)}, ${escaped(unit)}</text>`,
    `  <line class="rule" x1="${LEFT}" y1="${base}" x2="${WIDTH - RIGHT}" y2="${base}" />`,
    `  <path class="line" d="${path.join(" ")}" />`,
    ...points.flatMap(([x, y]) => [
      `  <circle class="dot" cx="${toX(x)}" cy="${toY(y)}" r="3" />`,
      `  <text class="muted" x="${toX(x)}" y="${tenth(toY(y) - 7)}" text-anchor="middle">${
        short(y)
      }</text>`,
    ]),
  ];
}

/** One value alone stands at the left. */
export function logScale(least: number, most: number, from: number, to: number) {
  const span = Math.log(most / least);
  return (x: number) => tenth(span === 0 ? from : from + Math.log(x / least) / span * (to - from));
}

/** 1,500 is `1.5 k`; three digits are enough beside a curve. */
export function short(value: number): string {
  const sizes = [[1e9, " G"], [1e6, " M"], [1e3, " k"], [1, ""]] as const;
  const [size, letter] = sizes.find(([size]) => Math.abs(value) >= size) ?? [1, ""];
  return `${Number((value / size).toPrecision(3))}${letter}`;
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
