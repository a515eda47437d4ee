/** The style sheet's promises about colour, computed from the very file that is served. */
import { expect, test } from "bun:test";
import { REGION_COLOURS } from "../../src/browser/regions.ts";

type Rgb = readonly [number, number, number];
type Matrix = readonly [Rgb, Rgb, Rgb];

const css = await Bun.file(new URL("../../islands/tokens.css", import.meta.url)).text();
/** What stands between the braces of the rule with this selector. */
const rule = (selector: string) => {
  const start = css.indexOf(`${selector} {`) + selector.length + 2;
  return css.slice(start, css.indexOf("}", start));
};
const light = rule(":root");
const dark = rule(":root:not([data-theme])");
const contrasted = rule('[data-theme="contrast"]');

/** Machado, Oliveira, Fernandes 2009, severity 1.0, on linear RGB. */
const SIGHTS: Readonly<Record<string, Matrix>> = {
  "full colour vision": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.052]],
  deuteranopia: [[0.3674, 0.8606, -0.228], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]],
  tritanopia: [[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]],
};

function token(theme: string, name: string): Rgb {
  const hex = new RegExp(`--${name}: #([0-9a-f]{6});`).exec(theme)?.[1] ?? "";
  const channel = (at: number) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(0), channel(2), channel(4)];
}

/** https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrast(a: Rgb, b: Rgb): number {
  const luminance = ([r, g, b]: Rgb) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

/** CIE 1976 L*a*b* under D65. */
function lab(rgb: Rgb, sight: Matrix): Rgb {
  const dot = (row: Rgb, [r, g, b]: Rgb) => row[0] * r + row[1] * g + row[2] * b;
  const seen = sight.map((row) => Math.min(1, Math.max(0, dot(row, rgb)))) as unknown as Rgb;
  const root = (value: number) => value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116;
  const x = root(dot([0.4124564, 0.3575761, 0.1804375], seen) / 0.95047);
  const y = root(dot([0.2126729, 0.7151522, 0.072175], seen));
  const z = root(dot([0.0193339, 0.119192, 0.9503041], seen) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

test("colours: dark is the same whether the system or the viewer says so", () => {
  const tokens = (text: string) => text.match(/--[a-z0-9-]+: [^;]+;/g);
  expect(tokens(rule('[data-theme="dark"]'))).toEqual(tokens(dark));
  expect(tokens(dark)?.length).toBeGreaterThan(20);
});

test("colours, high contrast: all that is read has 7:1", () => {
  const words = ["text", "text-quiet", "accent", "good", "warn", "bad"];
  const grounds = ["panel", "ground", "panel-sunk"];
  const own = [["good", "good-ground"], ["warn", "warn-ground"], ["bad", "bad-ground"]] as const;
  const pairs = [
    ...words.flatMap((word) => grounds.map((ground) => [word, ground] as const)),
    ...own,
  ];
  expect(
    pairs.filter(([word, ground]) =>
      contrast(token(contrasted, word), token(contrasted, ground)) < 7
    ),
  ).toEqual([]);
});

const themes = [["light", light], ["dark", dark], ["high contrast", contrasted]] as const;
for (const [name, theme] of themes) {
  const regions = Array.from({ length: REGION_COLOURS }, (_, slot) => `region-${slot + 1}`);

  test(`colours, ${name}: text and status words have a contrast of 4.5:1 on what they stand on`, () => {
    const pairs = [
      ["text", "panel"],
      ["text", "ground"],
      ["text-quiet", "panel"],
      ["text-quiet", "panel-sunk"],
      ["text-quiet", "ground"],
      ["text-quiet", "warn-ground"],
      ["text-quiet", "bad-ground"],
      ["accent", "panel"],
      ["accent", "ground"],
      ["good", "panel"],
      ["good", "panel-sunk"],
      ["good", "good-ground"],
      ["warn", "panel"],
      ["warn", "panel-sunk"],
      ["warn", "warn-ground"],
      ["bad", "panel"],
      ["bad", "panel-sunk"],
      ["bad", "bad-ground"],
    ] as const;
    const poor = pairs.filter(([front, back]) =>
      contrast(token(theme, front), token(theme, back)) < 4.5
    );
    expect(poor).toEqual([]);
  });

  test(`colours, ${name}: every region's line has a contrast of 3:1 on the panel`, () => {
    expect(regions.filter((each) => contrast(token(theme, each), token(theme, "panel")) < 3))
      .toEqual([]);
  });

  for (const [sight, matrix] of Object.entries(SIGHTS)) {
    test(`colours, ${name}: any two regions differ by ΔE 10 with ${sight}`, () => {
      const seen = regions.map((each) => lab(token(theme, each), matrix));
      const close = seen.flatMap((a, first) =>
        seen.slice(first + 1).map((b) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]))
      ).filter((distance) => distance < 10);
      expect(close).toEqual([]);
    });
  }
}
