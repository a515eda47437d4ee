/** Which of the style sheet's themes holds: the root's `data-theme`, or the system's without one. */
import type { Theme } from "./preferences.ts";

const DARK = "(prefers-color-scheme: dark)";
const MORE_CONTRAST = "(prefers-contrast: more)";

/** Null: light or dark as the system says. */
export function themeName(theme: Theme, wantsContrast: boolean): string | null {
  if (theme !== "system") return theme;
  return wantsContrast ? "contrast" : null;
}

export function applyTheme(theme: Theme): void {
  const name = themeName(theme, matchMedia(MORE_CONTRAST).matches);
  if (name === null) delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
}

/**
 * Calls `restyle` whenever the style sheet's colours or its size of letters have changed, for what is
 * drawn by hand.
 *
 * @returns ends it
 */
export function onThemeChange(restyle: () => void): () => void {
  const dark = matchMedia(DARK), print = matchMedia("print");
  const observer = new MutationObserver(restyle);
  observer.observe(document.documentElement, {
    attributeFilter: ["data-theme", "data-wall"],
  });
  for (const each of [dark, print]) each.addEventListener("change", restyle);
  return () => {
    observer.disconnect();
    for (const each of [dark, print]) each.removeEventListener("change", restyle);
  };
}

/** Calls `change` when the system begins or ceases to want more contrast. */
export function onContrastChange(change: () => void): void {
  matchMedia(MORE_CONTRAST).addEventListener("change", change);
}
