/** The style sheet's colours for what is drawn on a canvas; light and dark need nothing else. */

export interface CanvasColours {
  /** By slot of a region's look; the first is none. */
  readonly regions: readonly string[];
  readonly grid: string;
  readonly line: string;
  readonly text: string;
  readonly quiet: string;
  readonly panel: string;
  readonly accent: string;
  readonly font: string;
}

export function readColours(element: HTMLElement): CanvasColours {
  const style = getComputedStyle(element);
  const property = (name: string) => sixDigits(style.getPropertyValue(name).trim());
  return {
    regions: Array.from({ length: 9 }, (_, slot) => slot === 0 ? "" : property(`--region-${slot}`)),
    grid: property("--grid"),
    line: property("--line-strong"),
    text: property("--text"),
    quiet: property("--text-quiet"),
    panel: property("--panel"),
    accent: property("--accent"),
    font: `${style.fontSize} ${style.fontFamily}`,
  };
}

/** The style sheet may have been made shorter: `#fff` → `#ffffff`. */
export function sixDigits(colour: string): string {
  return /^#[0-9a-f]{3}$/i.test(colour) ? colour.replace(/[0-9a-f]/gi, "$&$&") : colour;
}

/** `#rrggbb` with an opacity. */
export function alpha(colour: string, opacity: number): string {
  return `${colour}${Math.round(opacity * 255).toString(16).padStart(2, "0")}`;
}
