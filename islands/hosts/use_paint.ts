/** The style sheet's colours for what is drawn on a canvas; anew when the theme changes. */
import { useEffect } from "preact/hooks";
import { type ReadonlySignal, useSignal } from "@preact/signals";
import { labOf } from "../../src/browser/colour_scale.ts";
import { onThemeChange } from "../../src/browser/theme.ts";
import { REGION_COLOURS } from "../../src/browser/regions.ts";

export interface Paint {
  readonly isDark: boolean;
  readonly text: string;
  readonly quiet: string;
  readonly line: string;
  readonly sunk: string;
  /** By slot, from 1. */
  readonly regions: readonly string[];
  readonly font: string;
}

export function usePaint(): ReadonlySignal<Paint> {
  const paint = useSignal(readPaint());
  useEffect(() => onThemeChange(() => paint.value = readPaint()), []);
  return paint;
}

function readPaint(): Paint {
  const style = getComputedStyle(document.documentElement);
  const property = (name: string) => style.getPropertyValue(name).trim();
  const slots = Array.from(
    { length: REGION_COLOURS },
    (_, slot) => property(`--region-${slot + 1}`),
  );
  return {
    isDark: labOf(property("--panel"))[0] < 0.5,
    text: property("--text"),
    quiet: property("--text-quiet"),
    line: property("--line-strong"),
    sunk: property("--grid"),
    regions: ["", ...slots],
    font: getComputedStyle(document.body).fontFamily,
  };
}
